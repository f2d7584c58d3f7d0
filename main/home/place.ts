/**
 * Where this person's data lives, for every door alike: `--home`, else `VALUES_STEWARD_HOME`, else the platform's usual
 * place for an application's data. Touches no disk.
 */
import { homedir } from 'node:os'
import { posix, resolve, win32 } from 'node:path'

/** The absolute path of the home folder. `given` is the value of `--home`, not empty. */
export function homeFolder(given: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  const named = given ?? environment['VALUES_STEWARD_HOME']
  return named === undefined || named === '' ? usualPlace(process.platform, environment, homedir()) : resolve(named)
}

/** Linux and the rest: the XDG base directories; macOS: Application Support; Windows: local (not roaming) application data. */
export function usualPlace(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv, user: string): string {
  if (platform === 'darwin') return posix.join(user, 'Library', 'Application Support', 'Values Steward')
  if (platform === 'win32') return win32.join(environment['LOCALAPPDATA'] ?? win32.join(user, 'AppData', 'Local'), 'Values Steward')
  const data = environment['XDG_DATA_HOME']
  /* The XDG specification: a path that is not absolute is to be ignored. */
  return posix.join(data !== undefined && posix.isAbsolute(data) ? data : posix.join(user, '.local', 'share'), 'values-steward')
}
