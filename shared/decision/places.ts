/**
 * The rules of priority.ts written a second time, for the checker: which contexts are the situation's, which are wider, and
 * which card goes before which.
 *
 * Takes steps in proportion to what it is given, so that a certificate which was made to be slow is answered like any other;
 * but for which of two contexts is narrower, which is looked up by search: beyond `patience` steps it throws `Patience`.
 */
import type { Inputs } from './certificate.ts'

/** Steps that comparing contexts may take in one certificate: a notebook needs thousands at most, a second is enough for them all. */
const patience = 2_000_000

/** The contexts of a certificate take too long to compare. */
export class Patience extends Error {}

type Steps = ReadonlyMap<string, readonly string[]>

/** Contexts that are one (by a merge or by the same words) under their smallest id; which are wider; which are the situation's. */
export function situationOf({ contexts, calibration }: Pick<Inputs, 'contexts' | 'calibration'>) {
  const wordsOf = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim().replace(/(?<![\s.!?…,;:])[\s.!?…,;:]+$/u, '')
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
  const silent = new Set([...name.values()].filter((id) => !speaking.has(id)))
  const steps = new Map<string, string[]>()
  for (const { id, within } of contexts) for (const wide of within) if (name.has(wide) && root(wide) !== root(id)) addTo(steps, root(id), root(wide))

  const own = new Map<string, number>([...silent].map((id) => [id, 1]))
  for (const { id, match } of contexts) own.set(root(id), Math.max(own.get(root(id)) ?? 0, match))
  /* The best first: what one leads to is then settled, and no other comes that way again. */
  const match = new Map<string, number>()
  for (const [id, value] of [...own].sort(([, left], [, right]) => right - left)) {
    const found = new Set(match.has(id) ? [] : [id])
    for (const at of found) {
      match.set(at, value)
      for (const wide of steps.get(at) ?? []) if (!match.has(wide)) found.add(wide)
    }
  }
  let left = patience
  const leads = (start: string, end: string): boolean => {
    const found = new Set(steps.get(start))
    for (const at of found) {
      if (at === end) return true
      if ((left -= 1) < 0) throw new Patience()
      for (const wide of steps.get(at) ?? []) found.add(wide)
    }
    return false
  }
  const isWider = (wide: string, id: string): boolean => (speaking.has(id) && silent.has(wide)) || leads(id, wide)
  const isNarrower = (one: string, other: string): boolean => {
    if ((left -= 1) < 0) throw new Patience()
    return one !== other && isWider(other, one) && !isWider(one, other)
  }
  return {
    root,
    /** Those of `roots`, each one given once, that none of the others is narrower than. */
    narrowest: (roots: readonly string[]): ReadonlySet<string> => new Set(roots.filter((one) => !roots.some((other) => isNarrower(other, one)))),
    /** `ids`, and all that they lie within, near or far. */
    around: (ids: Iterable<string>): ReadonlySet<string> => reachFrom([...ids].map(root), steps),
    match: (id: string) => match.get(root(id)) ?? 0,
    matched: new Map([...match].filter(([, value]) => value >= calibration.contextFloor))
  }
}

/** All that `starts` lead to, themselves included. */
function reachFrom(starts: readonly string[], steps: Steps): Set<string> {
  const found = new Set(starts)
  for (const at of found) for (const next of steps.get(at) ?? []) found.add(next)
  return found
}

const addTo = <Item>(map: Map<string, Item[]>, key: string, item: Item): void => void (map.get(key)?.push(item) ?? map.set(key, [item]))

type Edges = readonly { readonly edge: Inputs['edges'][number]; readonly place: string }[]

/** Groups of cards that reach each other: those that lead to a card, the cards that a search left last taken first (Kosaraju; Sharir 1981). */
function circlesOf(edges: Edges): string[][] {
  const [down, up] = [new Map<string, string[]>(), new Map<string, string[]>()]
  for (const { edge } of edges) {
    addTo(down, edge.to, edge.from)
    addTo(up, edge.from, edge.to)
  }
  const left: string[] = []
  const seen = new Set<string>()
  for (const start of [...down.keys()]) {
    const path = seen.has(start) ? [] : [start]
    seen.add(start)
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const next = down.get(at)?.pop()
      if (next === undefined) {
        left.push(at)
        path.pop()
      } else if (!seen.has(next)) {
        seen.add(next)
        path.push(next)
      }
    }
  }
  return left.reverse().flatMap((card) => {
    const group = seen.delete(card) ? [card] : []
    for (const at of group) for (const next of up.get(at) ?? []) if (seen.delete(next)) group.push(next)
    return group.length > 1 ? [group.sort()] : []
  })
}

export function priorityOf(inputs: Inputs, places: ReturnType<typeof situationOf>) {
  const all: Edges = inputs.edges.map((edge) => ({ edge, place: places.root(edge.context) }))
  const pairs = new Map<string, Edges[number][]>()
  for (const one of all) addTo(pairs, [one.edge.from, one.edge.to].sort().join('|'), one)
  const standing = [...pairs.values()].flatMap((pair) => {
    const narrowest = places.narrowest([...new Set(pair.map(({ place }) => place))])
    return pair.filter(({ place }) => narrowest.has(place))
  })
  const placed = new Map<string, Edges[number][]>()
  for (const one of all) addTo(placed, one.place, one)
  const within = [...placed].flatMap(([place, edges]) => circlesOf(edges).map((cards) => ({ cards, contexts: new Set([place]) })))
  const across = circlesOf(standing).map((cards) => ({ cards, contexts: new Set<string>() }))
  /* A card is in one circle of each place at most, and in one across places. */
  const circleOf = new Map<string, (typeof across)[number]>()
  for (const circle of within) for (const card of circle.cards) circleOf.set(`${[...circle.contexts].join()}|${card}`, circle)
  for (const circle of across) for (const card of circle.cards) circleOf.set(`|${card}`, circle)
  const circleWith = ({ from, to }: Inputs['edges'][number], place: string) => {
    const circle = circleOf.get(`${place}|${from}`)
    return circle === circleOf.get(`${place}|${to}`) ? circle : undefined
  }
  for (const { edge, place } of standing) circleWith(edge, '')?.contexts.add(place)
  const known = new Set(within.map(({ cards }) => cards.join('|')))
  const fresh = across.filter(({ cards }) => !known.has(cards.join('|')))
  const counting = standing.filter(({ edge, place }) => circleWith(edge, '') === undefined && circleWith(edge, place) === undefined)
  const steps = new Map<string, string[]>()
  for (const { edge } of counting) addTo(steps, edge.to, edge.from)
  const bearing = inputs.cards.map(({ id }) => id as string)
  const below = new Map(bearing.map((card) => {
    const reach = reachFrom([card], steps)
    return [card, new Set(bearing.filter((other) => other !== card && reach.has(other)))]
  }))
  const why = new Map<string, { via: 'edge' | 'commitment'; context: string; since: number }>()
  const isEarlier = (edge: Inputs['edges'][number], other: { context: string; since: number } | undefined): boolean =>
    other === undefined || edge.createdAt < other.since || (edge.createdAt === other.since && edge.context < other.context)
  for (const { edge } of counting) {
    const pair = `${edge.to}|${edge.from}`
    if (isEarlier(edge, why.get(pair))) why.set(pair, { via: 'edge', context: edge.context, since: edge.createdAt })
  }
  const waiting = [...inputs.commitments].sort((left, right) => right.createdAt - left.createdAt || (left.id < right.id ? -1 : 1))
  const waitingAt = new Map<string, number>()
  for (const { context } of waiting) waitingAt.set(places.root(context), (waitingAt.get(places.root(context)) ?? 0) + 1)
  for (let narrowest = places.narrowest([...waitingAt.keys()]); waiting.length > 0; ) {
    const [one] = waiting.splice(waiting.findIndex(({ context }) => narrowest.has(places.root(context))), 1) as [Inputs['commitments'][number]]
    const place = places.root(one.context)
    waitingAt.set(place, (waitingAt.get(place) ?? 0) - 1)
    if (waitingAt.get(place) === 0 && waitingAt.delete(place)) narrowest = places.narrowest([...waitingAt.keys()])
    const under = below.get(one.card) as Set<string>
    const above = bearing.filter((card) => below.get(card)?.has(one.card))
    for (const card of bearing.filter((other) => other !== one.card && !above.includes(other) && !under.has(other))) {
      under.add(card)
      why.set(`${one.card}|${card}`, { via: 'commitment', context: one.context, since: one.createdAt })
    }
    for (const high of above) for (const card of under) below.get(high)?.add(card)
  }
  const named = (circles: typeof across) =>
    circles.map(({ cards, contexts }) => ({ name: `${cards.join('|')} ${[...contexts].sort().join('|')}`, circle: { cards, contexts: [...contexts].sort() } }))
      .sort((left, right) => (left.name < right.name ? -1 : 1)).map(({ circle }) => circle)
  return {
    counting, below,
    suspended: named([...within, ...fresh.filter(({ cards }) => cards.length > 2)]),
    conflicts: named(fresh.filter(({ cards }) => cards.length === 2)),
    priorities: bearing.flatMap((wiser) => bearing.filter((than) => below.get(wiser)?.has(than)).map((than) => ({ wiser, than, ...(why.get(`${wiser}|${than}`) ?? { via: 'chain', context: null, since: null }) })))
  }
}
