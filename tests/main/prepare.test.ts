/**
 * What every command begins with (main/prepare.mjs), as processes of its own: exit codes, signals, and that nothing of it
 * reaches standard output.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const prepare = pathToFileURL(join(import.meta.dirname, '..', '..', 'main', 'prepare.mjs')).href
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prepare-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

describe('a program that is run for another', () => {
  it('hands back its exit code', async () => {
    expect(await codeOf(`run(process.execPath, ['-e', 'process.exit(7)'])`)).toBe(7)
    expect(await codeOf(`run(process.execPath, ['-e', ''])`)).toBe(0)
  })

  it('that a signal ended is 128 and the signal’s number', async () => {
    expect(await codeOf(`run(process.execPath, ['-e', 'process.kill(process.pid, "SIGTERM"); setInterval(() => 0, 1000)'])`)).toBe(143)
  })

  it('that is not there is 127, and said', async () => {
    const { code, errors } = await outcomeOf(`run('/no/such/program', [])`)
    expect(code).toBe(127)
    expect(errors).toMatch(/^\/no\/such\/program did not start: /u)
  })

  it('is sent SIGTERM when the one that runs it is, and its own ending counts', async () => {
    const child = start(`run(process.execPath, ['-e', ${JSON.stringify(host('passed-on'))}])`)
    await waitForFile('passed-on.up')
    child.kill('SIGTERM')
    expect((await once(child, 'close'))[0]).toBe(5)
    expect(await readFile(join(folder, 'passed-on.down'), 'utf8')).toBe('put away')
  })

  it('is ended when the shell between npm and it is killed, which passes nothing on', async () => {
    const script = `import { whenOrphaned } from ${JSON.stringify(prepare)}; whenOrphaned(() => process.kill(process.pid, 'SIGTERM')); ${host('orphan')}`
    const shell = spawn('sh', ['-c', '"$0" --input-type=module -e "$1"; exit $?', process.execPath, script], { stdio: 'ignore', env: { ...process.env, FOLDER: folder } })
    await waitForFile('orphan.up')
    shell.kill('SIGKILL')
    await waitForFile('orphan.down')
    expect(await readFile(join(folder, 'orphan.down'), 'utf8')).toBe('put away')
  })
})

describe('preparing where nothing is missing', () => {
  it('says nothing and changes nothing', async () => {
    const { code, output, errors } = await outcomeOf('prepareModules().then(() => runUnderOwnNode("unused", []))')
    expect({ code, output, errors }).toEqual({ code: 0, output: '', errors: '' })
  })
})

/** A host that says in a file that it is up, and on SIGTERM, after a while, that all was put away. */
function host(name: string): string {
  return `
    const { writeFileSync } = process.getBuiltinModule('node:fs')
    const file = process.env.FOLDER + '/${name}'
    process.on('SIGTERM', () => setTimeout(() => { writeFileSync(file + '.down', 'put away'); process.exit(5) }, 50))
    writeFileSync(file + '.up', '')
    setInterval(() => 0, 1000)`
}

function start(expression: string): ChildProcess {
  const script = `import { prepareModules, run, runUnderOwnNode } from ${JSON.stringify(prepare)}; process.exitCode = (await ${expression}) ?? 0`
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, FOLDER: folder } })
}

async function outcomeOf(expression: string) {
  const child = start(expression)
  const text = { output: '', errors: '' }
  child.stdout?.on('data', (chunk) => (text.output += String(chunk)))
  child.stderr?.on('data', (chunk) => (text.errors += String(chunk)))
  const [code] = await once(child, 'close')
  return { code: code as number | null, ...text }
}

async function codeOf(expression: string): Promise<number | null> {
  return (await outcomeOf(expression)).code
}

async function waitForFile(name: string): Promise<void> {
  await vi.waitFor(() => readFile(join(folder, name)), { timeout: 10_000, interval: 20 })
  await vi.waitFor(async () => expect((await readFile(join(folder, name), 'utf8')).length > 0 || name.endsWith('.up')).toBe(true), { timeout: 10_000 })
}
