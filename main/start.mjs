/**
 * Where every command of package.json begins: `npm start`, `npm run steward`, `npm run eval`.
 *
 * Installs and builds what is missing (prepare.mjs), goes on under Node 24, and opens the door that was asked for. Plain
 * JavaScript, for the same reason as prepare.mjs. Prints nothing on standard output: that belongs to the door.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keepCompiled, note, prepareDesktop, prepareModules, prepareRenderer, run, runUnderOwnNode, whenOrphaned } from './prepare.mjs'

keepCompiled()

const argv = process.argv.slice(2)

try {
  await prepareModules()
  process.exit((await runUnderOwnNode(fileURLToPath(import.meta.url), argv)) ?? (await open(argv)))
} catch (error) {
  note(process.env.VALUES_STEWARD_DEBUG ? error.stack : `error: ${oneLine(error)}`)
  process.exit(1)
}

async function open([door, ...rest]) {
  if (door === 'cli') {
    const { runCli } = await import('./cli.ts')
    return stopWithParent(() => runCli(rest))
  }
  if (door === 'eval') {
    const { runEval } = await import('./commands/eval.ts')
    return stopWithParent(() => runEval(rest))
  }
  await prepareRenderer()
  if (!argv.includes('--browser')) {
    const code = await openDesktop()
    if (code !== null) return code
  }
  const { runHost } = await import('./host.ts')
  return stopWithParent(() => runHost(argv))
}

/** Whatever started us has gone: the same as a SIGTERM, so that everything is put away. */
async function stopWithParent(door) {
  const forget = whenOrphaned(() => process.kill(process.pid, 'SIGTERM'))
  try {
    return await door()
  } finally {
    forget()
  }
}

/** The Electron window until it is closed: its exit code, or null where there can be none here, which is said in one line. */
async function openDesktop() {
  const obstacle = await desktopObstacle()
  if (obstacle !== null) {
    note(`No window of its own here (${obstacle}): open the address in a browser.`)
    return null
  }
  const started = Date.now()
  const code = await run(electronPath(), [await prepareDesktop(), ...argv])
  if (code === 0 || code > 128 || Date.now() - started > 10_000) return code
  note(`The window closed at once with exit code ${code}: open the address in a browser.`)
  return null
}

/** Why Electron cannot show a window here; null where it can. Its program is fetched when it is missing. */
async function desktopObstacle() {
  if (process.platform === 'linux') {
    if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return 'there is no display'
    if (process.getuid() === 0) return 'Electron keeps its sandbox, and so does not run as root'
  }
  if (electronPath() !== null) return null
  note('Fetching Electron, once.')
  const code = await run(process.execPath, [join(electronFolder(), 'install.js')], { stdio: 'ignore' })
  if (code > 128) process.exit(code)
  return code === 0 && electronPath() !== null ? null : 'Electron could not be fetched'
}

function electronFolder() {
  return dirname(createRequire(import.meta.url).resolve('electron/package.json'))
}

function electronPath() {
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(electronFolder(), 'dist')
  try {
    const path = join(dist, readFileSync(join(electronFolder(), 'path.txt'), 'utf8'))
    return existsSync(path) ? path : null
  } catch {
    return null
  }
}

function oneLine(error) {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]
}
