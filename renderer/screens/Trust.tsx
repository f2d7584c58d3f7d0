/** Where can I let it act? One sentence a domain, worst known first; what is not known is said as that. */
import { useTranslation } from 'react-i18next'
import { valuesOf } from '../../shared/graph.ts'
import { domainOf } from '../../shared/rehearsal.ts'
import type { DomainTrust } from '../../shared/trust/domain.ts'
import { PrintButton } from '../components/Paper.tsx'
import { useDomainNames } from '../tasks/library.ts'
import { useReading } from '../notebook.tsx'
import { addressOf } from '../store.ts'
import { Again } from './trust/Again.tsx'
import { ArmsLine } from './trust/Arms.tsx'
import { DomainPage } from './trust/DomainPage.tsx'
import { InPlay } from './trust/InPlay.tsx'
import { useTrust } from './trust/known.ts'
import { BadgeChip, Bar, Sentence, Stale } from './trust/Standing.tsx'

export function Trust({ domain: wanted }: { readonly domain: string | null }) {
  const { t } = useTranslation('trust')
  const trust = useTrust()
  const { domains } = useReading()
  if (wanted === null) return <Domains />
  /* A name that another one counts as leads there. */
  const { key } = domainOf(domains, wanted)
  const domain = trust.domains.find((one) => one.key === key)
  if (domain !== undefined) return <DomainPage key={domain.key} domain={domain} trust={trust} />
  return (
    <div className="column">
      <p className="crumb"><a href={addressOf({ room: 'trust', domain: null })}>{t('title')}</a></p>
      <h1 tabIndex={-1}>{t('gone')}</h1>
      <p>{t('goneText')}</p>
    </div>
  )
}

function Domains() {
  const { t } = useTranslation('trust')
  const { domains, tried, without } = useTrust()
  const { rehearsals } = useReading()
  const unknown = domains.find(({ badge }) => badge.standing === 'unknown' || badge.stale !== null)
  return (
    <div className="column trust">
      <header className="head">
        <div>
          <h1 tabIndex={-1}>{t('title')}</h1>
          <p className="lead">{t('question')}</p>
        </div>
        <a className="button primary" href={addressOf({ room: 'rehearse', scenario: null, ...(unknown === undefined ? {} : { domain: unknown.key }) })}>{t('rehearseUnknown')}</a>
      </header>
      {domains.length === 0 && <><p>{t('empty')}</p><p className="quiet">{t('emptyHow')}</p></>}
      <ul className="domains">{domains.map((domain) => <Line key={domain.key} domain={domain} />)}</ul>
      {tried > 1 && <p className="quiet">{t('tried', { count: tried })}</p>}
      {without > 0 && <p className="quiet">{t('without', { count: without })}</p>}
      {domains.length > 0 && <p className="actions"><PrintButton /></p>}
      <Again />
      {domains.length > 0 && <InPlay rehearsals={valuesOf(rehearsals)} />}
    </div>
  )
}

function Line({ domain }: { readonly domain: DomainTrust }) {
  const { badge } = domain
  const names = useDomainNames()
  return (
    <li className={`domain ${badge.standing}`}>
      <h2><a dir="auto" href={addressOf({ room: 'trust', domain: domain.key })}>{names.shown(domain.name)}</a> <BadgeChip badge={badge} /></h2>
      <Sentence badge={badge} />
      <Bar badge={badge} />
      <Stale badge={badge} />
      <ArmsLine arms={domain.arms} self={domain.self} />
    </li>
  )
}
