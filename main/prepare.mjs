/**
 * What must be there before anything of ours runs: the packages of package-lock.json, Node 24 among them, and the built
 * window. Plain JavaScript, because on a fresh clone it is read by whatever Node (20.19 or newer) the machine has.
 *
 * Invariants: with nothing missing it costs two hashes; everything that it or a child of it prints goes to standard error;
 * a child never outlives the process that asked for it.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's own folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Sources are compiled once, here and in every process that starts from here: without it, half of a short command's time goes into that. */
export function keepCompiled() {
  process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'compile')
  module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE)
}

const modules = join(root, 'node_modules')
const windows = process.platform === 'win32'
const ownNode = join(modules, 'node', 'bin', windows ? 'node.exe' : 'node')
/* A child that reads nothing and prints on our standard error alone. */
const toStderr = ['ignore', 2, 2]
const newEnough = Number(process.versions.node.split('.')[0]) >= 24

/** Installs the packages where they are missing or not those of package-lock.json; an error says in one line what to do. */
export async function prepareModules() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const stamp = join(modules, '.values-steward')
  const digest = createHash('sha256').update(lock).update(`${process.platform} ${process.arch}`).digest('hex')
  if (newEnough || existsSync(ownNode)) {
    if (readOrNull(stamp) === digest) return
    if (isInstalled(lock)) return writeFileSync(stamp, digest)
  }
  note('Installing what is missing: about a minute, once.')
  const npm = process.env.npm_execpath
  const command = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const code = npm?.endsWith('.js')
    ? await run(process.env.npm_node_execpath ?? process.execPath, [npm, ...command], { stdio: toStderr })
    : await run(windows ? 'npm.cmd' : 'npm', command, { stdio: toStderr, shell: windows })
  if (code > 128) process.exit(code)
  if (code !== 0) throw new Error(`npm ci failed with exit code ${code}; look above for the reason, then try again`)
  if (!newEnough && !existsSync(ownNode)) {
    throw new Error('npm ci did not bring Node 24 (are install scripts switched off?); run "npm rebuild node --ignore-scripts=false", then try again')
  }
  writeFileSync(stamp, digest)
}

/** Runs `file` again under the Node 24 of the packages where this Node is older: its exit code, or null where there is no need. */
export async function runUnderOwnNode(file, argv) {
  return newEnough ? null : await run(ownNode, [file, ...argv])
}

/** Builds the window into out/renderer where what it is made of has changed; a host that serves the old one is not disturbed by half of a new one. */
export async function prepareRenderer() {
  const folder = join(root, 'out', 'renderer')
  const digest = digestOf(['renderer', 'shared', 'package-lock.json'])
  if (readOrNull(join(folder, '.sources')) === digest) return
  note('Building the window: some seconds, after a change only.')
  const fresh = join(root, 'out', `renderer.${process.pid}`)
  try {
    const vite = join(modules, 'vite', 'bin', 'vite.js')
    const options = ['--config', join('renderer', 'vite.config.ts'), '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn']
    await build([vite, 'build', 'renderer', ...options])
    writeFileSync(join(fresh, '.sources'), digest)
    rmSync(folder, { recursive: true, force: true })
    renameSync(fresh, folder)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** Builds what Electron runs (main and preload, as JavaScript) into out/app: its folder. */
export async function prepareDesktop() {
  const folder = join(root, 'out', 'app')
  const stamp = join(folder, '.sources')
  const digest = digestOf(['main', 'models', 'shared', 'package-lock.json', 'package.json'])
  if (readOrNull(stamp) === digest) return folder
  rmSync(folder, { recursive: true, force: true })
  const electronVite = join(modules, 'electron-vite', 'bin', 'electron-vite.js')
  await build([electronVite, 'build', '--config', join('main', 'electron.vite.config.ts'), '--logLevel', 'warn'])
  // The rest of the tree, in its place: what is found here by an address relative to a file is found there too.
  for (const name of ['models', 'out', join('shared', 'packs')]) mkdirSync(join(folder, name), { recursive: true })
  const { name, version, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version, type, main: 'main/index.js' }))
  copyFileSync(join(root, 'models', 'manifest.json'), join(folder, 'models', 'manifest.json'))
  for (const name of [join('models', 'weights'), join('out', 'renderer'), join('shared', 'packs', 'library')]) symlinkSync(join(root, name), join(folder, name), 'junction')
  writeFileSync(stamp, digest)
  return folder
}

/**
 * Runs a program to its end: its exit code, 128 and the signal's number where a signal ended it, 127 where it did not
 * start. Signals to this process, and the death of the one that started it, are passed on.
 */
export function run(command, args, { stdio = 'inherit', shell = false, env = process.env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, shell, stdio })
    const passOn = (signal) => void child.kill(signal)
    // A terminal sends Ctrl-C to parent and child alike; sent on, it would come twice and read as impatience.
    const interrupt = () => void (process.stdin.isTTY || child.kill('SIGINT'))
    process.on('SIGTERM', passOn).on('SIGHUP', passOn).on('SIGINT', interrupt)
    const forget = whenOrphaned(() => child.kill('SIGTERM'))
    const end = (code) => {
      process.off('SIGTERM', passOn).off('SIGHUP', passOn).off('SIGINT', interrupt)
      forget()
      resolve(code)
    }
    child.on('error', (error) => {
      note(`${command} did not start: ${error.message}`)
      end(127)
    })
    child.on('exit', (code, signal) => end(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
}

/**
 * Calls `act` once when the process that started this one has died, and gives a way to stop watching. npm starts us
 * through `sh -c`, and that shell neither passes SIGTERM on nor waits: without this, ending npm would leave us behind.
 */
export function whenOrphaned(act) {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    act()
  }, 200)
  timer.unref()
  return () => clearInterval(timer)
}

/** One line to the person, never to standard output. */
export function note(line) {
  process.stderr.write(`${line}\n`)
}

async function build(args) {
  const code = await run(process.execPath, args, { stdio: toStderr, env: { ...process.env, NODE_ENV: 'production' } })
  if (code > 128) process.exit(code)
  if (code !== 0) throw new Error('building the window failed; look above for the reason')
}

/** True where npm's own record of what it installed has every package that the lock file asks for, in that version. */
function isInstalled(lock) {
  try {
    const wanted = JSON.parse(lock.toString()).packages
    const present = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages
    return Object.entries(wanted).every(([path, entry]) => path === '' || entry.optional || entry.link || present[path]?.version === entry.version)
  } catch {
    return false
  }
}

/** Over names and contents of these files and folders; models/weights and models/training are not part of what is built. */
function digestOf(names) {
  const hash = createHash('sha256')
  const visit = (name) => {
    const path = join(root, name)
    let entries
    try {
      entries = readdirSync(path, { withFileTypes: true })
    } catch {
      hash.update(`${name}\0`).update(readFileSync(path)).update('\0')
      return
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const entry of entries) {
      if (entry.name !== 'weights' && entry.name !== 'training') visit(`${name}/${entry.name}`)
    }
  }
  names.forEach(visit)
  return hash.digest('hex')
}

function readOrNull(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
