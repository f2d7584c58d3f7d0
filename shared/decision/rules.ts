/**
 * The rules of decide.ts written a second time, for the checker: from a certificate's inputs to all that follows from them.
 *
 * Shares no code with what it checks, only the schema and the hash function. Plain rather than fast: fixed points by
 * repetition and reachability by search, where decide.ts has closures, components and closed forms. The rules' numbers
 * are those of decide.ts, choice.ts and priority.ts.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Derived, Inputs } from './certificate.ts'
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

// ---- contexts and priorities ------------------------------------------------------------------------------------------

/** Contexts that are one (by a merge or by the same words) under their smallest id; which are wider; which are the situation's. */
export function situationOf({ contexts, calibration }: Pick<Inputs, 'contexts' | 'calibration'>) {
  const wordsOf = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim().replace(/[\s.!?…,;:]+$/u, '')
  const group = new Map<string, string[]>(contexts.map(({ id }) => [id, [id]]))
  const unite = (left: string, right: string): void => {
    const [few, many] = [group.get(left) ?? [], group.get(right) ?? []].sort((one, other) => one.length - other.length) as [string[], string[]]
    if (few !== many) for (const id of few) group.set(id, many).get(id)?.push(id)
  }
  const first = new Map<string, string>()
  for (const { id, text, synonymOf } of contexts) {
    if (synonymOf !== null && group.has(synonymOf)) unite(id, synonymOf)
    const said = wordsOf(text)
    if (said !== '') unite(id, first.get(said) ?? first.set(said, id).get(said) ?? id)
  }
  const name = new Map([...new Set(group.values())].flatMap((members) => members.sort().map((id) => [id, members[0] as string] as const)))
  const root = (id: string): string => name.get(id) ?? id
  const speaking = new Set(contexts.filter(({ text }) => wordsOf(text) !== '').map(({ id }) => root(id)))
  const silent = [...new Set(name.values())].filter((id) => !speaking.has(id))
  const steps = new Map<string, string[]>()
  for (const { id, within } of contexts) for (const wide of within) if (name.has(wide) && root(wide) !== root(id)) addTo(steps, root(id), root(wide))
  const wider = (id: string): ReadonlySet<string> => {
    const found = reachFrom(root(id), steps)
    found.delete(root(id))
    if (speaking.has(root(id))) for (const everywhere of silent) found.add(everywhere)
    return found
  }
  const own = new Map<string, number>(silent.map((id) => [id, 1]))
  for (const { id, match } of contexts) own.set(root(id), Math.max(own.get(root(id)) ?? 0, match))
  const match = new Map(own)
  for (const [id, value] of own) for (const wide of wider(id)) match.set(wide, Math.max(match.get(wide) ?? 0, value))
  const narrower = (narrow: string, wide: string): boolean => wider(narrow).has(root(wide)) && !wider(wide).has(root(narrow))
  return { root, wider, narrower, match: (id: string) => match.get(root(id)) ?? 0, matched: new Map([...match].filter(([, value]) => value >= calibration.contextFloor)) }
}

type Edges = readonly { readonly edge: Inputs['edges'][number]; readonly place: string }[]

/** All that `start` leads to, itself only where a way leads back. */
function reachFrom(start: string, steps: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set(steps.get(start))
  for (const at of found) for (const next of steps.get(at) ?? []) found.add(next)
  return found
}

const addTo = <Item>(map: Map<string, Item[]>, key: string, item: Item): void => void (map.get(key)?.push(item) ?? map.set(key, [item]))

/** Groups of cards that reach each other. */
function circlesOf(edges: Edges): string[][] {
  const [down, up] = [new Map<string, string[]>(), new Map<string, string[]>()]
  for (const { edge } of edges) {
    addTo(down, edge.to, edge.from)
    addTo(up, edge.from, edge.to)
  }
  const groups = new Map<string, string[]>()
  for (const card of down.keys()) {
    if (groups.has(card) || !up.has(card)) continue
    const back = reachFrom(card, up)
    const group = back.has(card) ? [...reachFrom(card, down)].filter((other) => back.has(other)).sort() : []
    for (const member of group) groups.set(member, group)
  }
  return [...new Set(groups.values())]
}

function priorityOf(inputs: Inputs, places: ReturnType<typeof situationOf>) {
  const all: Edges = inputs.edges.map((edge) => ({ edge, place: places.root(edge.context) }))
  const pairs = new Map<string, Edges[number][]>()
  for (const one of all) addTo(pairs, [one.edge.from, one.edge.to].sort().join('|'), one)
  const standing = [...pairs.values()].flatMap((pair) => pair.filter((one) => !pair.some((other) => places.narrower(other.place, one.place))))
  const placed = new Map<string, Edges[number][]>()
  for (const one of all) addTo(placed, one.place, one)
  const within = [...placed].flatMap(([place, edges]) => circlesOf(edges).map((cards) => ({ cards, contexts: [place] })))
  const known = new Set(within.map(({ cards }) => cards.join('|')))
  const across = circlesOf(standing)
  const fresh = across.filter((cards) => !known.has(cards.join('|'))).map((cards) => ({
    cards,
    contexts: [...new Set(standing.filter(({ edge }) => cards.includes(edge.from) && cards.includes(edge.to)).map(({ place }) => place))].sort()
  }))
  const suspends = (cards: readonly string[], edge: Inputs['edges'][number]): boolean => cards.includes(edge.from) && cards.includes(edge.to)
  const counting = standing.filter(({ edge, place }) => !across.some((cards) => suspends(cards, edge)) && !within.some(({ cards, contexts }) => contexts[0] === place && suspends(cards, edge)))
  const steps = new Map<string, string[]>()
  for (const { edge } of counting) addTo(steps, edge.to, edge.from)
  const bearing = inputs.cards.map(({ id }) => id as string)
  const below = new Map(bearing.map((card) => {
    const reach = reachFrom(card, steps)
    return [card, new Set(bearing.filter((other) => reach.has(other)))]
  }))
  const why = new Map<string, { via: 'edge' | 'commitment'; context: string; since: number }>()
  const isEarlier = (edge: Inputs['edges'][number], other: { context: string; since: number } | undefined): boolean =>
    other === undefined || edge.createdAt < other.since || (edge.createdAt === other.since && edge.context < other.context)
  for (const { edge } of counting) {
    const pair = `${edge.to}|${edge.from}`
    if (isEarlier(edge, why.get(pair))) why.set(pair, { via: 'edge', context: edge.context, since: edge.createdAt })
  }
  const waiting = [...inputs.commitments].sort((left, right) => right.createdAt - left.createdAt || (left.id < right.id ? -1 : 1))
  while (waiting.length > 0) {
    const at = waiting.findIndex((one) => !waiting.some((other) => places.narrower(other.context, one.context)))
    const [one] = waiting.splice(at, 1) as [Inputs['commitments'][number]]
    const under = below.get(one.card) as Set<string>
    const above = bearing.filter((card) => below.get(card)?.has(one.card))
    for (const card of bearing.filter((other) => other !== one.card && !above.includes(other) && !under.has(other))) {
      under.add(card)
      why.set(`${one.card}|${card}`, { via: 'commitment', context: one.context, since: one.createdAt })
    }
    for (const high of above) for (const card of under) below.get(high)?.add(card)
  }
  const byName = (left: { cards: string[]; contexts: string[] }, right: typeof left): number =>
    `${left.cards.join('|')} ${left.contexts.join('|')}` < `${right.cards.join('|')} ${right.contexts.join('|')}` ? -1 : 1
  return {
    counting, below,
    suspended: [...within, ...fresh.filter(({ cards }) => cards.length > 2)].sort(byName),
    conflicts: fresh.filter(({ cards }) => cards.length === 2).sort(byName),
    priorities: bearing.flatMap((wiser) => bearing.filter((than) => below.get(wiser)?.has(than)).map((than) => ({ wiser, than, ...(why.get(`${wiser}|${than}`) ?? { via: 'chain', context: null, since: null }) })))
  }
}

// ---- the decision -----------------------------------------------------------------------------------------------------

/** Every derived field, in canonical shape. */
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
