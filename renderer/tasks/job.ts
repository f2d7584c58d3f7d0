/** A job of the steward's as a screen follows it: begun, how far, what it found, stopped. It ends when the screen goes. */
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Problem } from '../../shared/result.ts'
import type { Trial } from '../../shared/rehearsal.ts'
import type { JobArgument, Turned } from '../../shared/trials/job.ts'
import { useSteward } from '../notebook.tsx'

export interface JobState {
  readonly state: 'idle' | 'running' | 'finished' | 'stopped' | Problem
  readonly share: number
  readonly trials: readonly Trial[]
  readonly turned: readonly Turned[]
}

const idle: JobState = { state: 'idle', share: 0, trials: [], turned: [] }

/** `start` calls `onEnd` once, with what was found, when the job has finished or was stopped; not where it failed, nor where the screen went. */
export function useJob(): JobState & { readonly start: (argument: JobArgument, onEnd?: (found: JobState) => void) => void; readonly stop: () => void } {
  const { bridge } = useSteward()
  const [current, setCurrent] = useState<JobState>(idle)
  const number = useRef<number | null>(null)
  /** The one begun last; its number may still be on its way when it is to stop. */
  const latest = useRef<{ isStopped: boolean } | null>(null)
  const found = useRef<JobState>(idle)
  const ending = useRef<((found: JobState) => void) | undefined>(undefined)
  useEffect(() => {
    const end = bridge.onEvent((event) => {
      if (event.kind !== 'job' || event.job !== number.current) return
      const { share, state, trial, turned } = event
      const before = found.current
      found.current = { state, share, trials: trial === null ? before.trials : [...before.trials, trial], turned: turned === null ? before.turned : [...before.turned, turned] }
      setCurrent(found.current)
      if (state === 'running') return
      number.current = null
      if (state === 'finished' || state === 'stopped') ending.current?.(found.current)
      ending.current = undefined
    })
    return () => {
      end()
      if (latest.current !== null) latest.current.isStopped = true
      if (number.current !== null) void bridge.call('stopJob', { job: number.current })
    }
  }, [bridge])
  const stop = useCallback(() => {
    if (latest.current !== null) latest.current.isStopped = true
    if (number.current !== null) void bridge.call('stopJob', { job: number.current })
  }, [bridge])
  const start = useCallback((argument: JobArgument, onEnd?: (found: JobState) => void) => {
    stop()
    number.current = null
    const own = { isStopped: false }
    latest.current = own
    ending.current = onEnd
    found.current = { ...idle, state: 'running' }
    setCurrent(found.current)
    void bridge.call('startJob', argument).then((result) => {
      if (!result.ok) return setCurrent({ ...idle, state: result.error })
      if (latest.current === own) number.current = result.value
      if (own.isStopped) void bridge.call('stopJob', { job: result.value })
    })
  }, [bridge, stop])
  return { ...current, start, stop }
}
