/** What trust has to say where an agent is asked: by which calibration it abstains in a domain, and whether it may act there. */
import type { CertifiedTrust } from '../decision/certificate.ts'
import { rulesDigest } from '../decision/conformal.ts'
import type { Reading } from '../document/document.ts'
import { valuesOf } from '../graph.ts'
import { domainOf, type Rehearsal } from '../rehearsal.ts'
import type { Calibration, Graph } from '../schema.ts'
import { usualThreshold } from './badge.ts'
import { burnedOf, countedOf } from './counted.ts'
import { trustOf } from './domain.ts'
import { calibrate } from './own.ts'
import { nowOf } from './stale.ts'

export type Remembered = Pick<Reading, 'rehearsals' | 'domains' | 'trials'>

/**
 * The person's own answers in this domain where there are enough of them, else `shipped`; never an answer to this very situation,
 * in whatever words the agent reads it: `content` is of those in which it is written. `graph` is what is in force, `model` the
 * SHA-256 of the one that answers.
 */
export function calibrationFor({ rehearsals, domains, trials }: Remembered, { domain, content }: Pick<Rehearsal, 'domain' | 'content'>, graph: Graph, model: string, shipped: Calibration): Calibration {
  const here = domainOf(domains, domain)
  if (here.key === '') return shipped
  const all = valuesOf(rehearsals)
  const { answers } = countedOf(all.filter((rehearsal) => rehearsal.content !== content && domainOf(domains, rehearsal.domain).key === here.key), burnedOf(all))
  return calibrate(shipped, here.name, answers, nowOf(graph, valuesOf(trials), model, rulesDigest(shipped)))
}

/** The badge of this domain as a certificate holds it; nobody may act where there is no domain. */
export function trustFor({ rehearsals, domains, trials }: Remembered, domain: string, graph: Graph, model: string, shipped: Calibration): CertifiedTrust {
  const runs = valuesOf(trials)
  const trust = trustOf({ rehearsals: valuesOf(rehearsals), domains, trials: runs, now: nowOf(graph, runs, model, rulesDigest(shipped)) })
  const { key } = domainOf(domains, domain)
  const badge = trust.domains.find((one) => one.key === key)?.badge
  if (badge === undefined) return { standing: 'unknown', stale: false, approved: 0, answers: 0, low: 0, threshold: usualThreshold }
  return { standing: badge.standing, stale: badge.stale !== null, approved: badge.approval.hits, answers: badge.approval.tries, low: Math.floor(badge.low * 1e6) / 1e6, threshold: badge.threshold }
}
