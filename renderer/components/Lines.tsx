/** What one pays attention to: lines that one can write, move and take away, by buttons and keys alone too. */
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import type { Session } from '../../shared/articulation/session.ts'
import { addPolicy, editText, movePolicy, removePolicy } from '../../shared/commands/card.ts'
import { acceptLine } from '../../shared/commands/proposal.ts'
import { noteSlogan } from '../../shared/commands/session.ts'
import type { Card, Policy } from '../../shared/schema.ts'
import { newMaker, perform, useNotebook } from '../notebook.tsx'
import { useKinds } from '../screens/articulation/finder.ts'
import { Why } from '../screens/articulation/Why.tsx'
import { useView } from '../store.ts'
import { authorWords, namedWords } from '../language/words.ts'
import { Field } from './fields/Field.tsx'
import { Paraphrase } from './words/Paraphrase.tsx'

export interface LinesProps {
  readonly card: Card
  readonly title?: string
  /** In which remarks on a line can be let stand. */
  readonly session?: Session
}

export function Lines({ card, title, session }: LinesProps) {
  const { t } = useTranslation('values')
  const { t: tell } = useTranslation('articulation')
  const kindOf = useKinds(card.policies.map(({ text }) => text))
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  const [next, setNext] = useState('')

  function add(): void {
    if (next.trim() === '') return
    if (perform(addPolicy(doc, card.id, next.trim(), newMaker())) !== null) setNext('')
  }

  const section = useRef<HTMLElement>(null)
  const wanted = useRef<string[]>([])
  useEffect(() => {
    /* A button that went, or cannot be pressed any more, leaves the focus to the nearest one that can. */
    for (const name of wanted.current.splice(0)) {
      const button = section.current?.querySelector<HTMLElement>(`[aria-label="${name}"]:not([disabled])`)
      if (button === null || button === undefined) continue
      button.focus()
      return
    }
  })

  function takeAway(policy: Policy, at: number): void {
    wanted.current = [at + 1, at].map((number) => t('line.away', { number }))
    if (perform(removePolicy(doc, card.id, policy.id, newMaker())) !== null) say(t('line.gone', { text: policy.text }))
  }

  function note(policy: Policy, at: number): void {
    wanted.current = [at + 1, at].map((number) => t('line.away', { number }))
    if (perform(noteSlogan(doc, card.id, policy.id, newMaker())) !== null) say(tell('why.noted'))
  }

  function move(policy: Policy, to: number): void {
    const ways = to < card.policies.findIndex(({ id }) => id === policy.id) ? ['line.up', 'line.down'] : ['line.down', 'line.up']
    wanted.current = ways.map((way) => t(way, { number: to + 1 }))
    perform(movePolicy(doc, card.id, policy.id, to, newMaker()))
    say(t('line.moved', { text: policy.text, number: to + 1, count: card.policies.length }))
  }

  return (
    <section aria-label={title ?? t('lines')} ref={section}>
      <h2>{title ?? t('lines')}</h2>
      <ol className="lines">
        {card.policies.map((policy, at) => (
          <li key={policy.id} className={isProposed(policy) ? 'foreign open' : policy.author.kind === 'you' ? undefined : 'foreign'}>
            <Field label={t('line', { number: at + 1 })} isLabelHidden isLong rows={1} value={policy.text} onChange={(text) => perform(editText(doc, { kind: 'policy', card: card.id, policy: policy.id }, text.replace(/\n/gu, ' '), newMaker()))} />
            <span className="tools">
              <Button className="plain" aria-label={t('line.up', { number: at + 1 })} isDisabled={at === 0} onPress={() => move(policy, at - 1)}>↑</Button>
              <Button className="plain" aria-label={t('line.down', { number: at + 1 })} isDisabled={at === card.policies.length - 1} onPress={() => move(policy, at + 1)}>↓</Button>
              <Button className="plain" aria-label={t('line.away', { number: at + 1 })} onPress={() => takeAway(policy, at)}>✕</Button>
            </span>
            {policy.author.kind !== 'you' && <span className="provenance">{authorWords(policy.author)}</span>}
            {isProposed(policy) && <Button className="plain words" aria-label={namedWords(tell('whose.accept'), policy.text)} onPress={() => {
              if (perform(acceptLine(doc, card.id, policy.id, newMaker())) !== null) say(tell('whose.accepted'))
            }}>{tell('whose.accept')}</Button>}
            <Paraphrase card={card.id} policy={policy} number={at + 1} />
            <Why policy={policy} number={at + 1} {...kindOf(policy.text)} session={session} onNote={() => note(policy, at)} />
          </li>
        ))}
      </ol>
      <div className="adder">
        <Field isLoose label={t('line.another')} value={next} onChange={setNext} onEnter={add} placeholder={t('line.another.example')} hint={t('line.another.hint')} />
        <Button className="button" isDisabled={next.trim() === ''} onPress={add}>{t('line.add')}</Button>
      </div>
    </section>
  )
}

/** Words of a model or a file that are not the person's yet. */
function isProposed({ author }: Policy): boolean {
  return (author.kind === 'model' && author.acceptedAt === null) || (author.kind === 'import' && author.confirmedAt === null)
}
