/** The question that stands, and its answer: in words, from phrases, by choosing, a line put otherwise, or a name. */
import { useEffect, useRef, useState } from 'react'
import { Button, Label, RadioGroup } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { remarksOf, suggestedKinship, type Articulation, type Question } from '../../../shared/articulation/machine.ts'
import { forceOf } from '../../../shared/articulation/kinship.ts'
import { Kinship, type Session } from '../../../shared/articulation/session.ts'
import { editText } from '../../../shared/commands/card.ts'
import { becomeBelief, becomeNorm, overrule, sayWhen, settleRemark, takeBackTurn, takePicks, takeTurn, writeAnswer } from '../../../shared/commands/session.ts'
import type { Norm } from '../../../shared/schema.ts'
import { Field } from '../../components/fields/Field.tsx'
import { Pick } from '../../components/fields/Pick.tsx'
import { newMaker, perform, together, useNotebook } from '../../notebook.tsx'
import { Picks } from './Picks.tsx'
import { useFinder } from './finder.ts'

export interface AskProps {
  readonly articulation: Articulation
  readonly question: Question
}

export function Ask({ articulation, question }: AskProps) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const { session } = articulation
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (question.kind === 'pick' || question.kind === 'choose') heading.current?.focus()
  }, [question.kind])
  const take = (answer: string): void => void perform(takeTurn(doc, session.id, question.key, answer, newMaker()))
  const before = lastTurn(articulation)
  return (
    <div className="ask">
      <h1 tabIndex={-1} ref={heading} className="question">{t(sentenceKey(articulation, question))}</h1>
      {question.words !== '' && question.kind !== 'pick' && question.kind !== 'line' && <blockquote className="own" dir="auto">{question.words}</blockquote>}
      {question.kind === 'tell' && <Tell articulation={articulation} question={question} />}
      {question.kind === 'pick' && <PickStep articulation={articulation} question={question} />}
      {question.kind === 'choose' && <Choose articulation={articulation} question={question} take={take} />}
      {question.kind === 'line' && <LineStep articulation={articulation} question={question} take={take} />}
      {question.kind === 'field' && <NameStep articulation={articulation} question={question} take={take} />}
      <p className="beside">
        {question.kind !== 'pick' && <Button className="plain words" onPress={() => take('skipped')}>{t('session.skip')}</Button>}
        {before !== null && <Button className="plain words" onPress={() => perform(takeBackTurn(doc, session.id, before, newMaker()))}>{t('session.back')}</Button>}
      </p>
    </div>
  )
}

/** The sentence of a question; the story is asked for by what came before it. */
function sentenceKey({ session }: Articulation, question: Question): string {
  const [kind = ''] = question.key.split('.')
  if (question.kind === 'pick') return 'ask.pick'
  if (question.kind === 'line') return 'ask.line'
  if (kind === 'story') return session.way === 'choice' ? 'ask.story' : `ask.story.${session.way}`
  return kind === 'decided' ? 'ask.decided' : `ask.${question.key}`
}

/** The turn that was taken last by the clock; of equal ones the later question. */
function lastTurn({ session, card }: Articulation): string | null {
  const open = session.turns.filter(({ question }) => !question.startsWith('pick.') && !(card !== null && session.turns.some((turn) => turn.question === `pick.${question}`)))
  return open.toSorted((left, right) => left.at - right.at).at(-1)?.question ?? null
}

function Tell({ articulation: { session }, question }: AskProps) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const find = useFinder()
  const [isBusy, setIsBusy] = useState(false)
  const answer = session.texts[question.key] ?? ''
  const isStory = /^(?:story|more-\d|decided\..+)$/u.test(question.key)

  async function goOn(): Promise<void> {
    if (isBusy) return
    setIsBusy(true)
    const phrases = isStory ? [...(await find(answer)), ''] : []
    setIsBusy(false)
    perform(takeTurn(doc, session.id, question.key, 'told', newMaker(), phrases))
  }

  return (
    <>
      <Field label={t('session.answer')} isLabelHidden isLong rows={4} value={answer} onChange={(next) => perform(writeAnswer(doc, session.id, question.key, next, newMaker()))} autoFocus placeholder={isStory ? t('first.placeholder') : ''} />
      <div className="actions"><Button className="button primary" isDisabled={answer.trim() === ''} onPress={() => void goOn()}>{t('session.goOn')}</Button></div>
    </>
  )
}

/** A rule as a norm to begin with; the person says the rest of it afterwards. */
function normOf(session: Session, words: string): Omit<Norm, 'id'> {
  const isSeen = session.turns.some(({ question, answer }) => question === 'filter.nobody' && answer === 'no')
  return { text: words, force: forceOf(words), holder: '', purpose: '', exceptions: '', strength: 0.5, intrinsic: !isSeen, inForce: 1 }
}

function PickStep({ articulation: { session }, question }: AskProps) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const about = question.key.slice('pick.'.length)
  return (
    <>
      <p className="lead">{t('ask.pick.lead')}</p>
      <Picks session={session} question={about} />
      <div className="actions"><Button className="button primary" onPress={() => perform(takePicks(doc, session.id, about, newMaker()))}>{t('session.goOn')}</Button></div>
    </>
  )
}

function Choose({ articulation, question, take }: AskProps & { readonly take: (answer: string) => void }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const { session } = articulation
  /* Null where nothing is: with any other value the group would take none of them into the tab order. */
  const [chosen, setChosen] = useState<string | null>(null)
  const isKinship = question.key === 'kinship'
  const suggested = suggestedKinship(articulation.session)

  function goOn(): void {
    if (chosen === null) return
    if (!isKinship) return take(chosen)
    const kinship = Kinship.parse(chosen)
    const words = (session.texts['rule'] ?? session.texts['story'] ?? '').trim().slice(0, 2_000)
    together(doc, () => {
      perform(overrule(doc, session.id, kinship, newMaker()))
      if (kinship === 'norm') perform(becomeNorm(doc, session.id, normOf(session, words), newMaker()))
      else if (kinship === 'belief') perform(becomeBelief(doc, session.id, words, newMaker()))
      else take(kinship)
    })
  }

  return (
    <>
      {isKinship && <p>{t('ask.kinship.lead', { kinship: t(`kinship.${suggested}`) })}</p>}
      <RadioGroup className="radios" value={chosen} onChange={setChosen} aria-label={t(sentenceKey(articulation, question))}>
        <Label className="none">{t(sentenceKey(articulation, question))}</Label>
        {question.options.map((option) => <Pick key={option} value={option}>{t(question.key === 'probe.reasons' && option !== 'unsure' ? `answer.reasons.${option}` : `answer.${option}`)}</Pick>)}
      </RadioGroup>
      <div className="actions"><Button className="button primary" isDisabled={chosen === null} onPress={goOn}>{t('session.goOn')}</Button></div>
    </>
  )
}

/** The line is mended in the answer and written into the card on going on, so that the question stays while one writes. */
function LineStep({ articulation, question: { key, policy, rule, words }, take }: AskProps & { readonly take: (answer: string) => void }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const { session, card } = articulation
  const answer = session.texts[key] ?? words
  const asked = remarksOf(articulation).find((remark) => remark.policy === policy && remark.rule === rule)?.words ?? ''
  if (card === null || policy === null || rule === null) return null
  return (
    <>
      <p>{t(`lint.${rule}`, { words: asked })}</p>
      <p className="quiet">{t('why.example', { example: t(`lint.${rule}.example`) })}</p>
      <Field label={t('ask.line')} isLabelHidden isLong rows={2} value={answer} onChange={(text) => perform(writeAnswer(doc, session.id, key, text.replace(/\n/gu, ' '), newMaker()))} autoFocus />
      <div className="actions">
        <Button className="button primary" isDisabled={answer.trim() === '' || answer === words} onPress={() => {
          together(doc, () => perform(editText(doc, { kind: 'policy', card: card.id, policy }, answer.trim(), newMaker())) !== null && take('told'))
        }}>{t('line.mended')}</Button>
        <Button className="button" onPress={() => {
          together(doc, () => perform(settleRemark(doc, session.id, policy, rule, words, newMaker())) !== null && take('told'))
        }}>{t('line.stand')}</Button>
      </div>
    </>
  )
}

function NameStep({ articulation: { session, card }, question: { key }, take }: AskProps & { readonly take: (answer: string) => void }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const words = session.texts[key] ?? ''

  function goOn(): void {
    if (card === null) return
    together(doc, () => {
      const done = key === 'name' ? perform(editText(doc, { kind: 'card', card: card.id, field: 'title' }, words.trim(), newMaker())) : perform(sayWhen(doc, card.id, words, newMaker()))
      if (done !== null) take('told')
    })
  }

  return (
    <>
      <Field label={t(`ask.${key}`)} isLabelHidden value={words} onChange={(next) => perform(writeAnswer(doc, session.id, key, next, newMaker()))} autoFocus hint={key === 'name' ? t('first.name.hint') : ''} placeholder={key === 'name' ? '' : t('first.when.placeholder')} onEnter={goOn} />
      <div className="actions"><Button className="button primary" isDisabled={words.trim() === ''} onPress={goOn}>{t('session.goOn')}</Button></div>
    </>
  )
}
