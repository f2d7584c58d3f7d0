/**
 * How well somebody foretold the agent (FORMALISMS §7). A forecast is a share an outcome, summing to 1; what happened is one
 * of the outcomes. Both scores are strictly proper: nobody does better, on average, than by saying what they believe.
 */
import { rateOf, type Rate } from './interval.ts'
import { meanRange } from './sequence.ts'

/** Shares of the outcomes, and which of them it was. */
export interface Forecasted {
  readonly shares: readonly number[]
  readonly outcome: number
}

export interface Skill {
  /** Forecasts that it stands on. */
  readonly n: number
  /** Mean Brier score, in [0, 1]; null where there is no forecast. */
  readonly brier: number | null
  /** Mean log score in nats, at least 0. */
  readonly log: number | null
  /** The Brier score of one who only knows how often the agent asks. */
  readonly base: number | null
  /** 1 − brier / base; 1 is perfect, 0 no better than the base; null where there is none. */
  readonly skill: number | null
  /** Holds at every n, level 1 − α. */
  readonly low: number
  readonly high: number
}

export interface Bin {
  /** Shares in [from, to) were given to these outcomes (the last bin holds 1 too). */
  readonly from: number
  readonly to: number
  /** Mean share given. */
  readonly said: number
  /** How often it came so, with bounds. */
  readonly came: Rate
}

/** Half the squared distance from what happened, in [0, 1]: with two outcomes, (p − o)². Source: Brier 1950, halved. */
export function brier({ shares, outcome }: Forecasted): number {
  return shares.reduce((sum, share, at) => sum + (share - (at === outcome ? 1 : 0)) ** 2, 0) / 2
}

/** −ln of the share given to what happened; a share under one in a thousand counts as that, so that one sure error is not infinite. */
export function logScore({ shares, outcome }: Forecasted): number {
  return -Math.log(Math.max(0.001, shares[outcome] ?? 0)) + 0
}

/**
 * The base of each: the *last* outcome is "it would ask", and the base knows how often that came and nothing else, so the other
 * outcomes are even. Of forecasts with two outcomes that is the base rate.
 */
export function baseOf(forecasts: readonly Forecasted[]): readonly Forecasted[] {
  const asked = forecasts.filter(({ shares, outcome }) => outcome === shares.length - 1).length / Math.max(1, forecasts.length)
  return forecasts.map(({ shares, outcome }) => ({ shares: shares.map((_, at) => (at === shares.length - 1 ? asked : (1 - asked) / (shares.length - 1))), outcome }))
}

/** In the order in which they were made. The base is taken as known, the forecasts' score as a mean that is bounded at every n. */
export function skillOf(forecasts: readonly Forecasted[], alpha = 0.05): Skill {
  const n = forecasts.length
  if (n === 0) return { n, brier: null, log: null, base: null, skill: null, low: -Infinity, high: 1 }
  const losses = forecasts.map(brier)
  const base = mean(baseOf(forecasts).map(brier))
  const { low, high } = meanRange(losses, alpha)
  const skill = (loss: number): number => 1 - loss / base
  return base === 0
    ? { n, brier: mean(losses), log: mean(forecasts.map(logScore)), base, skill: null, low: -Infinity, high: 1 }
    : { n, brier: mean(losses), log: mean(forecasts.map(logScore)), base, skill: skill(mean(losses)), low: skill(high), high: skill(low) }
}

/** What seeing the cards adds to one's skill (FORMALISMS §11: this *is* values-trust); null where either side has no skill to speak of. */
export function valuesTrust(shown: readonly Forecasted[], hidden: readonly Forecasted[], alpha = 0.05): { readonly difference: number | null; readonly low: number; readonly high: number; readonly n: readonly [shown: number, hidden: number] } {
  const [seen, blind] = [skillOf(shown, alpha / 2), skillOf(hidden, alpha / 2)]
  const difference = seen.skill === null || blind.skill === null ? null : seen.skill - blind.skill
  return { difference, low: seen.low - blind.high, high: seen.high - blind.low, n: [seen.n, blind.n] }
}

/** Of every share that was given: how often it came so, in ten bins; those with `least` or more alone. */
export function reliability(forecasts: readonly Forecasted[], least = 10): readonly Bin[] {
  const given = forecasts.flatMap(({ shares, outcome }) => shares.map((share, at) => ({ share, came: at === outcome })))
  return Array.from({ length: 10 }, (_, bin) => {
    const within = given.filter(({ share }) => Math.min(9, Math.floor(share * 10 + 1e-9)) === bin)
    return { from: bin / 10, to: (bin + 1) / 10, said: mean(within.map(({ share }) => share)), came: rateOf({ hits: within.filter(({ came }) => came).length, tries: within.length }) }
  }).filter(({ came }) => came.tries >= least)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
