/** Whose words a card is made of: shares in one line, and word by word, where foreign words are underlined and labelled. */
import { useMemo, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { allSpans, cardSpans, sharesOf, type Span } from '../../../shared/articulation/provenance.ts'
import type { Author, Card } from '../../../shared/schema.ts'
import { useNotebook } from '../../notebook.tsx'
import { dateWords, percents } from '../../language/words.ts'

export function Whose({ card }: { readonly card: Card }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const map = doc.getMap('provenance')
  const told = useSyncExternalStore(
    (listener) => {
      map.observe(listener)
      return () => map.unobserve(listener)
    },
    () => map.size
  )
  const spans = useMemo(() => ({ told, read: cardSpans(doc, card.id), of: card }), [doc, card, told]).read
  const shares = spans === null ? [] : sharesOf(allSpans(spans))
  if (spans === null || shares.every(({ author }) => author.kind === 'you')) return null
  const parts = percents(shares.map(({ share }) => share))
  const texts: readonly (readonly [string, string, readonly Span[]])[] = [
    ['title', card.title, spans.title], ...card.policies.map((line) => [line.id, line.text, spans.lines.find((one) => one.line === line.id)?.spans ?? []] as const), ['story', card.story, spans.story], ['obstacles', card.obstacles, spans.obstacles]
  ]
  return (
    <section className="whose" aria-label={t('whose.title')}>
      <p className="provenance">{shares.map(({ author }, at) => shareWords(author, parts[at] ?? '', t)).join(', ')}</p>
      <details>
        <summary>{t('whose.show')}</summary>
        {texts.map(([key, text, own]) => text !== '' && <p key={key} className="own" dir="auto"><Marked text={text} spans={own} /></p>)}
      </details>
    </section>
  )
}

/** A text whose foreign stretches are underlined, each named once behind it. */
function Marked({ text, spans }: { readonly text: string; readonly spans: readonly Span[] }) {
  const { t } = useTranslation('articulation')
  return spans.map(({ length, author }, index) => {
    const at = spans.slice(0, index).reduce((sum, span) => sum + span.length, 0)
    const words = text.slice(at, at + length)
    if (author.kind === 'you') return <span key={index}>{words}</span>
    return (
      <span key={index}><span className={author.kind === 'model' ? 'by-model' : 'by-import'}>{words}</span><span className="mark-source"> ({author.kind === 'model' ? t('whose.model.mark', { name: author.name }) : t('whose.import.mark', { source: author.source })}) </span></span>
    )
  })
}

function shareWords(author: Author, share: string, t: (key: string, values: Readonly<Record<string, string>>) => string): string {
  switch (author.kind) {
    case 'you':
      return t('whose.you', { share })
    case 'import':
      return t('whose.import', { share, source: author.source })
    case 'model':
      return author.acceptedAt === null ? t('whose.model.open', { share, name: author.name }) : t('whose.model', { share, name: author.name, date: dateWords(author.acceptedAt) })
  }
}
