import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hashOf, type Certificate } from '../../../shared/decision/certificate.ts'
import { decide } from '../../../shared/decision/decide.ts'
import type { Graph } from '../../../shared/schema.ts'
import { verify } from '../../../shared/decision/verify.ts'
import { given } from '../../support/given.ts'
import { randomWorld, type World } from '../../support/worlds.ts'

type Path = readonly (string | number)[]
interface Mutation {
  readonly name: string
  readonly path: Path
  readonly value: unknown
}

const decided = ({ graph, scenario, evidence, calibration, trust }: World) => decide(graph, scenario, evidence, calibration, trust)
const asFile = (certificate: Certificate): Certificate => JSON.parse(JSON.stringify(certificate))

/** Rich enough that every list of a certificate holds something. */
const rich = given(
  'A when grief, rain: + - / .3 .2', 'B: - +', 'C (.4): .2 .9 / 0 0', 'D (.1): + +', 'E: 0 .4', 'F: .5 .1',
  'B > A when grief dropping A.2', 'A > C when loss', 'B > C when rain', 'C > B when hurry', 'E > F when rain', 'F > D when rain', 'D > E when rain',
  'grief within loss', 'sorrow is grief', 'sorrow matches .9', 'rain matches .8', 'hurry matches .7',
  'norm quiet (.5): - +', 'stand for F when loss on 3'
)
const trust = { standing: 'trusted', stale: false, approved: 17, answers: 17, low: 0.8, threshold: 0.8 } as const
const worlds: readonly World[] = [rich, given('A: + -'), { ...given('A: + -'), trust }, { ...given('A: + -'), trust: { ...trust, stale: true } }, given('A (.1): + -'), ...Array.from({ length: 6 }, (_, seed) => randomWorld(seed + 3))]

describe('verify accepts', () => {
  it('everything that decide makes: 10,000 random graphs, with and without the graph at hand', { timeout: 120_000 }, () => {
    const seen = new Map<string, number>()
    for (let seed = 0; seed < 10_000; seed += 1) {
      const world = randomWorld(seed)
      const { certificate, outcome } = decided(world)
      const checked = verify(certificate, seed % 4 === 0 ? world.graph : undefined)
      if (!checked.ok) expect.fail(`seed ${seed}: ${checked.error.message}`)
      const kind = outcome.kind === 'act' ? 'act' : outcome.reason
      seen.set(kind, (seen.get(kind) ?? 0) + 1)
      for (const part of ['suspended', 'conflicts', 'priorities', 'undercuts', 'rebuttals'] as const) if (certificate.derived[part].length > 0) seen.set(part, (seen.get(part) ?? 0) + 1)
      for (const { via } of certificate.derived.priorities) seen.set(via, (seen.get(via) ?? 0) + 1)
    }
    /* Not vacuous: each outcome and each part was met often. */
    for (const kind of ['act', 'no-card', 'low-confidence', 'values-conflict', 'on-a-par', 'cycle', 'norm-conflict', 'untrusted-domain', 'suspended', 'conflicts', 'priorities', 'undercuts', 'rebuttals', 'edge', 'chain', 'commitment']) {
      expect([kind, (seen.get(kind) ?? 0) >= 20]).toEqual([kind, true])
    }
  })

  it('a large one: 20 cards of 4 lines, 6 options, under 300 kB', () => {
    for (let seed = 0; seed < 3; seed += 1) {
      const names = 'ABCDEFGHIJKLMNOPQRST'.split('')
      const row = (card: number, line: number): string => [0, 1, 2, 3, 4, 5].map((option) => Math.sin(card * 7 + line * 3 + option * 5 + seed).toFixed(6)).join(' ')
      const world = given(...names.map((name, card) => `${name}: ${[0, 1, 2, 3].map((line) => row(card, line)).join(' / ')}`), 'A > B', 'B > C', 'D > E')
      const { certificate } = world.decide()
      expect(verify(asFile(certificate), world.graph)).toMatchObject({ ok: true })
      expect(JSON.stringify(certificate).length).toBeLessThan(300_000)
    }
  })
})

describe('verify rejects', () => {
  it('every change of a single field', { timeout: 60_000 }, () => {
    let count = 0
    for (const world of worlds) {
      const certificate = asFile(decided(world).certificate)
      for (const mutation of mutationsOf(certificate)) {
        count += 1
        if (verify(withMutation(certificate, mutation)).ok) expect.fail(`accepted: ${mutation.path.join('.')} ${mutation.name}`)
      }
    }
    expect(count).toBeGreaterThan(5_000)
  })

  it('every change of a derived field, also when its digest was made to fit', { timeout: 60_000 }, () => {
    let count = 0
    for (const world of worlds) {
      const certificate = asFile(decided(world).certificate)
      for (const mutation of mutationsOf(certificate).filter(({ path }) => path[0] === 'derived' || path[0] === 'hashes')) {
        count += 1
        if (verify(resealed(withMutation(certificate, mutation))).ok) expect.fail(`accepted: ${mutation.path.join('.')} ${mutation.name}`)
      }
    }
    expect(count).toBeGreaterThan(3_000)
  })

  it('inputs that are not the graph’s, also when every digest was made to fit', () => {
    const certificate = asFile(decided(rich).certificate)
    expect(verify(certificate, rich.graph)).toMatchObject({ ok: true })
    const ofGraph = /^inputs\.(cards\.\d+\.(id|title|author|contexts|policies\.\d+\.(id|text|author))|contexts\.\d+\.(id|text|within|synonymOf)|edges|commitments|norms\.\d+\.(id|text|force|strength|inForce))|^others\.words/u
    const mutations = mutationsOf(certificate).filter(({ path }) => ofGraph.test(path.join('.')))
    expect(mutations.length).toBeGreaterThan(300)
    for (const mutation of mutations) {
      if (verify(resealed(rederived(withMutation(certificate, mutation))), rich.graph).ok) expect.fail(`accepted: ${mutation.path.join('.')} ${mutation.name}`)
    }
  })

  it('a trust that was put in, taken out or turned into trusted, also when its digest was made to fit', () => {
    const { graph, scenario, evidence, calibration } = given('A: + -')
    const [without, trusted, untrusted] = [undefined, trust, { ...trust, standing: 'unknown', low: 0.4 } as const].map((one) => asFile(decide(graph, scenario, evidence, calibration, one).certificate)) as [Certificate, Certificate, Certificate]
    expect([without, trusted, untrusted].map((one) => verify(one, graph).ok && one.derived.outcome)).toEqual([{ kind: 'act', option: 0 }, { kind: 'act', option: 0 }, { kind: 'ask', reason: 'untrusted-domain' }])
    const { trust: _, ...rehearsed } = untrusted.inputs
    const { trust: __, ...hashes } = untrusted.hashes
    const forged = [
      { ...without, inputs: { ...without.inputs, trust } }, { ...trusted, inputs: rehearsed }, { ...untrusted, inputs: rehearsed, hashes }, { ...untrusted, inputs: { ...untrusted.inputs, trust: { ...trust, low: 0.4 } } },
      { ...untrusted, derived: trusted.derived, inputs: { ...untrusted.inputs, trust: { ...trust, low: 0.4 } } }, { ...trusted, derived: untrusted.derived }
    ]
    for (const one of forged) expect(verify(resealed(one)).ok).toBe(false)
    for (const one of [forged[3], forged[4], forged[5]] as Certificate[]) expect(verify(resealed(rederived(one))).ok).toBe(false)
  })

  it('a certificate of another graph', () => {
    const changes: readonly ((graph: Graph) => Graph)[] = [
      (graph) => ({ ...graph, cards: { ...graph.cards, ['Z' as never]: { ...graph.cards['A' as never], id: 'Z' } as never } }),
      (graph) => ({ ...graph, edges: Object.fromEntries(Object.entries(graph.edges).slice(1)) }),
      (graph) => ({ ...graph, norms: {} }),
      (graph) => ({ ...graph, commitments: {} }),
      (graph) => ({ ...graph, contexts: Object.fromEntries(Object.entries(graph.contexts).slice(1)) }),
      (graph) => ({ ...graph, cards: { ...graph.cards, ['D' as never]: { ...graph.cards['D' as never], title: 'other words' } as never } })
    ]
    const { certificate } = decided(rich)
    for (const change of changes) expect(verify(certificate, change(rich.graph))).toMatchObject({ ok: false })
  })

  it('what is no certificate, in one sentence', () => {
    for (const value of [null, 7, 'x', [], {}, { digest: 1 }, JSON.parse('{"__proto__": {"version": 1}}')]) {
      const checked = verify(value)
      expect(checked.ok).toBe(false)
      if (!checked.ok) expect(checked.error.message).toMatch(/^the certificate is not valid: [^\n]+$/u)
    }
    const certificate = asFile(decided(rich).certificate)
    const smuggled = JSON.parse(JSON.stringify(certificate).replace('{"version"', '{"__proto__":{"x":1},"version"'))
    expect(verify(smuggled)).toMatchObject({ ok: false })
    expect(verify(resealed(smuggled))).toMatchObject({ ok: false })
  })
})

describe('the checker', () => {
  it('shares nothing with what it checks but the schema and the hash function, and is short', () => {
    const allowed = new Set(['@noble/hashes/sha2.js', '@noble/hashes/utils.js', './certificate.ts', '../schema.ts', '../result.ts', './rules.ts', './places.ts'])
    for (const file of ['verify.ts', 'rules.ts', 'places.ts']) {
      const source = readFileSync(new URL(`../../../shared/decision/${file}`, import.meta.url), 'utf8')
      const imports = [...source.matchAll(/from '([^']+)'/gu)].map(([, name]) => name ?? '')
      expect(imports.filter((name) => !allowed.has(name))).toEqual([])
      expect(source.split('\n').length).toBeLessThan(300)
    }
  })
})

/** Each leaf changed, each key deleted and one added, each list's items dropped, doubled and swapped. */
function mutationsOf(root: unknown, path: Path = []): Mutation[] {
  const here = (name: string, value: unknown): Mutation => ({ name, path, value })
  if (Array.isArray(root)) {
    const changes = root.flatMap((item, at) => [here(`without ${at}`, root.toSpliced(at, 1)), here(`${at} twice`, root.toSpliced(at, 0, item))])
    const swaps = root.slice(1).flatMap((item, at) => (JSON.stringify(item) === JSON.stringify(root[at]) ? [] : [here(`${at} and ${at + 1} swapped`, root.toSpliced(at, 2, item, root[at]))]))
    return [...changes, ...swaps, here('null', null), ...root.flatMap((item, at) => mutationsOf(item, [...path, at]))]
  }
  if (typeof root === 'object' && root !== null) {
    const entries = Object.entries(root)
    const deletions = entries.map(([key]) => here(`without ${key}`, Object.fromEntries(entries.filter(([other]) => other !== key))))
    return [...deletions, here('one key more', { ...root, more: 1 }), ...entries.flatMap(([key, value]) => mutationsOf(value, [...path, key]))]
  }
  if (typeof root === 'number') return [root + 1, root + 1e-6, root - 1e-9, -root, String(root)].filter((value) => !Object.is(value, root) ).map((value) => here(String(value), value))
  if (typeof root === 'boolean') return [here('flipped', !root), here('null', null)]
  if (typeof root === 'string') return [`${root}x`, root.slice(1), root.toUpperCase(), 'in', 'out', 'against', 'A'].filter((value) => value !== root).map((value) => here(String(value), value))
  return [here('0', 0), here('a word', 'A'), here('false', false)]
}

function withMutation(root: Certificate, { path, value }: Mutation): Certificate {
  const copy = (at: unknown, depth: number): unknown => {
    if (depth === path.length) return value
    const key = path[depth] as string | number
    if (Array.isArray(at)) return at.with(Number(key), copy(at[Number(key)], depth + 1))
    const record = at as Record<string, unknown>
    return { ...record, [key]: copy(record[key], depth + 1) }
  }
  return copy(root, 0) as Certificate
}

function resealed(certificate: Certificate): Certificate {
  const { digest: _, ...rest } = certificate
  return { ...rest, digest: hashOf(rest) }
}

/** The forger runs the rules as well: hashes are made to fit the changed inputs. */
function rederived(certificate: Certificate): Certificate {
  const { inputs } = certificate
  const hashes = Object.fromEntries(Object.keys(certificate.hashes).map((part) => [part, hashOf(inputs?.[part as keyof typeof inputs])]))
  return { ...certificate, hashes: hashes as Certificate['hashes'] }
}
