/** How a card was before: each version with what it said, to look at and to bring back. */
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { restoreVersion, saveVersion } from '../../shared/commands/version.ts'
import { readVersions } from '../../shared/document/document.ts'
import type { Card, ContextId, Graph } from '../../shared/schema.ts'
import { newMaker, perform, useNotebook, useReading } from '../notebook.tsx'
import { useView } from '../store.ts'
import { authorWords, kindWords, statusWords, timeWords, whenWords } from '../language/words.ts'
import { Changed } from './Changed.tsx'

export function Versions({ card }: { readonly card: Card }) {
  const { t } = useTranslation('card')
  const { doc } = useNotebook()
  const { graph } = useReading()
  const say = useView((view) => view.say)
  const versions = [...readVersions(doc, card.id)].reverse()
  return (
    <details className="versions">
      <summary>{t('before', { count: versions.length })}</summary>
      {versions.length > 0 && <p className="quiet">{t('before.beside')} <del>{t('before.gone')}</del>, <ins>{t('before.come')}</ins>.</p>}
      <Button className="button" onPress={() => {
        if (perform(saveVersion(doc, card.id, newMaker())) !== null) say(t('putBy.done'))
      }}>{t('putBy')}</Button>
      <ol>
        {versions.map(({ id, savedAt, author, card: was }) => (
          <li key={id}>
            <h3><time>{timeWords(savedAt)}</time> <span className="chip">{statusWords(was.status)}</span> <span className="quiet">{authorWords(author)}</span></h3>
            <p className="title"><Changed was={was.title} is={card.title} /></p>
            <ul>
              {was.policies.map((line) => <li key={line.id}><Changed was={line.text} is={card.policies.find((policy) => policy.id === line.id)?.text ?? ''} /></li>)}
              {card.policies.filter((line) => !was.policies.some((policy) => policy.id === line.id)).map((line) => <li key={line.id}><Changed was="" is={line.text} /></li>)}
            </ul>
            {was.story + card.story !== '' && <p><Changed was={was.story} is={card.story} /></p>}
            {was.obstacles + card.obstacles !== '' && <p><span className="quiet">{t('obstacles.was')}</span> <Changed was={was.obstacles} is={card.obstacles} /></p>}
            <Places was={was.contexts} is={card.contexts} contexts={graph.contexts} />
            {was.kind !== card.kind && <p className="quiet">{t('kind.was', { was: kindWords(was.kind), is: kindWords(card.kind) })}</p>}
            <Button className="button" onPress={() => {
              if (perform(restoreVersion(doc, card.id, id, newMaker())) !== null) say(t('restored', { time: timeWords(savedAt) }))
            }}>{t('restore')}</Button>
          </li>
        ))}
      </ol>
    </details>
  )
}

/** When it showed up and does now; nothing where that is the same. */
function Places({ was, is, contexts }: { readonly was: readonly ContextId[]; readonly is: readonly ContextId[]; readonly contexts: Graph['contexts'] }) {
  const { t } = useTranslation('card')
  if (was.length === is.length && was.every((id) => is.includes(id))) return null
  const words = (id: ContextId): string => whenWords(contexts[id]?.text ?? '')
  return (
    <p>
      <span className="quiet">{t('places.was')}</span>{' '}
      <span className="own" dir="auto">
        {was.map((id) => (is.includes(id) ? <span key={id}>{words(id)} </span> : <del key={id}>{contexts[id] === undefined ? '…' : words(id)} </del>))}
        {is.filter((id) => !was.includes(id)).map((id) => <ins key={id}>{words(id)} </ins>)}
      </span>
    </p>
  )
}
