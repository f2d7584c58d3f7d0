/** The situations that come with the app, held to what they are for: balanced, plausible, not guessable from their words alone. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { judgedOptions, readPack, type LibraryScenario } from '../../../shared/packs/pack.ts'
import { textsIn } from '../../../shared/packs/telling.ts'
import { checkCall, logWords, runCalls } from '../../../shared/packs/tools.ts'
import { contentOf } from '../../../shared/rehearsal.ts'
import { isForeign } from '../../../shared/tongue.ts'
import { valueOf } from '../../support/document.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'shared', 'packs', 'library')
const packs = readdirSync(folder).map((name) => valueOf(readPack(readFileSync(join(folder, name), 'utf8'), name, 'library')))
const library: readonly LibraryScenario[] = packs.flatMap((pack) => pack.scenarios)
const acting = library.filter(({ mode }) => mode === 'action')

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
const small = new Set('a an the and or but of to in on at by for from with without it is are was be as that this he she they his her their its you your him them who what which not no so if then than there'.split(' '))
const telling = (text: string): ReadonlySet<string> => new Set(wordsOf(text).filter((word) => !small.has(word)))

/** How often `pick` lands on each place, counted from both ends and over options of every number, against what chance would give. */
function spread(scenarios: readonly LibraryScenario[], pick: (scenario: LibraryScenario) => number | null): { readonly first: number; readonly last: number; readonly expected: number; readonly deviation: number } {
  const picked = scenarios.map((scenario) => ({ at: pick(scenario), count: scenario.options.length })).filter(({ at }) => at !== null)
  const expected = picked.reduce((sum, { count }) => sum + 1 / count, 0)
  return {
    first: picked.filter(({ at }) => at === 0).length, last: picked.filter(({ at, count }) => at === count - 1).length, expected,
    deviation: Math.sqrt(picked.reduce((sum, { count }) => sum + (1 / count) * (1 - 1 / count), 0))
  }
}

/** Where the greatest stands; null where two are as great. */
function most(values: readonly number[]): number | null {
  const greatest = Math.max(...values)
  return values.indexOf(greatest) === values.lastIndexOf(greatest) ? values.indexOf(greatest) : null
}

function expectSpread({ first, last, expected, deviation }: ReturnType<typeof spread>): void {
  for (const count of [first, last]) {
    expect(count).toBeGreaterThan(expected - 2.6 * deviation)
    expect(count).toBeLessThan(expected + 2.6 * deviation)
  }
}

describe('the library', () => {
  it('reads without a word of complaint, each pack with its licence and author', () => {
    for (const { head, problems } of packs) {
      expect(problems).toEqual([])
      expect(head).toMatchObject({ licence: 'CC0-1.0', author: 'Values Steward', language: 'en' })
    }
  })

  it('holds at least 120 situations in at least 12 domains, none of them more than 15 %, at least a third for agents that act', () => {
    const domains = Map.groupBy(library, ({ domain }) => domain)
    expect(library.length).toBeGreaterThanOrEqual(120)
    expect(domains.size).toBeGreaterThanOrEqual(12)
    for (const [domain, { length }] of domains) expect(length / library.length, domain).toBeLessThanOrEqual(0.15)
    expect(acting.length / library.length).toBeGreaterThanOrEqual(1 / 3)
    expect([...new Set(acting.map(({ domain }) => domain))].sort()).toEqual(['calendar', 'code', 'files', 'mail', 'negotiation', 'posting', 'purchases'])
  })

  it('tells each in at least two other ways, and says who is affected', () => {
    for (const { id, paraphrases, affected } of library) {
      expect(paraphrases.length, id).toBeGreaterThanOrEqual(2)
      expect(affected.length, id).toBeGreaterThanOrEqual(1)
    }
    for (const field of ['reversibility', 'stakes'] as const) {
      const shares = [...Map.groupBy(library, (scenario) => scenario[field]).values()].map(({ length }) => length / library.length)
      expect(shares).toHaveLength(3)
      expect(Math.min(...shares), field).toBeGreaterThan(0.15)
    }
  })

  it('says nothing twice: no two situations share their words, and no five words in a row recur in three of them', () => {
    expect(new Set(library.map(contentOf)).size).toBe(library.length)
    const seen = new Map<string, Set<string>>()
    for (const { id, situation } of library) {
      const words = wordsOf(situation)
      for (let at = 0; at + 5 <= words.length; at += 1) {
        const run = words.slice(at, at + 5).join(' ')
        seen.set(run, (seen.get(run) ?? new Set()).add(id))
      }
    }
    expect([...seen].filter(([, ids]) => ids.size > 2)).toEqual([])
  })

  it('praises and blames no option', () => {
    const loaded = /\b(?:best|better|honest(?:ly)?|right thing|wrong thing|selfish(?:ly)?|brave(?:ly)?|coward\w*|generous(?:ly)?|cruel\w*|fair(?:ly)?|unfair|responsibl[ey]|wise(?:ly)?|betray\w*|decent\w*|sensibl[ey]|integrity|ethical\w*|moral\w*)\b/iu
    expect(library.flatMap(({ id, options }) => options.filter((option) => loaded.test(option)).map((option) => `${id}: ${option}`))).toEqual([])
  })
})

describe('in German', () => {
  const german = library.map(({ id, options, affected, calls, translations }) => ({ id, options, affected, calls, told: translations['de'] }))

  it('is every situation, with as many options and affected and the same calls; and every pack by its title', () => {
    expect(german.filter(({ told }) => told === undefined).map(({ id }) => id)).toEqual([])
    for (const { id, options, affected, calls, told } of german) {
      expect([told?.options.length, told?.affected.length], id).toEqual([options.length, affected.length])
      expect(told?.calls?.map((list) => list.map(({ tool }) => tool)), id).toEqual(calls?.map((list) => list.map(({ tool }) => tool)))
    }
    expect(packs.filter(({ head }) => (head.translations['de']?.title ?? '').trim() === '').map(({ head }) => head.id)).toEqual([])
  })

  it('no sentence was left in English, or written as English is', () => {
    const english = new Set(library.flatMap(({ situation, options, calls, affected, world }) => [situation, ...options, ...affected, ...textsIn(calls), ...textsIn(world)]))
    const same = german.flatMap(({ told }) => (told === undefined ? [] : [told.situation, ...told.options, ...told.affected, ...textsIn(told.calls), ...textsIn(told.world)])).filter((text) => text.includes(' ') && english.has(text))
    expect(same).toEqual([])
    expect(german.filter(({ told }) => !isForeign([told?.situation ?? '', ...(told?.options ?? [])].join(' '))).map(({ id }) => id)).toEqual([])
    expect(german.filter(({ told }) => /["“”']|«|»|„[^“]*$/u.test([told?.situation, ...(told?.options ?? [])].join(' ').replace(/„[^“]*“/gu, ''))).map(({ id }) => id)).toEqual([])
  })

  it('one part of life has one name', () => {
    for (const [domain, each] of Map.groupBy(library, (scenario) => scenario.domain)) expect(new Set(each.map(({ translations }) => translations['de']?.domain)).size, domain).toBe(1)
  })

  it('praises and blames no option either', () => {
    const loaded = /\b(?:beste[nrs]?|besser|ehrlich|richtig|falsch|egoistisch|selbstsüchtig|mutig|tapfer|feige?|großzügig|grausam|fair|unfair|verantwort\p{L}*|weise|anständig|vernünftig|ethisch|moralisch)\b/iu
    expect(german.flatMap(({ id, told }) => (told?.options ?? []).filter((option) => loaded.test(option)).map((option) => `${id}: ${option}`))).toEqual([])
  })
})

describe('nothing but values decides', () => {
  it('the longest option stands at no place oftener than chance has it', () => {
    expectSpread(spread(library, ({ options }) => most(options.map((option) => option.length))))
  })

  it('options of one situation are of a size: the longest never more than five times the shortest but where that is a few words', () => {
    const uneven = library.filter(({ options }) => {
      const lengths = options.map((option) => option.length)
      return Math.max(...lengths) > 5 * Math.min(...lengths) && Math.max(...lengths) > 60
    })
    expect(uneven.map(({ id }) => id)).toEqual([])
  })

  it('the option that shares most words with the situation stands at no place oftener than chance has it', () => {
    expectSpread(spread(library, ({ situation, options }) => {
      const known = telling(situation)
      return most(options.map((option) => [...telling(option)].filter((word) => known.has(word)).length / Math.max(1, telling(option).size)))
    }))
  })

  it('to ask its owner is among the options of some that act, and never at one place only', () => {
    const asks = acting.flatMap(({ calls }) => (calls ?? []).map((list, at) => ({ at, isAsk: list.some(({ tool }) => tool === 'owner.ask') })).filter(({ isAsk }) => isAsk))
    expect(asks.length).toBeGreaterThan(5)
    expect(asks.length / acting.length).toBeLessThan(0.5)
    expect(new Set(asks.map(({ at }) => at)).size).toBeGreaterThan(1)
  })
})

describe('those that act', () => {
  it('call only tools that there are, with arguments that these take, on things that are there', () => {
    for (const { id, calls, world } of acting) {
      for (const list of calls ?? []) {
        expect(list.length, id).toBeGreaterThan(0)
        let now = world
        for (const call of list) {
          expect(checkCall(call, now), id).toBeNull()
          now = runCalls([call], now).world
        }
      }
    }
  })

  it('do what their options say, and say nothing that no tool does', () => {
    const deeds: readonly (readonly [RegExp, RegExp])[] = [
      [/^Merge\b/u, /^code\.merge$/u], [/\bclose it\b/iu, /^code\.close$/u], [/^(?:Publish|Post)\b(?! nothing)/u, /^post\.publish$/u], [/\breport\b/iu, /^post\.report$/u], [/\bforward\b/iu, /^mail\.forward$/u],
      [/\bdelete\b(?! nothing)/iu, /\.delete$/u], [/^Order\b|^(?:\w+ )?buy\b(?! none)/iu, /^(?:shop\.buy|negotiate\.accept)$/u], [/^Pay\b/u, /^bank\.pay$/u], [/\bask you\b/iu, /^owner\.ask$/u], [/\b(?:ring|phone|block|hold both|put by|(?<!on )call)\b/iu, /^$/u]
    ]
    const other = acting.flatMap(({ id, options, calls }) => options.flatMap((option, at) => deeds.flatMap(([said, done]) => (said.test(option) && !(calls?.[at] ?? []).some(({ tool }) => done.test(tool)) ? [`${id}: ${option}`] : []))))
    expect(other).toEqual([])
  })

  it('leave another log for every option, and each tool kind is used', () => {
    for (const scenario of acting) {
      const judged = judgedOptions(scenario)
      expect(new Set(judged).size, scenario.id).toBe(judged.length)
      expect(judged).not.toContain(logWords([]))
    }
    const kinds = new Set(acting.flatMap(({ calls }) => (calls ?? []).flat().map(({ tool }) => tool.split('.')[0])))
    expect(kinds).toEqual(new Set(['agent', 'bank', 'calendar', 'code', 'files', 'mail', 'negotiate', 'owner', 'post', 'shop']))
  })
})
