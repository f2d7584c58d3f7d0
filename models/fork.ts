/** A Node process of our own for one file: without the parent's flags, and ended with it. Leaves out Electron's utilityProcess (main/index.ts). */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface ProcessHost<ToProcess, FromProcess> {
  send(message: ToProcess): void
  onMessage(listener: (message: FromProcess) => void): void
  /** Called once, however it ended; also where it could not be started. */
  onExit(listener: () => void): void
  /** At once, whatever it is doing. */
  kill(): void
  readonly pid: number | undefined
}

export function forkProcess<ToProcess, FromProcess>(entry: URL): ProcessHost<ToProcess, FromProcess> {
  const child = fork(fileURLToPath(entry), { execArgv: [], serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exits: (() => void)[] = []
  let isOver = false
  const end = (): void => {
    if (isOver) return
    isOver = true
    process.off('exit', kill)
    for (const listener of exits) listener()
  }
  const kill = (): void => void child.kill('SIGKILL')
  process.on('exit', kill)
  child.on('exit', end)
  child.on('error', () => {
    kill()
    end()
  })
  return {
    send: (message) => {
      if (child.connected) child.send(message as object, () => undefined)
    },
    onMessage: (listener) => void child.on('message', (message) => listener(message as FromProcess)),
    onExit: (listener) => {
      if (isOver) listener()
      else exits.push(listener)
    },
    kill,
    pid: child.pid
  }
}
