/** Whether what was written is kept, and whether the model is there: always visible, always true. */
import type { ModelState } from '../../shared/ipc.ts'
import type { Problem } from '../../shared/result.ts'
import { sentenceOf, useSteward, type Steward } from '../notebook.tsx'

interface Said {
  readonly tone: 'good' | 'busy' | 'bad'
  readonly text: string
}

export function StateLine({ refusal }: { readonly refusal: Problem | null }) {
  const steward = useSteward()
  const saved = refusal === null ? savedWords(steward) : { tone: 'bad' as const, text: `Not connected. ${sentenceOf(refusal)} What you wrote since is kept in this window; leave it open.` }
  const model = steward.status === null ? null : modelWords(steward.status.model)
  return (
    <footer className="state">
      <output className={`mark ${saved.tone}`}>{saved.text}</output>
      <output className={model === null ? 'none' : `mark ${model.tone}`}>{model?.text}</output>
    </footer>
  )
}

function savedWords({ saveState, status, notebook }: Steward): Said {
  if (notebook.isSandbox) return { tone: 'good', text: 'An example: nothing is kept' }
  if (status?.storage.kind === 'read-only') return { tone: 'bad', text: `For reading only. ${sentenceOf(status.storage.problem)}` }
  switch (saveState.kind) {
    case 'saved':
      return status?.storage.kind === 'writable' && status.storage.notice !== undefined
        ? { tone: 'bad', text: `Saved on this device, but ${sentenceOf(status.storage.notice).replace(/^./u, (letter) => letter.toLowerCase())}` }
        : { tone: 'good', text: 'Saved on this device' }
    case 'saving':
      return { tone: 'busy', text: 'Saving …' }
    case 'away':
      return saveState.unsaved
        ? { tone: 'bad', text: 'Not saved yet: Values Steward does not answer. What you wrote is kept in this window and saved when it is back; leave it open.' }
        : { tone: 'busy', text: 'Connecting …' }
    case 'refused':
      return { tone: 'bad', text: `Not saved. ${sentenceOf(saveState.problem)}` }
  }
}

function modelWords(state: ModelState): Said | null {
  switch (state.kind) {
    case 'ready':
      return null
    case 'loading':
      return { tone: 'busy', text: 'The model is getting ready' }
    case 'restarting':
      return { tone: 'busy', text: 'The model is starting again' }
    case 'unavailable':
      return { tone: 'bad', text: `No prediction for now. ${sentenceOf(state.problem)}` }
  }
}
