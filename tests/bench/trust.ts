/**
 * 1,000 invented people, five domains each, up to 60 answers in each, with a look after every answer: of how many of them is
 * everything that is said true, against what is promised; what a bound that is meant for one look would have said beside it.
 */
import { recover } from '../support/recovery.ts'
import type { Measurement } from './run.ts'

export function benchTrust(): Promise<readonly Measurement[]> {
  const found = recover({ people: 1_000, domains: 5, answers: 60, seed: 2026 })
  const kept = (name: string, value: number, promised = 0.95): Measurement => measure(`trust: ${name}`, value, 'share', promised, 'promised')
  return Promise.resolve([
    kept('approval bound true at every look, five domains at once', found.approval),
    kept('the same of Jeffreys’ bound, meant for one look', found.jeffreys),
    kept('all bounds on the page true at every look, five domains begun in turn, for each number of them', found.growing),
    kept('approval bound true of people who drift', found.drifting),
    kept('change since the first answers within its interval', found.drift),
    kept('forecast skill within its interval', found.skill),
    kept('values-trust within its interval', found.valuesTrust),
    kept('self-consistency within its interval', found.self),
    kept('difference of two arms within its interval', found.arms),
    kept('next choice within what own answers leave open', found.conformal, 0.9),
    kept('nobody trusted who is below the threshold, five domains at once', found.badges),
    measure('trust: answers until trusted at 80 %, approving 97 %, five domains at once', found.needed, 'answers', 17, 'approvals in a row for one domain alone')
  ])
}

function measure(name: string, value: number, unit: string, reference: number, referenceName: string): Measurement {
  const round = (number: number): number => Math.round(number * 1000) / 1000
  return { name, value: round(value), unit, reference, reference_name: referenceName, ratio: round(value / reference) }
}
