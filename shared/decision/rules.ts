/**
 * The rules of decide.ts written a second time, for the checker: from a certificate's inputs to all that follows from them.
 *
 * Shares no code with what it checks, only the schema and the hash function. Plain rather than fast: fixed points by
 * repetition and reachability by search, where decide.ts has closures, components and closed forms. The rules' numbers
 * are those of decide.ts and choice.ts; those of priority.ts are in places.ts.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Derived, Inputs } from './certificate.ts'
import { priorityOf, situationOf } from './places.ts'
import type { Author } from '../schema.ts'

/** `value` with sorted keys and no white space; deeper than any certificate is no JSON of ours. */
export function write(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : JSON.stringify(value)
  if (depth > 12) return '…'
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join()}]`
  const record = value as Record<string, unknown>
  return `{${Object.keys(record).sort().map((key) => `${JSON.stringify(key)}:${write(record[key], depth + 1)}`).join()}}`
}

export function digestOf(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(write(value))))
}

/** To 1e-6, half away from zero. */
export const grain = (value: number): number => (value < 0 ? -Math.round(-value * 1e6) : Math.round(value * 1e6)) / 1e6 || 0
export const taken = (author: Author): boolean => author.kind === 'you' || (author.kind === 'model' ? author.acceptedAt : author.confirmedAt) !== null
export const own = (line: { text: string; author: Author }): boolean => line.text.trim() !== '' && taken(line.author)

// ---- the decision -----------------------------------------------------------------------------------------------------

/** Every derived field, in canonical shape. Throws `Patience` as places.ts says. */
export function derive(inputs: Inputs): Record<keyof Derived, unknown> {
  const { cards, calibration, norms, scenario } = inputs
  const { supportFloor, margin, pull, quantile, temperature, undercutFloor, normWeight } = calibration
  const options = scenario.options.map((_, option) => option)
  const places = situationOf(inputs)
  const { counting, below, suspended, conflicts, priorities } = priorityOf(inputs, places)
  const matchOf = (card: Inputs['cards'][number]): number => (card.contexts.length === 0 ? 1 : Math.max(...card.contexts.map(places.match)))
  const heard = (support: number): boolean => support !== 0 && Math.abs(support) >= supportFloor
  const given = new Set(counting.filter(({ edge }) => below.has(edge.to)).flatMap(({ edge }) => edge.dropped.map((line) => `${edge.from}|${line}`)))
  const undercuts = cards.flatMap((card) => card.policies.filter(own).filter(({ id }) => matchOf(card) < undercutFloor || given.has(`${card.id}|${id}`))
    .map(({ id }) => ({ card: card.id, policy: id, because: matchOf(card) < undercutFloor ? 'context' : 'dropped' })))
  const isOff = (card: string, line: string): boolean => undercuts.some((undercut) => undercut.card === card && undercut.policy === line)

  const score = new Map(cards.map((card) => {
    const lines = card.policies.filter((line) => own(line) && !isOff(card.id, line.id) && line.support.some(heard))
    return [card.id as string, options.map((option) => (lines.length === 0 ? 0 : grain(lines.reduce((sum, { support }) => sum + (heard(support[option] as number) ? (support[option] as number) : 0), 0) / lines.length)))]
  }))
  const names = cards.map(({ id }) => id as string)
  const relevance = new Map(cards.map((card) => [card.id as string, card.relevance]))
  const scoreOf = (card: string, x: number): number => score.get(card)?.[x] as number
  const lead = (card: string, x: number, y: number, bonus = 0, on = -1): number => grain(scoreOf(card, x) + (x === on ? bonus : 0) - (scoreOf(card, y) + (y === on ? bonus : 0)))
  const likes = (card: string, x: number, y: number, bonus = 0, on = -1): boolean => lead(card, x, y, bonus, on) > 0 && lead(card, x, y, bonus, on) >= margin
  const over = (high: string, low: string): boolean => below.get(high)?.has(low) ?? false
  const overruled = (card: string, x: number, y: number): boolean => names.some((other) => over(other, card) && likes(other, y, x))
  /* The rule itself, both ways: for every card that prefers y, one before it prefers x. */
  const holds = (x: number, y: number, bonus: number, on: number): boolean =>
    names.every((card) => !likes(card, y, x, bonus, on) || names.some((other) => over(other, card) && likes(other, x, y, bonus, on)))
  const relate = (x: number, y: number, bonus = 0, on = -1): string => {
    const [up, down] = [holds(x, y, bonus, on), holds(y, x, bonus, on)]
    return up && down ? 'equal' : up ? 'better' : down ? 'worse' : 'on-a-par'
  }
  const decider = (x: number, y: number): string | null => {
    const differs = (card: string): boolean => likes(card, x, y) || likes(card, y, x)
    const first = names.filter((card) => differs(card) && !names.some((other) => over(other, card) && differs(other)))
    const force = (card: string): number => grain((relevance.get(card) as number) * Math.abs(lead(card, x, y)))
    return first.find((card) => first.every((other) => force(other) <= force(card))) ?? null
  }
  const relations = options.flatMap((x) => options.filter((y) => y > x).map((y) => {
    const relation = relate(x, y)
    return { options: [x, y], relation, by: relation === 'better' || relation === 'worse' ? decider(x, y) : null, improved: relate(x, y, Math.max(2 * margin, 1e-6), x) }
  }))
  const better = (x: number, y: number): boolean => x !== y && relate(x, y) === 'better'
  const leadsTo = (x: number): Set<number> => {
    const found = new Set(options.filter((y) => better(x, y)))
    for (const at of found) for (const y of options) if (better(at, y)) found.add(y)
    return found
  }
  const beats = options.map((x) => options.map((y) => better(x, y) && !leadsTo(y).has(x)))
  const remaining = options.filter((y) => !options.some((x) => beats[x]?.[y]))

  const nine = (value: number): number => Math.round(value * 1e9) / 1e9 || 0
  const weights = options.map((x) => {
    let sum = 0
    for (const y of options) for (const card of names) if (!(lead(card, x, y) > 0 ? overruled(card, x, y) : overruled(card, y, x))) sum += (relevance.get(card) as number) * lead(card, x, y)
    return nine(sum / options.length)
  })
  for (let changed = true; changed; ) {
    changed = false
    for (const x of options) for (const y of options) {
      if (!beats[x]?.[y]) continue
      const by = decider(x, y) as string
      const cap = nine((weights[x] as number) - grain((relevance.get(by) as number) * lead(by, x, y)))
      if (cap < (weights[y] as number)) [weights[y], changed] = [cap, true]
    }
  }
  const powers = weights.map((weight) => Math.exp((weight - Math.max(...weights)) / temperature))
  const shares = powers.map((power) => (power / powers.reduce((sum, one) => sum + one, 0)) * 1e9)
  const units = shares.map(Math.floor)
  const beaten = (option: number): number => options.filter((x) => beats[x]?.[option]).length
  const byRest = [...options].sort((x, y) => ((shares[y] as number) % 1) - ((shares[x] as number) % 1) || beaten(x) - beaten(y) || x - y)
  for (const option of byRest.slice(0, 1e9 - units.reduce((sum, one) => sum + one, 0))) units[option] = (units[option] as number) + 1
  const probabilities = units.map((share) => share / 1e9)
  const best = weights.indexOf(Math.max(...weights))
  const conformal = options.filter((option) => nine(1 - (probabilities[option] as number)) <= quantile)

  const columns = norms.map((norm) => {
    const violates = options.map((option) => norm.force !== 'permission' && (norm.support[option] as number) < 0 && heard(norm.support[option] as number))
    const rival = Math.max(...weights.filter((_, option) => !violates[option]))
    const flip = violates[best] && rival > -Infinity && norm.inForce > 0 ? grain(((weights[best] as number) - rival) / norm.inForce) : null
    return { norm: norm.id, violates, weight: grain(norm.strength * normWeight), flip }
  })
  const adjusted = options.map((option) => grain((weights[option] as number) - norms.reduce((sum, norm, at) => sum + (columns[at]?.violates[option] ? norm.inForce * (columns[at]?.weight as number) : 0), 0)))
  const leaders = options.filter((option) => adjusted[option] === Math.max(...adjusted))
  const normBest = leaders.find((option) => leaders.every((other) => (weights[other] as number) <= (weights[option] as number)))

  const rebuttals = names.flatMap((first, at) => names.slice(at + 1).flatMap((second) => {
    const pairs = options.flatMap((x) => options.filter((y) => likes(first, x, y) && likes(second, y, x)).map((y) => [x, y] as const))
    return pairs.length === 0 ? [] : [{ cards: [first, second] as const, over: pairs, wiser: over(first, second) ? first : over(second, first) ? second : null }]
  }))
  const spoken = cards.flatMap((card) => card.policies.filter(own).flatMap((line) => options.filter((option) => heard(line.support[option] as number)).map((option) => {
    const support = line.support[option] as number
    return { card: card.id as string, policy: line.id as string, option, direction: support > 0 ? 'for' : 'against', strength: Math.abs(support), match: matchOf(card) }
  })))
  const labels = labelsOf(spoken, rebuttals, isOff)

  const apart = (members: readonly string[], pulls: (card: string, x: number, y: number) => boolean): string[] => members.filter((one) => members.some((other) =>
    one !== other && !over(one, other) && !over(other, one) && remaining.some((x) => remaining.some((y) => pulls(one, x, y) && pulls(other, y, x)))))
  const plainly = (card: string, x: number, y: number): boolean => likes(card, x, y) && !overruled(card, x, y)
  const strongly = (card: string, x: number, y: number): boolean => plainly(card, x, y) && grain((relevance.get(card) as number) * lead(card, x, y)) >= pull
  const inPlay = (group: { cards: string[] }): boolean => apart(names.filter((card) => group.cards.includes(card)), plainly).length > 0
  const torn = apart(names, strongly)
  const says = (option: number, sign: 1 | -1): boolean => torn.some((card) => scoreOf(card, option) * sign > 0 && scoreOf(card, option) * sign >= margin)
  const isTorn = torn.length > 0 && remaining.every((option) => torn.some((card) => remaining.some((other) => strongly(card, other, option))))
  const isSettled = weights.filter((weight) => weight === Math.max(...weights)).length === 1
  const reason = ((): string | null => {
    if (cards.length === 0) return 'no-card'
    if (names.every((card) => options.every((option) => scoreOf(card, option) === 0))) return 'low-confidence'
    if (suspended.some(inPlay)) return 'cycle'
    if (conflicts.some(inPlay)) return 'values-conflict'
    if (isTorn) return remaining.every((option) => says(option, 1) && !says(option, -1)) ? 'on-a-par' : 'values-conflict'
    if (isSettled && normBest !== best) return 'norm-conflict'
    if (!isSettled || conformal.length !== 1) return 'low-confidence'
    return inputs.trust !== undefined && (inputs.trust.stale || inputs.trust.standing !== 'trusted') ? 'untrusted-domain' : null
  })()
  return {
    matched: [...places.matched].map(([context, match]) => ({ context, match })).sort((left, right) => (left.context < right.context ? -1 : 1)),
    suspended, conflicts, priorities, undercuts,
    scores: names.map((card) => ({ card, scores: score.get(card) })),
    rebuttals, arguments: spoken.map((argument, at) => ({ ...argument, label: labels[at] })), relations, remaining, weights, probabilities, norms: columns, conformal,
    outcome: reason === null ? { kind: 'act', option: conformal[0] } : { kind: 'ask', reason }
  }
}

type Spoken = readonly { readonly card: string; readonly policy: string; readonly option: number; readonly direction: string }[]
type Rebuttals = readonly { readonly cards: readonly [string, string]; readonly over: readonly (readonly [number, number])[]; readonly wiser: string | null }[]

/** Label by label until nothing changes: OUT with a defeater that is IN, IN when all defeaters are OUT. */
function labelsOf(spoken: Spoken, rebuttals: Rebuttals, isOff: (card: string, line: string) => boolean): readonly string[] {
  const groups = new Map<string, Spoken[number]>()
  const groupOf = (one: Spoken[number]): string => `${one.card}|${one.option}|${one.direction}`
  for (const one of spoken) if (!isOff(one.card, one.policy)) groups.set(groupOf(one), one)
  const sidesWith = (one: Spoken[number], x: number, y: number): boolean => one.option === (one.direction === 'for' ? x : y)
  const defeaters = new Map([...groups].map(([name, one]) => [name, rebuttals.flatMap(({ cards: [first, second], over, wiser }) => {
    if ((one.card !== first && one.card !== second) || wiser === one.card) return []
    const isFirst = one.card === first
    return [...groups].filter(([, other]) => other.card === (isFirst ? second : first) && over.some(([x, y]) => (isFirst ? sidesWith(one, x, y) && sidesWith(other, y, x) : sidesWith(one, y, x) && sidesWith(other, x, y)))).map(([rival]) => rival)
  })]))
  const labels = new Map<string, string>()
  for (let size = -1; size !== labels.size; ) {
    size = labels.size
    for (const [name, rivals] of defeaters) {
      if (labels.has(name)) continue
      if (rivals.some((rival) => labels.get(rival) === 'in')) labels.set(name, 'out')
      else if (rivals.every((rival) => labels.get(rival) === 'out')) labels.set(name, 'in')
    }
  }
  return spoken.map((one) => (isOff(one.card, one.policy) ? 'out' : (labels.get(groupOf(one)) ?? 'undecided')))
}
