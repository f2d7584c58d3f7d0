/**
 * Work of the local language model that windows follow and stop by its name. Invariants: a name runs once at a time; what was
 * stopped says nothing more; when the home closes, all of it stops.
 */
import type { WritingJob } from '../shared/ports.ts'
import { fail, ok, type Result } from '../shared/result.ts'
import type { WorkEvent } from '../shared/work.ts'

export interface Works {
  /** Runs to its end under this name. Errors: `conflict` where the name runs already, or too much does. */
  run<Value>(job: string, work: (job: WritingJob) => Promise<Result<Value>>): Promise<Result<Value>>
  /** Nothing for one that is over. */
  stop(job: string): Result<void>
  close(): void
}

const mostJobs = 4

export function createWorks(tell: (event: WorkEvent) => void): Works {
  const running = new Map<string, AbortController>()
  return {
    async run(job, work) {
      if (running.has(job)) return fail('conflict', 'this is being done already', 'wait for it, or stop it')
      if (running.size >= mostJobs) return fail('conflict', `the model has ${mostJobs} things to do already`, 'wait for one of them, or stop it')
      const stop = new AbortController()
      running.set(job, stop)
      let [share, text]: [number, string | null] = [0, null]
      const say = (): void => {
        if (!stop.signal.aborted) tell({ kind: 'work', job, share, text })
      }
      try {
        return await work({
          signal: stop.signal,
          onProgress: (next) => {
            /* Not each token is worth a message. */
            if (next < 1 && next - share < 0.01) return
            share = next
            say()
          },
          onWords: (next) => {
            text = next
            say()
          }
        })
      } finally {
        running.delete(job)
      }
    },
    stop(job) {
      running.get(job)?.abort()
      return ok(undefined)
    },
    close() {
      for (const stop of running.values()) stop.abort()
    }
  }
}
