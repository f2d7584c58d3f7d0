/** Words that the local language model writes for a screen: as they come, whole at the end, stopped. They end when the screen goes. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallArgument, CallName } from '../../shared/ipc.ts'
import { writingLanguages, type Written } from '../../shared/ports.ts'
import type { Problem } from '../../shared/result.ts'
import { useSteward } from '../notebook.tsx'

type WritingCall = Extract<CallName, 'explain' | 'makeScenario' | 'paraphrase'>

export type Writing =
  | { readonly state: 'idle' }
  /** `text` is what is there so far. */
  | { readonly state: 'writing'; readonly text: string }
  | { readonly state: 'written'; readonly written: Written }
  | { readonly state: 'failed'; readonly problem: Problem }

/** The name of the local language model that sits in the reader's seat; null where none does. */
export function useWriterName(): string | null {
  const { status } = useSteward()
  return status?.model.kind === 'ready' && status.model.writes === true ? status.model.name : null
}

export function useWriting<Name extends WritingCall>(name: Name): { readonly writing: Writing; readonly start: (argument: Omit<CallArgument<Name>, 'job' | 'seed' | 'language'>) => void; readonly stop: () => void; readonly clear: () => void } {
  const { bridge } = useSteward()
  const { i18n } = useTranslation()
  const [writing, setWriting] = useState<Writing>({ state: 'idle' })
  const job = useRef<string | null>(null)
  const seed = useRef(0)
  const stop = useCallback(() => {
    const running = job.current
    job.current = null
    if (running !== null) void bridge.call('stopWork', { job: running })
    setWriting((before) => (before.state === 'writing' ? { state: 'idle' } : before))
  }, [bridge])
  useEffect(() => {
    const end = bridge.onEvent((event) => {
      if (event.kind === 'work' && event.job === job.current && event.text !== null) setWriting({ state: 'writing', text: event.text })
    })
    return () => {
      end()
      const running = job.current
      job.current = null
      if (running !== null) void bridge.call('stopWork', { job: running })
    }
  }, [bridge])
  const start = useCallback((argument: Omit<CallArgument<Name>, 'job' | 'seed' | 'language'>) => {
    if (job.current !== null) return
    const mine = crypto.randomUUID()
    job.current = mine
    setWriting({ state: 'writing', text: '' })
    /* Each time other words, in the language of the window. */
    const language = writingLanguages.find((each) => i18n.language.split('-', 1)[0] === each)
    const asked = { ...argument, job: mine, seed: (seed.current += 1), language } as unknown as CallArgument<Name>
    void bridge.call(name, asked).then((result) => {
      if (job.current !== mine) return
      job.current = null
      setWriting(result.ok ? { state: 'written', written: result.value as Written } : { state: 'failed', problem: result.error })
    })
  }, [bridge, name, i18n])
  const clear = useCallback(() => setWriting({ state: 'idle' }), [])
  return { writing, start, stop, clear }
}
