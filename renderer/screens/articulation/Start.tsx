/** Where to begin: five ways in, the card without questions, and what was left for another day. */
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { ways, type Session } from '../../../shared/articulation/session.ts'
import { removeSession, startSession } from '../../../shared/commands/session.ts'
import { valuesOf } from '../../../shared/graph.ts'
import type { Graph } from '../../../shared/schema.ts'
import { newMaker, perform, useNotebook, useReading } from '../../notebook.tsx'
import { addressOf, go, useView } from '../../store.ts'
import { dateWords, namedWords } from '../../language/words.ts'

export function Start() {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const { sessions, graph } = useReading()
  const say = useView((view) => view.say)
  const open = valuesOf(sessions).filter((session) => session.finishedAt === null && (session.card === null || graph.cards[session.card]?.status !== 'retired') && wordsOf(session, graph) !== '')
    .toSorted((left, right) => right.updatedAt - left.updatedAt || (left.id < right.id ? -1 : 1))
  return (
    <div className="column">
      <p className="crumb"><a href={addressOf({ room: 'values', card: null })}>{t('crumb')}</a></p>
      <h1 tabIndex={-1}>{t('start.title')}</h1>
      <p className="lead">{t('start.lead')}</p>
      <section aria-label={t('start.ways')}>
        <ul className="ways">
          {ways.map((way) => (
            <li key={way}>
              <Button className="button way" aria-describedby={`way-${way}`} onPress={() => {
                const id = perform(startSession(doc, way, newMaker()))
                if (id !== null) go({ room: 'words', session: id, card: null })
              }}>{t(`way.${way}`)}</Button>
              <span className="quiet" id={`way-${way}`}>{t(`way.${way}.hint`)}</span>
            </li>
          ))}
        </ul>
      </section>
      {open.length > 0 && (
        <section aria-label={t('start.open')}>
          <h2>{t('start.open')}</h2>
          <ul className="cards">
            {open.map((session) => {
              const words = wordsOf(session, graph)
              return (
                <li key={session.id} className="with-tool">
                  <a className="card draft" href={session.isQuick && session.card === null ? addressOf({ room: 'values', card: 'new' }) : addressOf({ room: 'words', session: session.id, card: null })}>
                    <span className="line own" dir="auto">{words}</span>
                    <span className="quiet">{t('start.goOn')} · {t('start.date', { date: dateWords(session.updatedAt) })}</span>
                  </a>
                  <Button className="plain" aria-label={namedWords(t('start.throwAway'), words.slice(0, 60))} onPress={() => {
                    if (perform(removeSession(doc, session.id)) !== null) say(t('start.thrown'))
                  }}>✕</Button>
                </li>
              )
            })}
          </ul>
        </section>
      )}
      <p className="straight"><a href={addressOf({ room: 'values', card: 'new' })}>{t('start.straight')}</a> <span className="quiet">{t('start.straight.hint')}</span></p>
    </div>
  )
}

/** What it is known by: its card's name, else what was written first. */
function wordsOf(session: Session, graph: Graph): string {
  const title = session.card === null ? '' : (graph.cards[session.card]?.title ?? '')
  const texts = ['story', 'rule', 'feeling', 'admired', 'mistake'].map((key) => session.texts[key] ?? '')
  return [title, ...texts].find((text) => text.trim() !== '')?.trim() ?? ''
}
