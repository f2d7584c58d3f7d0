/** Whether what was written is kept, and whether the model is there: always visible, always true. */
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { ModelState } from '../../shared/ipc.ts'
import type { Problem } from '../../shared/result.ts'
import { useSteward, type Steward } from '../notebook.tsx'
import { sentenceOf } from '../problems.ts'

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
      <output className={`mark ${saved.tone}`}>{saved.text}</output>
      <output className={model === null ? 'none' : `mark ${model.tone}`}>{model?.text}</output>
    </footer>
  )
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
