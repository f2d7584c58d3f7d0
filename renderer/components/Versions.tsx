/** How a card was before: each version with what it said, to look at and to bring back. */
import { Button } from 'react-aria-components'
import { restoreVersion, saveVersion } from '../../shared/commands/version.ts'
import { readVersions } from '../../shared/document.ts'
import type { Card } from '../../shared/schema.ts'
import { newMaker, perform, useNotebook, useReading } from '../notebook.tsx'
import { useView } from '../store.ts'
import { statusWords, timeWords } from '../words.ts'

export function Versions({ card }: { readonly card: Card }) {
  const { doc } = useNotebook()
  useReading()
  const say = useView((view) => view.say)
  const versions = [...readVersions(doc, card.id)].reverse()
  return (
    <details className="versions">
      <summary>How it was before ({versions.length})</summary>
      <Button className="button" onPress={() => {
        if (perform(saveVersion(doc, card.id, newMaker())) !== null) say('Put by, as it is now.')
      }}>Put by as it is now</Button>
      <ol>
        {versions.map((version) => (
          <li key={version.id}>
            <h3>{timeWords(version.savedAt)} <span className="chip">{statusWords[version.card.status]}</span></h3>
            <p className="own title">{version.card.title}</p>
            <ul className="own">{version.card.policies.map((policy) => <li key={policy.id} className={card.policies.some(({ text }) => text === policy.text) ? undefined : 'different'}>{policy.text}</li>)}</ul>
            <Button className="button" onPress={() => {
              perform(saveVersion(doc, card.id, newMaker()))
              if (perform(restoreVersion(doc, card.id, version.id, newMaker())) === null) return
              say(`As it was on ${timeWords(version.savedAt)}.`)
            }}>Bring this back</Button>
          </li>
        ))}
      </ol>
    </details>
  )
}
