/** Every answer of a domain, newest first: what was said, what came, the verdict, and whether it counts, with the reason where not. */
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { withdrawRehearsal } from '../../../shared/commands/rehearsal.ts'
import { verdictOf, type Own, type Rehearsal } from '../../../shared/rehearsal.ts'
import type { Outcome } from '../../../shared/schema.ts'
import type { WhyNot } from '../../../shared/trust/counted.ts'
import type { DomainTrust } from '../../../shared/trust/domain.ts'
import { useShown } from '../../tasks/library.ts'
import { newMaker, perform, useNotebook } from '../../notebook.tsx'
import type { Shown } from '../../language/shown.ts'
import { addressOf, useView } from '../../store.ts'
import { useFigures } from './figures.ts'

const page = 25

export function Answers({ domain }: { readonly domain: DomainTrust }) {
  const { t } = useTranslation('trust')
  const [shown, setShown] = useState(page)
  const { rehearsals, counted } = domain
  const why = new Map(counted.aside.map((aside) => [aside.rehearsal, aside.why]))
  const some = rehearsals.slice(0, shown)
  const shownOf = useShown()
  return (
    <section aria-labelledby="answers">
      <h2 id="answers">{t('answers')}</h2>
      {rehearsals.length === 0 && <p className="quiet">{t('answersNone')}</p>}
      <ol className="answers">{some.map((rehearsal) => <Answer key={rehearsal.id} rehearsal={rehearsal} shown={shownOf(rehearsal)} why={why.get(rehearsal) ?? null} />)}</ol>
      {rehearsals.length > shown && (
        <div className="actions"><Button className="button" onPress={() => setShown(shown + 4 * page)}>{t('answersMore', { count: rehearsals.length - shown })}</Button></div>
      )}
    </section>
  )
}

function Answer({ rehearsal, shown: { situation, options }, why }: { readonly rehearsal: Rehearsal; readonly shown: Shown; readonly why: WhyNot | null }) {
  const { t } = useTranslation('trust')
  const { date } = useFigures()
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  const { agent, own, startedAt, withdrawnAt } = rehearsal
  const verdict = verdictOf(rehearsal)
  return (
    <li>
      <a className="own" dir="auto" href={addressOf({ room: 'rehearse', scenario: rehearsal.scenario })}>{shortened(situation)}</a>
      <p><span className="mark-you">● {t('answerYou')}</span> <OwnWords own={own} options={options} /></p>
      <p><span className="mark-agent">◆ {t('answerAgent')}</span> {agent === null ? t('answerNotAsked') : <OutcomeWords outcome={agent.outcome} options={options} />}</p>
      <p className="quiet"><a href={addressOf({ room: 'rehearse', scenario: rehearsal.scenario, said: rehearsal.id })}><time>{date(startedAt)}</time></a> · {verdict === null ? t('verdictNone') : t(`verdict_${verdict.verdict}`)} · {why === null ? t('counts') : t(`why_${why}`)}</p>
      {(why === null || why === 'withdrawn') && (
        <Button className="plain words" onPress={() => {
          if (perform(withdrawRehearsal(doc, rehearsal.id, withdrawnAt === null, newMaker())) !== null) say(t(withdrawnAt === null ? 'withdrawn' : 'countedAgain'))
        }}>{t(withdrawnAt === null ? 'withdraw' : 'countAgain')}</Button>
      )}
    </li>
  )
}

export function OwnWords({ own, options }: { readonly own: Own; readonly options: readonly string[] }) {
  const { t } = useTranslation('trust')
  return own.kind === 'option' ? <span className="own" dir="auto">{options[own.option]}</span> : <>{t(`own_${own.kind}`)}</>
}

function OutcomeWords({ outcome, options }: { readonly outcome: Outcome; readonly options: readonly string[] }) {
  const { t } = useTranslation('trust')
  return outcome.kind === 'act' ? <span className="own" dir="auto">{options[outcome.option]}</span> : <>{t('answerAsked')}</>
}

function shortened(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 160).replace(/[\uD800-\uDBFF]$/u, '')} …`
}
