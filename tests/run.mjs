/**
 * `npm test` (everything), `npm run check` (types, lint, unused code, unit tests), `npm run bench` and `npm run soak`.
 *
 * Installs what is missing, then runs every part even where one before it failed, and says at the end what each came to.
 * Exit code 0 only where all of them passed, no test left a file behind, and, under CI, no browser was missing. Plain
 * JavaScript, for the same reason as main/prepare.mjs.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keepCompiled, note, prepareModules, prepareRenderer, root, run, runUnderOwnNode } from '../main/prepare.mjs'
import { findChromium } from './chromium.mjs'

const [task = 'test', ...rest] = process.argv.slice(2)
const report = join(root, 'out', 'tests.json')

keepCompiled()

try {
  await prepareModules()
  process.exitCode = (await runUnderOwnNode(fileURLToPath(import.meta.url), process.argv.slice(2))) ?? (await perform())
} catch (error) {
  note(`error: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}

async function perform() {
  if (task === 'bench') return await bench()
  if (task === 'soak') return await run(process.execPath, [join('tests', 'soak.ts'), ...rest])
  if (task === 'check') return await check(['unit'])
  if (task === 'test') return await everything()
  note('error: the tasks are test, check, bench and soak')
  return 2
}

async function everything() {
  const before = treeState()
  await prepareRenderer()
  const browser = findChromium({ install: true })
  if (browser.path !== null) process.env.CHROMIUM = browser.path
  if (browser.shell !== null) process.env.CHROMIUM_SHELL = browser.shell
  const code = await check(browser.path === null ? ['unit', 'slow'] : ['unit', 'slow', 'browser'])
  if (browser.path === null) note(`The browser tests did not run: ${browser.remedy}.`)
  if (treeState() !== before) note('The tests changed files that git looks after: see git status.')
  const incomplete = browser.path === null && isTrue(process.env.CI)
  return code === 0 && !incomplete && treeState() === before ? 0 : 1
}

/** Types, lint and unused code side by side, then the tests of these groups. */
async function check(groups) {
  const parts = [
    ['types', [join('typescript', 'bin', 'tsc'), '-b']],
    ['lint', [join('oxlint', 'bin', 'oxlint'), '--type-aware', '--deny-warnings']],
    ['unused code', [join('knip', 'bin', 'knip.js'), '--no-progress', '--treat-config-hints-as-errors']]
  ]
  const started = parts.map(([name, [file, ...args]]) => collect(name, join(root, 'node_modules', file), args))
  const failed = (await Promise.all(started)).filter((part) => part.code !== 0)
  mkdirSync(join(root, 'out'), { recursive: true })
  rmSync(report, { force: true })
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = await run(process.execPath, [vitest, 'run', '--config', 'tests/vitest.config.ts', ...groups.flatMap((group) => ['--project', group]), ...reporters])
  for (const [name] of parts) process.stdout.write(`${name}: ${failed.some((part) => part.name === name) ? 'FAILED, see above' : 'passed'}\n`)
  const counts = readCounts()
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`)
  return code === 0 && failed.length === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1
}

/** Runs one part with its output held back, and prints that whole where it failed. */
function collect(name, file, args) {
  return new Promise((resolve) => {
    const started = Date.now()
    const child = spawn(process.execPath, [file, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = []
    child.stdout.on('data', (chunk) => output.push(chunk))
    child.stderr.on('data', (chunk) => output.push(chunk))
    child.on('error', (error) => output.push(Buffer.from(error.message)))
    child.on('close', (code) => {
      if (code !== 0) process.stdout.write(`\n${name}:\n${Buffer.concat(output)}\n`)
      note(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`)
      resolve({ name, code: code ?? 1 })
    })
  })
}

/** From vitest's own report; a file that could not even be read counts as one failure. */
function readCounts() {
  try {
    const found = JSON.parse(readFileSync(report, 'utf8'))
    const unread = found.testResults.filter((file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed')).length
    return { passed: found.numPassedTests, failed: found.numFailedTests + unread, skipped: found.numPendingTests + found.numTodoTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

/** What git says of the working tree, contents of changed files included; the same twice means that nothing was left behind. */
function treeState() {
  const git = (...args) => spawnSync('git', args, { cwd: root, maxBuffer: 1 << 28 }).stdout ?? ''
  const status = git('status', '--porcelain', '--untracked-files=all')
  return createHash('sha256').update(status).update(git('diff', 'HEAD')).digest('hex')
}

async function bench() {
  await prepareRenderer()
  const browser = findChromium({ install: false })
  if (browser.path !== null) process.env.CHROMIUM = browser.path
  return await run(process.execPath, [join('tests', 'bench', 'run.ts'), ...rest])
}

function isTrue(value) {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}
