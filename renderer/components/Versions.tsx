/** How a card was before: each version with what it said, to look at and to bring back. */
import { Button } from 'react-aria-components'
import { restoreVersion, saveVersion } from '../../shared/commands/version.ts'
import { readVersions } from '../../shared/document.ts'
import type { Author, Card } from '../../shared/schema.ts'
import { newMaker, perform, useNotebook, useReading } from '../notebook.tsx'
import { useView } from '../store.ts'
import { statusWords, timeWords } from '../words.ts'
import { Changed } from './Changed.tsx'

export function Versions({ card }: { readonly card: Card }) {
  const { doc } = useNotebook()
  useReading()
  const say = useView((view) => view.say)
  const versions = [...readVersions(doc, card.id)].reverse()
  return (
    <details className="versions">
      <summary>How it was before ({versions.length})</summary>
      {versions.length > 0 && <p className="quiet">Each beside how it is now: <del>gone since</del>, <ins>come since</ins>.</p>}
      <Button className="button" onPress={() => {
        if (perform(saveVersion(doc, card.id, newMaker())) !== null) say('Put by, as it is now.')
      }}>Put by as it is now</Button>
      <ol>
        {versions.map((version) => (
          <li key={version.id}>
            <h3>{timeWords(version.savedAt)} <span className="chip">{statusWords[version.card.status]}</span> <span className="quiet">{authorWords(version.author)}</span></h3>
            <p className="title"><Changed was={version.card.title} is={card.title} /></p>
            <ul>
              {version.card.policies.map(({ id, text }) => <li key={id}><Changed was={text} is={card.policies.find((policy) => policy.id === id)?.text ?? ''} /></li>)}
              {card.policies.filter(({ id }) => !version.card.policies.some((policy) => policy.id === id)).map(({ id, text }) => <li key={id}><Changed was="" is={text} /></li>)}
            </ul>
            {version.card.story + card.story !== '' && <p><Changed was={version.card.story} is={card.story} /></p>}
            {version.card.obstacles + card.obstacles !== '' && <p><span className="quiet">What gets in its way: </span><Changed was={version.card.obstacles} is={card.obstacles} /></p>}
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

function authorWords(author: Author): string {
  switch (author.kind) {
    case 'you':
      return 'by you'
    case 'import':
      return `from ${author.source}`
    case 'model':
      return `proposed by ${author.name}`
  }
}
