/** Whether what was written is kept, which other device has it too, and whether the model is there: always visible, always true. */
import { useEffect, useState } from 'react'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { ModelState } from '../../../shared/ipc.ts'
import type { Problem } from '../../../shared/result.ts'
import { useSteward, type Steward } from '../../notebook.tsx'
import { sentenceOf } from '../../language/problems.ts'
import { addressOf } from '../../store.ts'
import { useDeviceList } from '../../tasks/devices.ts'

interface Said {
  readonly tone: 'good' | 'busy' | 'bad'
  readonly text: string
}

export function StateLine({ refusal }: { readonly refusal: Problem | null }) {
  const { t } = useTranslation('frame')
  const steward = useSteward()
  const saved = refusal === null ? savedWords(steward, t) : { tone: 'bad' as const, text: t('state.apart', { problem: sentenceOf(refusal) }) }
  const model = steward.status === null ? null : modelWords(steward.status.model, t)
  return (
    <footer className="state">
      <span className="saved"><output className={`mark ${saved.tone}`}>{saved.text}</output><Others /></span>
      <output className={model === null ? 'none' : `mark ${model.tone}`}>{model?.text}</output>
    </footer>
  )
}

/** The other device that was met last, and when: read anew each minute, and not read out, since nothing was done. */
function Others() {
  const { t, i18n } = useTranslation('frame')
  const { bridge, notebook } = useSteward()
  const { view } = useDeviceList(bridge)
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000)
    return () => clearInterval(timer)
  }, [])
  if (view?.me?.standing === 'member' && view.me.isCopied && !notebook.isSandbox) return <> · <a href={addressOf({ room: 'devices', device: view.me.id })}>{t('state.copied')}</a></>
  const others = view?.others.filter(({ state }) => state === 'active') ?? []
  const last = others.find(({ isHere }) => isHere) ?? others.toSorted((left, right) => (right.lastMet ?? 0) - (left.lastMet ?? 0))[0]
  if (last === undefined || notebook.isSandbox) return null
  if (view?.me?.standing === 'member' && view.me.isComing) return <> · <a href={addressOf({ room: 'devices', device: view.me.id })}>{t('state.coming')}</a></>
  if (!last.isHere && last.lastMet === null) return null
  const { name, isHere, waiting, lastMet } = last
  const words = isHere ? t(waiting === 0 ? 'state.here' : 'state.waits', { name }) : t('state.met', { name, when: agoWords((lastMet ?? 0) - now, i18n.language) })
  return <> · <a href={addressOf({ room: 'devices', device: last.id })}>{words}</a></>
}

const spans = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000]] as const

/** "2 min ago", "yesterday". */
function agoWords(since: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  const [unit, size] = spans.find(([, size]) => -since >= size) ?? (['minute', 60_000] as const)
  return format.format(Math.min(0, Math.ceil(since / size)), unit)
}

function savedWords({ saveState, status, notebook }: Steward, t: TFunction<'frame'>): Said {
  if (notebook.isSandbox) return { tone: 'good', text: t('state.example') }
  if (status?.storage.kind === 'read-only') return { tone: 'bad', text: t('state.reading', { problem: sentenceOf(status.storage.problem) }) }
  switch (saveState.kind) {
    case 'saved':
      return status?.storage.kind === 'writable' && status.storage.notice !== undefined
        ? { tone: 'bad', text: t('state.but', { problem: sentenceOf(status.storage.notice) }) }
        : { tone: 'good', text: t('state.saved') }
    case 'saving':
      return { tone: 'busy', text: t('state.saving') }
    case 'away':
      return saveState.unsaved
        ? { tone: 'bad', text: t('state.unsaved') }
        : { tone: 'busy', text: t('state.connecting') }
    case 'refused':
      return { tone: 'bad', text: t('state.refused', { problem: sentenceOf(saveState.problem) }) }
  }
}

function modelWords(state: ModelState, t: TFunction<'frame'>): Said | null {
  switch (state.kind) {
    case 'ready':
      return null
    case 'loading':
      return { tone: 'busy', text: t('model.loading') }
    case 'restarting':
      return { tone: 'busy', text: t('model.restarting') }
    case 'unavailable':
      return { tone: 'bad', text: t('model.unavailable', { problem: sentenceOf(state.problem) }) }
  }
}
