import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isSigned, takeLock } from '../../../main/home/lock.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'steward-lock-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

it('one at a time: a second taker is told which process holds it, and gets it when it is released', () => {
  const first = takeLock(directory)
  if (!first.ok) throw new Error(first.error.message)
  expect(isSigned(directory)).toBe(false)
  first.value.sign()
  expect(isSigned(directory)).toBe(true)
  expect(takeLock(directory)).toMatchObject({ ok: false, error: { kind: 'conflict', message: `another Values Steward is using this home (process ${process.pid})` } })
  first.value.release()
  const second = takeLock(directory)
  expect(second.ok).toBe(true)
  if (second.ok) second.value.release()
})

it('holds against another process, and a kill -9 leaves nothing in the way', async () => {
  const code = `import { takeLock } from ${JSON.stringify(new URL('../../../main/home/lock.ts', import.meta.url).href)}
    const lock = takeLock(process.argv[1])
    if (lock.ok) lock.value.sign()
    console.log(lock.ok)
    setInterval(() => undefined, 1000)`
  const other = spawn(process.execPath, ['--input-type=module', '-e', code, directory], { cwd: fileURLToPath(new URL('../..', import.meta.url)), stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    expect(String((await once(other.stdout, 'data'))[0]).trim()).toBe('true')
    expect(takeLock(directory)).toMatchObject({ ok: false, error: { kind: 'conflict', message: `another Values Steward is using this home (process ${other.pid})` } })
  } finally {
    other.kill('SIGKILL')
    await once(other, 'close')
  }
  const lock = takeLock(directory)
  expect(lock.ok).toBe(true)
  if (lock.ok) lock.value.release()
})
