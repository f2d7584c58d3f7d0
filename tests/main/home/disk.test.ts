/** What the disk of a home says when something goes wrong. */
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeFolder, problemOf } from '../../../main/home/disk.ts'
import { failAfter, heal } from '../../support/faultydisk.ts'

vi.mock('node:fs', async (original) => (await import('../../support/faultydisk.ts')).faulty(await original()))

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'steward-disk-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('what the disk says', () => {
  it('is put in words that a person can use', () => {
    const coded = (properties: object): Error => Object.assign(new Error('x'), properties)
    expect(problemOf(coded({ errcode: 13 }), directory).message).toBe('there is no room left on the disk')
    expect(problemOf(coded({ code: 'ENOSPC' }), directory).kind).toBe('storage')
    expect(problemOf(coded({ errcode: 8 | (1 << 8) }), directory).kind).toBe('read-only')
    expect(problemOf(coded({ code: 'EACCES' }), directory).kind).toBe('read-only')
    expect(problemOf(coded({ code: 'ENOTDIR' }), directory).kind).toBe('bad-input')
    expect(problemOf(coded({ errcode: 5 }), directory).kind).toBe('conflict')
    expect(problemOf(coded({ errcode: 11 }), directory).message).toContain('damaged')
    expect(problemOf('?', directory).kind).toBe('storage')
    expect(problemOf(coded({ errcode: 10 }), directory).message).toBe('the disk did not take what you changed')
  })

  it('of a quota, SQLite tells only that it could not write: what stands against it is found by writing', () => {
    const unwritten = Object.assign(new Error('x'), { errcode: 10 | (3 << 8) })
    for (const [fault, message] of [['quota', 'there is no room left on the disk'], ['full', 'there is no room left on the disk'], ['off', 'the disk did not take what you changed']] as const) {
      for (const writes of [0, 1]) {
        failAfter(writes, fault)
        const said = problemOf(unwritten, directory)
        heal()
        expect([fault, said.message]).toEqual([fault, message])
      }
    }
    expect(problemOf(unwritten, directory).message).toBe('the disk did not take what you changed')
    expect(readdirSync(directory).filter((name) => name !== 'room.probe')).toEqual([])
  })
})

describe('a folder of a home', () => {
  it('is made with those above it, for this account alone, and may be there already', () => {
    const path = join(directory, 'a', 'b', 'c')
    for (const _ of [1, 2]) makeFolder(path)
    for (const each of [path, join(directory, 'a')]) expect(statSync(each).mode & 0o777).toBe(0o700)
    symlinkSync(path, join(directory, 'link'))
    makeFolder(join(directory, 'link'))
  })

  it('that cannot be made is said at once: under a file, behind a link to nowhere or to itself, of too long a name, in a folder that takes none', () => {
    writeFileSync(join(directory, 'file'), '')
    symlinkSync(join(directory, 'nowhere', 'x'), join(directory, 'dangling'))
    symlinkSync(join(directory, 'loop'), join(directory, 'loop'))
    const places = ['file', 'file/sub', 'dangling', 'loop', 'loop/sub', 'a'.repeat(300)].map((name) => join(directory, name))
    for (const path of [...places, ...(process.platform === 'linux' ? ['/proc/steward', '/proc/steward/sub'] : [])]) {
      let error: unknown = null
      try {
        makeFolder(path)
      } catch (thrown) {
        error = thrown
      }
      expect([path, problemOf(error, path).remedy]).toEqual([path, 'choose another folder with --home'])
    }
  })
})
