/** What the disk of a home says when something goes wrong. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { problemOf } from '../../../main/home/disk.ts'
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
