/**
 * A session: one question at a time on the left, the card growing on the right with what is still missing. Every letter is
 * kept in the notebook, so that one may leave at any time.
 */
import { useEffect, useRef } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { Gone } from '../../components/frame/Gone.tsx'
import { kinshipOf, mayConfirm, mostTurns, nextQuestion, turnsTaken, type Articulation } from '../../../shared/articulation/machine.ts'
import type { NormId, SessionId } from '../../../shared/schema.ts'
import { useReading } from '../../notebook.tsx'
import { addressOf, go, useView } from '../../store.ts'
import { Ask } from './Ask.tsx'
import { Growing } from './Growing.tsx'
import { NormFields } from './NormFields.tsx'

export function SessionRoom({ id }: { readonly id: string }) {
  const { t } = useTranslation('articulation')
  const { sessions, graph } = useReading()
  const session = Object.hasOwn(sessions, id) ? sessions[id as SessionId] : undefined
  if (session === undefined) return <Gone title={t('session.gone')} text={t('session.gone.text')} back={t('session.toValues')} to={{ room: 'values', card: null }} />
  const articulation = { session, card: session.card === null ? null : (graph.cards[session.card] ?? null) }
  return (
    <div className="session">
      <section className="asking" aria-label={t('start.title')}>
        <p className="crumb"><a href={addressOf({ room: 'values', card: null })}>{t('crumb')}</a></p>
        <Left articulation={articulation} />
      </section>
      {(session.finishedAt === null || articulation.card !== null) && <Growing articulation={articulation} />}
    </div>
  )
}

function Left({ articulation }: { readonly articulation: Articulation }) {
  const { t } = useTranslation('articulation')
  const { session, card } = articulation
  const question = nextQuestion(articulation)
  if (session.finishedAt !== null) return <Over articulation={articulation} />
  if (question !== null) {
    return (
      <>
        <p className="quiet turn">{t('session.turn', { turn: Math.min(mostTurns, turnsTaken(session) + (question.kind === 'pick' ? 0 : 1)), most: mostTurns })}</p>
        <Ask key={question.key} articulation={articulation} question={question} />
        <Leave />
      </>
    )
  }
  const kind = mayConfirm(articulation) ? 'ready' : turnsTaken(session) >= mostTurns ? 'limit' : 'none'
  return (
    <>
      <Said key={kind} title={t(`session.${kind}`)} text={t(`session.${kind}.text`)} />
      {card !== null && kind === 'ready' && kinshipOf(session) === 'strategy' && <p className="hint">{t('grow.strategy')}</p>}
      <Leave />
    </>
  )
}

function Leave() {
  const { t } = useTranslation('articulation')
  const say = useView((view) => view.say)
  return (
    <p className="leave"><Button className="plain words" onPress={() => {
      say(t('session.left'))
      go({ room: 'values', card: null })
    }}>{t('session.leave')}</Button></p>
  )
}

function Over({ articulation: { session, card } }: { readonly articulation: Articulation }) {
  const { t } = useTranslation('articulation')
  const kinship = kinshipOf(session)
  const isRule = card === null || kinship === 'norm' || kinship === 'belief'
  const { graph } = useReading()
  const norm = graph.norms[(session.turns.find(({ question }) => question === 'norm')?.answer ?? '') as NormId]
  return (
    <>
      <Said title={isRule ? t(kinship === 'belief' ? 'session.over.belief' : 'session.over.norm') : t('session.over', { title: card.title.trim() })} text={!isRule ? t('session.over.text') : card === null ? '' : t('session.over.card')} />
      {norm !== undefined && <NormFields norm={norm} />}
      <div className="actions">
        {isRule ? <a className="button primary" href={addressOf({ room: 'values', card: null })}>{t('session.toValues')}</a> : <a className="button primary" href={addressOf({ room: 'values', card: card.id })}>{t('session.toCard')}</a>}
        {!isRule && card.kind !== 'instrumental' && <a className="button" href={addressOf({ room: 'words', session: null, card: card.id })}>{t('situation.title', { title: card.title.trim() })}</a>}
      </div>
    </>
  )
}

/** A page's own words, read out when they come. */
function Said({ title, text }: { readonly title: string; readonly text: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <>
      <h1 tabIndex={-1} ref={heading}>{title}</h1>
      {text !== '' && <p>{text}</p>}
    </>
  )
}
