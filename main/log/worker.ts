/**
 * The thread that owns a home's log (log/file.ts), so that no disk ever holds up a window.
 *
 * Requests are answered in the order in which they came. Appends that wait together are committed together, and answered
 * after the commit.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { LogFileOptions, LogReply, LogRequest } from './log.ts'
import { openLogFile, type LogFile } from './file.ts'

/** Appends of one commit. */
const maximumBatch = 1_000

let file: LogFile | null = null
const queue: LogRequest[] = []

parentPort?.on('message', (request: LogRequest) => {
  queue.push(request)
  if (queue.length === 1) setImmediate(drain)
})

/** Takes what waits: runs of appends as one commit, all else one by one. */
function drain(): void {
  while (queue.length > 0) {
    const first = queue[0]
    if (first === undefined) return
    if (first.kind !== 'append') {
      queue.shift()
      answer(first.id, serve(first))
      continue
    }
    const appends: Extract<LogRequest, { kind: 'append' }>[] = []
    for (let next = queue[0]; next?.kind === 'append' && appends.length < maximumBatch; next = queue[0]) {
      appends.push(next)
      queue.shift()
    }
    const result = file === null ? closed : file.append(appends.map((request) => request.entry))
    for (const request of appends) answer(request.id, result)
  }
}

function serve(request: Exclude<LogRequest, { kind: 'append' }>): Result<unknown> {
  if (request.kind === 'open') {
    const opened = openLogFile(workerData as LogFileOptions)
    if (opened.ok) file = opened.value
    return opened.ok ? ok(opened.value.opened) : opened
  }
  if (file === null) return closed
  switch (request.kind) {
    case 'load':
      return file.load()
    case 'compact':
      return file.compact(request.replacement)
    case 'close':
      file.close()
      file = null
      return ok(undefined)
  }
}

function answer(id: number, result: Result<unknown>): void {
  parentPort?.postMessage({ id, result } satisfies LogReply)
}

const closed = fail('storage', 'the home is closed', 'open the app again')
