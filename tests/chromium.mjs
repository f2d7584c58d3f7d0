/**
 * The system's Chromium for the browser tests: the one that CHROMIUM names, else the headless shell (the same engine without a
 * window: a quarter less work a page), else a whole one; where this process may install Debian's, it installs what is missing.
 * Else how to get one, in one line.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const shells = ['chromium-headless-shell', 'chrome-headless-shell']
const whole = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']
const places = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium']

/** `{ path }`, or `{ path: null, remedy }`; installs only where `install` is true. */
export function findChromium({ install }) {
  const named = process.env.CHROMIUM
  if (named) return isProgram(named) ? { path: named } : { path: null, remedy: `CHROMIUM names ${named}, which is no program; set it to the path of a Chromium` }
  let path = look(shells)
  if (path === undefined && install && mayInstall()) {
    process.stderr.write('Installing a headless Chromium for the browser tests: some minutes, once.\n')
    for (const name of ['chromium-headless-shell', 'chromium']) if (path === undefined && (name !== 'chromium' || look(whole) === undefined) && getPackage(name)) path = look([name])
  }
  path ??= look(whole)
  if (path !== undefined) return { path }
  return { path: null, remedy: 'install Chromium ("sudo apt-get install chromium" on Debian), or set CHROMIUM to the path of one' }
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
  const get = () => aptGet('install', '-y', '--no-install-recommends', name)
  return get() || (aptGet('update') && get())
}

function aptGet(...args) {
  return spawnSync('apt-get', ['-q', ...args], { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0
}
