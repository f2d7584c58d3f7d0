import { describe, expect, it } from 'vitest'
import type { Certificate } from '../../../shared/decision/certificate.ts'
import { decide } from '../../../shared/decision/decide.ts'
import { verify } from '../../../shared/decision/verify.ts'
import { edgeKey, type Commitment, type Context, type Edge, type Graph } from '../../../shared/schema.ts'
import { given } from '../../support/given.ts'

const name = (letter: string, at: number): string => `${letter}${String(at).padStart(5, '0')}`
const keyed = <Item extends object>(items: readonly Item[], keyOf: (item: Item) => string) => Object.fromEntries(items.map((item) => [keyOf(item), item]))

/** Each of `depth` contexts within the next three, the narrowest of them the situation's. */
function nested(depth: number, more: (world: Graph) => Partial<Graph> = () => ({})): { certificate: Certificate; graph: Graph } {
  const world = given('A: + -', 'B: - +', 'A > B')
  const contexts = Array.from({ length: depth }, (_, at) => ({ id: name('n', at), text: name('n', at), within: [1, 2, 3].filter((step) => at + step < depth).map((step) => name('n', at + step)), synonymOf: null }) as unknown as Context)
  const graph = { ...world.graph, contexts: { ...world.graph.contexts, ...keyed(contexts, ({ id }) => id) } } as Graph
  const full = { ...graph, ...more(graph) }
  return { graph: full, certificate: decide(full, world.scenario, { ...world.evidence, contexts: { [name('n', 0)]: 1 } as never }, world.calibration).certificate }
}

/** How many entries were put into sets meanwhile: what a search costs. */
function counted(work: () => void): number {
  const { add } = Set.prototype
  let count = 0
  Set.prototype.add = function (this: Set<unknown>, value: unknown) {
    count += 1
    return add.call(this, value)
  } as typeof add
  try {
    work()
  } finally {
    Set.prototype.add = add
  }
  return count
}

describe('a certificate that was made to be slow', () => {
  it('of contexts within each other costs its length, to make and to check', () => {
    const made = counted(() => void nested(2_000))
    const { certificate } = nested(2_000)
    const checked = counted(() => expect(verify(certificate)).toMatchObject({ ok: true }))
    expect(certificate.derived.matched).toHaveLength(2_001)
    for (const cost of [made, checked]) {
      expect(cost).toBeGreaterThan(2_000)
      expect(cost).toBeLessThan(40 * 2_000)
    }
  })

  it('of cards each wiser than the next, in circles or not, costs its length', () => {
    const edge = (from: number, to: number) => ({ from: name('x', from), to: name('x', to), context: 'everywhere', createdAt: 0, reallyAbout: '', confused: '', story: '', mapping: [] }) as unknown as Edge
    const chain = Array.from({ length: 2_000 }, (_, at) => edge(at, at + 1))
    const pairs = chain.flatMap((one, at) => (at % 2 === 0 ? [one, edge(at + 1, at)] : [one]))
    for (const edges of [chain, pairs]) {
      const { certificate } = nested(1, (graph) => {
        const card = Object.values(graph.cards)[0] as object
        const aside = Array.from({ length: 2_001 }, (_, at) => ({ ...card, id: name('x', at) }) as unknown as Graph['cards'][never])
        return { cards: { ...graph.cards, ...keyed(aside, ({ id }: { id: string }) => id) } as Graph['cards'], edges: keyed(edges, edgeKey) }
      })
      expect(certificate.inputs.edges).toHaveLength(edges.length)
      expect(certificate.derived.suspended).toHaveLength(edges === chain ? 0 : 1_000)
      expect(counted(() => expect(verify(certificate)).toMatchObject({ ok: true }))).toBeLessThan(40 * 2_000)
    }
  })

  it('of commitments in contexts within each other is refused before anybody waits', () => {
    const commitments = (places: number) => () => ({
      commitments: keyed(Array.from({ length: 300 }, (_, at) => ({ id: name('m', at), card: 'A', context: name('n', at % places), reason: '', createdAt: at, expiresAt: null, revokedAt: null }) as unknown as Commitment), ({ id }) => id)
    })
    expect(verify(nested(300, commitments(10)).certificate)).toMatchObject({ ok: true })
    expect(verify(nested(300, commitments(300)).certificate)).toMatchObject({ ok: false, error: { message: 'the certificate is not valid: its contexts take too long to compare' } })
  })
})
