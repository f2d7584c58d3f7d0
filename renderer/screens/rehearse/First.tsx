/**
 * The person first, blind: what they would stand behind, and what they expect of the agent. Nothing of the agent's is asked
 * for, let alone shown, before this is said or left out.
 */
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Label, RadioGroup } from 'react-aria-components'
import { taken } from '../../../shared/decision/rules.ts'
import { valuesOf } from '../../../shared/graph.ts'
import { domainKey, forecastOf, type Forecast, type Own, type Rehearsal } from '../../../shared/rehearsal.ts'
import { Pick } from '../../components/fields/Pick.tsx'
import { useReading } from '../../notebook.tsx'
import { contentOfSubject, type Subject } from '../../tasks/library.ts'
import { addressOf } from '../../store.ts'
import { useBurned } from '../trust/known.ts'
import { Expect } from './Expect.tsx'
import { sumOf, type Shares } from './shares.ts'

const mostCards = 12

export interface Said {
  readonly own: Own
  readonly forecast: Forecast
  readonly shown: Rehearsal['shown']
}

export function First({ subject, isAsking, onSaid }: { readonly subject: Subject; readonly isAsking: boolean; readonly onSaid: (said: Said) => void }) {
  const { t } = useTranslation('rehearse')
  const { options } = subject.shown
  const [own, setOwn] = useState<string | null>(null)
  const [shares, setShares] = useState<Shares | null>(null)
  const content = contentOfSubject(subject)
  const [isShown] = useState(() => drawnFor(content))
  const { graph } = useReading()
  /* What the agent goes by: no means, and no words that were not accepted. */
  const inForce = useMemo(() => valuesOf(graph.cards).filter((card) => card.status === 'endorsed' && card.kind !== 'instrumental' && taken(card.author)).map((card) => ({ ...card, policies: card.policies.filter(({ author }) => taken(author)) })), [graph])
  const isOff = shares !== null && sumOf(shares) !== 100
  const isBurned = useBurned().has({ scenario: subject.scenario.id, content })

  function say(): void {
    const given = shares === null ? null : forecastOf(shares.slice(0, -1).map((share) => share ?? 0), shares.at(-1) ?? 0)
    if (given !== null && !given.ok) return
    draws.delete(content)
    onSaid({ own: ownOf(own), forecast: given?.value ?? { kind: 'skipped' }, shown: isShown && inForce.length > 0 ? 'cards' : 'no-cards' })
  }

  return (
    <section aria-label={t('first')} className="you-first">
      <h2>{t('first')}</h2>
      <RadioGroup className="radios yours" value={own} onChange={setOwn}>
        <Label>{t('stand')}</Label>
        {options.map((option, at) => <Pick key={at} value={String(at)} isOwn>{option}</Pick>)}
        <Pick value="par">{t('par')}</Pick>
        <Pick value="ask">{t('ask')}</Pick>
      </RadioGroup>
      {inForce.length > 0 && (isShown ? (
        <details className="reminder" open>
          <summary>{t('cards.shown')}</summary>
          <ul>
            {inForce.slice(0, mostCards).map((card) => <li key={card.id}><strong className="own" dir="auto">{card.title}</strong><ul>{card.policies.map((policy) => <li key={policy.id}><span className="own" dir="auto">{policy.text}</span></li>)}</ul></li>)}
          </ul>
          {inForce.length > mostCards && <p><a href={addressOf({ room: 'values', card: null })}>{t('cards.more', { count: inForce.length - mostCards })}</a></p>}
        </details>
      ) : <p className="quiet">{t('cards.hidden')}</p>)}
      <Expect options={options} shares={shares} onChange={setShares} />
      <div className="actions">
        <Button className="button primary" isDisabled={isOff} onPress={say}>{isAsking ? t('asking') : t('go')}</Button>
        <output className="quiet">{t(isBurned && !isOff ? 'skip.burned' : own === null && shares === null ? 'skip.both' : own === null ? 'skip.own' : shares === null ? 'skip.forecast' : isOff ? 'expect.hint' : domainKey(subject.scenario.domain) === '' ? 'skip.domain' : 'counts')}</output>
      </div>
    </section>
  )
}

const draws = new Map<string, boolean>()

/** Half of the time the cards are put away; drawn once a situation until it is answered, so that whoever goes and comes back is shown no more than before. */
function drawnFor(content: string): boolean {
  const drawn = draws.get(content) ?? ((crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) & 1) === 0
  draws.set(content, drawn)
  return drawn
}

function ownOf(picked: string | null): Own {
  if (picked === null) return { kind: 'skipped' }
  return picked === 'par' || picked === 'ask' ? { kind: picked } : { kind: 'option', option: Number(picked) }
}
