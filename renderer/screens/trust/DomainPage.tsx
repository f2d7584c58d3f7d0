/** One domain: how it stands, beside what else was tried, what was foreseen, how steady it is, and every answer that it rests on. */
import { useTranslation } from 'react-i18next'
import type { DomainTrust, Trust } from '../../../shared/trust/domain.ts'
import { answersNeeded, ownAlpha } from '../../../shared/trust/own.ts'
import { useDomainNames } from '../../tasks/library.ts'
import { addressOf } from '../../store.ts'
import { Answers } from './Answers.tsx'
import { ArmsTable } from './Arms.tsx'
import { Declared } from './Declared.tsx'
import { Foresight } from './Foresight.tsx'
import { InPlay } from './InPlay.tsx'
import { Modes } from './Modes.tsx'
import { Naming } from './Naming.tsx'
import { BadgeChip, Bar, Sentence, Stale } from './Standing.tsx'
import { Steadiness } from './Steadiness.tsx'
import { Rule } from './Rule.tsx'

const needed = answersNeeded(ownAlpha)

export function DomainPage({ domain, trust }: { readonly domain: DomainTrust; readonly trust: Trust }) {
  const { t } = useTranslation('trust')
  const { badge } = domain
  const names = useDomainNames()
  return (
    <article className="column trust">
      <p className="crumb"><a href={addressOf({ room: 'trust', domain: null })}>{t('title')}</a></p>
      <header className="head">
        <h1 tabIndex={-1} dir="auto">{names.shown(domain.name)}</h1>
        <a className="button primary" href={addressOf({ room: 'rehearse', scenario: null, domain: domain.key })}>{t('rehearseHere')}</a>
      </header>
      <p><BadgeChip badge={badge} />{badge.stale === null && <span className="quiet"> {t(`means_${badge.standing}`)}</span>}</p>
      <Sentence badge={badge} />
      <Bar badge={badge} />
      <Stale badge={badge} />
      {domain.declared !== null && domain.declared.edge.trim() !== '' && <p>{t('edge')} <span className="own" dir="auto">{domain.declared.edge}</span></p>}
      <Rule badge={badge} tried={trust.tried} />
      <section aria-labelledby="asks">
        <h2 id="asks">{t('asks')}</h2>
        <p>{domain.calibrating >= needed ? t('asksOwn', { count: domain.calibrating }) : t('asksShipped', { count: domain.calibrating, needed })}</p>
      </section>
      <section aria-labelledby="beside">
        <h2 id="beside">{t('beside')}</h2>
        <ArmsTable arms={domain.arms} self={domain.self} />
        {domain.outdated > 0 && <p className="notice">{t('armsBefore', { count: domain.outdated })} <a href={addressOf({ room: 'rehearse', scenario: 'compare' })}>{t('armsAgain')}</a></p>}
        <Modes modes={domain.modes} />
      </section>
      <Foresight forecast={domain.forecast} />
      <Steadiness domain={domain} />
      <InPlay rehearsals={domain.rehearsals} />
      <Declared key={`${domain.key} ${domain.declared?.declaredAt ?? ''} ${domain.declared?.threshold ?? ''}`} domain={domain} />
      <Naming key={names.shown(domain.name)} domain={domain} others={trust.domains.filter((one) => one.key !== domain.key)} />
      <Answers domain={domain} />
    </article>
  )
}
