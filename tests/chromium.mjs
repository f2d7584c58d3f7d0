/**
 * The system's Chromium for the browser tests: the one that CHROMIUM names, else one that is installed; and beside it the headless
 * shell, which is the same engine without a window and a profile, and takes a quarter less work a page. Where this process may install
 * Debian's, it installs what is missing; else how to get one, in one line.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const shells = ['chromium-headless-shell', 'chrome-headless-shell']
const whole = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']
const places = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium']

/** `{ path, shell }`, the shell null where there is none, or `{ path: null, shell: null, remedy }`; installs only where `install` is true. */
export function findChromium({ install }) {
  const named = process.env.CHROMIUM
  if (named) return isProgram(named) ? { path: named, shell: null } : { path: null, shell: null, remedy: `CHROMIUM names ${named}, which is no program; set it to the path of a Chromium` }
  const get = (names, name) => look(names) ?? (install && mayInstall() && getPackage(name) ? look(names) : undefined)
  const path = get(whole, 'chromium')
  if (path === undefined) return { path: null, shell: null, remedy: 'install Chromium ("sudo apt-get install chromium" on Debian), or set CHROMIUM to the path of one' }
  return { path, shell: get(shells, 'chromium-headless-shell') ?? null }
}

function look(names) {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...(names === whole ? places : [])].find(isProgram)
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function mayInstall() {
  return process.platform === 'linux' && process.getuid() === 0 && isProgram('/usr/bin/apt-get')
}

/** From the lists of packages as they are, then from fresh ones. */
function getPackage(name) {
  process.stderr.write(`Installing ${name} for the browser tests: some minutes, once.\n`)
  const get = () => aptGet('install', '-y', '--no-install-recommends', name)
  return get() || (aptGet('update') && get())
}

function aptGet(...args) {
  return spawnSync('apt-get', ['-q', ...args], { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0
}
