/**
 * The system's Chromium for the browser tests: the one that CHROMIUM names, else one that is installed, else Debian's,
 * where this process may install it; else how to get one, in one line.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']
const places = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium']

/** `{ path }`, or `{ path: null, remedy }`; installs only where `install` is true. */
export function findChromium({ install }) {
  const named = process.env.CHROMIUM
  if (named) return isProgram(named) ? { path: named } : { path: null, remedy: `CHROMIUM names ${named}, which is no program; set it to the path of a Chromium` }
  const found = look()
  if (found !== undefined) return { path: found }
  if (install && mayInstall()) {
    process.stderr.write('Installing Chromium for the browser tests: some minutes, once.\n')
    const installed = aptGet('install', '-y', '--no-install-recommends', 'chromium') || (aptGet('update') && aptGet('install', '-y', '--no-install-recommends', 'chromium'))
    const path = installed ? look() : undefined
    if (path !== undefined) return { path }
  }
  return { path: null, remedy: 'install Chromium ("sudo apt-get install chromium" on Debian), or set CHROMIUM to the path of one' }
}

function look() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...places].find(isProgram)
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

function aptGet(...args) {
  return spawnSync('apt-get', ['-q', ...args], { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0
}
