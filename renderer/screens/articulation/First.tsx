/**
 * The first minute: from a choice to a value in force, in three steps. It is a session (shared/articulation) from the first
 * letter on, so that nothing is lost by leaving; what the person writes is offered back to them, and nothing is made up.
 */
import { useEffect, useRef } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import type { Session } from '../../../shared/articulation/session.ts'
import { isSlogan } from '../../../shared/articulation/slogan.ts'
import { keepQuick, startSession, takeBackTurn, takeTurn, writeAnswer } from '../../../shared/commands/session.ts'
import { valuesOf } from '../../../shared/graph.ts'
import type { SessionId } from '../../../shared/schema.ts'
import { Field } from '../../components/fields/Field.tsx'
import { newMaker, perform, useNotebook, useReading } from '../../notebook.tsx'
import { go, useView } from '../../store.ts'
import { Picks } from './Picks.tsx'
import { useFinder } from './finder.ts'

export function First({ isFirst = false }: { readonly isFirst?: boolean }) {
  const { sessions } = useReading()
  const open = valuesOf(sessions).filter((session) => session.isQuick && session.card === null && session.finishedAt === null)
  const session = open.toSorted((left, right) => right.createdAt - left.createdAt || (left.id < right.id ? -1 : 1))[0]
  const taken = new Set(session?.turns.map(({ question }) => question))
  if (session === undefined || !taken.has('story')) return <Story session={session} isFirst={isFirst} />
  return taken.has('pick.story') ? <Name session={session} isFirst={isFirst} /> : <LinesStep session={session} />
}

function Story({ session, isFirst }: { readonly session: Session | undefined; readonly isFirst: boolean }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const setSandbox = useView((view) => view.setSandbox)
  const find = useFinder()
  const story = session?.texts['story'] ?? ''

  function write(next: string): void {
    const id = session?.id ?? perform(startSession(doc, 'choice', newMaker(), { isQuick: true }))
    if (id !== null) perform(writeAnswer(doc, id, 'story', next, newMaker()))
  }

  async function goOn(id: SessionId): Promise<void> {
    const phrases = await find(story)
    perform(takeTurn(doc, id, 'story', 'told', newMaker(), [...phrases, '']))
  }

  return (
    <div className="column first">
      <h1 tabIndex={-1} className="question">{t('first.question')}</h1>
      <Field label={t('first.label')} isLabelHidden isLong value={story} onChange={write} autoFocus placeholder={t('first.placeholder')} />
      <div className="actions">
        <Button className="button primary" isDisabled={story.trim() === ''} onPress={() => void (session !== undefined && goOn(session.id))}>{t('first.goOn')}</Button>
        {isFirst && <Button className="button" onPress={() => {
          setSandbox(true)
          go({ room: 'values', card: null })
        }}>{t('first.example')}</Button>}
      </div>
      {isFirst && <p className="quiet">{t('first.private')}</p>}
    </div>
  )
}

function LinesStep({ session }: { readonly session: Session }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const kept = session.picks.filter((pick) => pick.question === 'story' && pick.isKept && pick.text.trim() !== '')
  return (
    <div className="column first">
      <h1 tabIndex={-1} ref={heading}>{t('first.lines')}</h1>
      <p className="lead">{t('first.lines.lead')}</p>
      <Picks session={session} question="story" />
      <div className="actions">
        <Button className="button primary" isDisabled={kept.length === 0} onPress={() => perform(takeTurn(doc, session.id, 'pick.story', 'told', newMaker()))}>{t('first.goOn')}</Button>
        <Button className="button" onPress={() => perform(takeBackTurn(doc, session.id, 'story', newMaker()))}>{t('first.back')}</Button>
      </div>
    </div>
  )
}

function Name({ session, isFirst }: { readonly session: Session; readonly isFirst: boolean }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  const title = session.texts['name'] ?? ''
  const context = session.texts['when'] ?? ''
  const kept = session.picks.filter((pick) => pick.question === 'story' && pick.isKept && pick.text.trim() !== '')

  function keep(): void {
    const card = perform(keepQuick(doc, session.id, title, context, newMaker()))
    if (card === null) return
    const settled = session.settled.map(({ text }) => text)
    say(t(kept.some(({ text }) => isSlogan(text) && !settled.includes(text)) ? 'first.noted' : 'first.kept', { title: title.trim() }))
    /* At once, so that no other page shows in between. */
    const route = isFirst ? ({ room: 'words', session: null, card } as const) : ({ room: 'values', card } as const)
    useView.setState({ route })
    go(route)
  }

  return (
    <div className="column first">
      <h1 tabIndex={-1}>{t('first.name')}</h1>
      <Field label={t('first.name.label')} value={title} onChange={(next) => perform(writeAnswer(doc, session.id, 'name', next, newMaker()))} autoFocus hint={t('first.name.hint')} />
      <Field label={t('first.when')} value={context} onChange={(next) => perform(writeAnswer(doc, session.id, 'when', next, newMaker()))} placeholder={t('first.when.placeholder')} hint={t('first.when.hint')} />
      <ul className="kept">{kept.map((pick) => <li key={pick.place} className="own" dir="auto">{pick.text}</li>)}</ul>
      <div className="actions">
        <Button className="button primary" isDisabled={title.trim() === ''} onPress={keep}>{t('first.keep')}</Button>
        <Button className="button" onPress={() => perform(takeBackTurn(doc, session.id, 'pick.story', newMaker()))}>{t('first.back')}</Button>
      </div>
    </div>
  )
}
