import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeIssue, maximumDepth, parseJson, placeOf, quoted } from '../../shared/json.ts'
import { GraphLists, limits } from '../../shared/schema.ts'
import { lineOf } from '../support/document.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('parseJson', () => {
  it('gives what JSON.parse gives, from text and from bytes alike, for any harmless value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom('', '\uFEFF'), (value, mark) => {
        const source = JSON.stringify(value)
        fc.pre(!/"(?:__proto__|constructor|prototype)":/u.test(source))
        expect(parseJson(mark + source)).toEqual({ ok: true, value: JSON.parse(source) as unknown })
        expect(parseJson(bytes(mark + source))).toEqual({ ok: true, value: JSON.parse(source) as unknown })
      })
    )
  })

  it.each([
    ['', 'error: the file is empty; give one that holds JSON'],
    [' \n', 'error: the file is empty; give one that holds JSON'],
    ['hello', 'error: the file is not JSON; mend it or export it again'],
    ['{"a":1', 'error: the file ends in the middle: it is not whole JSON; mend it or export it again'],
    ['["abc', 'error: the file ends in the middle: it is not whole JSON; mend it or export it again'],
    ['[1,\n 2,\n {"a" 3}]', 'error: the file is not JSON at line 3, column 7; mend it or export it again'],
    ['[1, x3]', 'error: the file is not JSON; mend it or export it again'],
    ['{"cards":[{"id":1},{"__proto__":{}}]}', 'error: the file holds a key that is not allowed: cards[1].__proto__; remove it and try again'],
    ['{"a":{"b":[[{"constructor":1}]]}}', 'error: the file holds a key that is not allowed: a.b[0][0].constructor; remove it and try again'],
    ['{"\\u005f_proto__":1}', 'error: the file holds a key that is not allowed: __proto__; remove it and try again']
  ])('refuses %j in one sentence', (source, line) => {
    expect(lineOf(parseJson(source))).toBe(line)
    expect(lineOf(parseJson(bytes(source)))).toBe(line)
  })

  it('refuses a dangerous key alone: the same word as a value passes', () => {
    expect(parseJson('{"a":"__proto__","b":["constructor"]}').ok).toBe(true)
  })

  it('refuses nesting beyond the limit without recursing, and takes nesting up to it', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(parseJson(nested(maximumDepth)).ok).toBe(true)
    expect(lineOf(parseJson(nested(maximumDepth + 1)))).toContain('nested more than 100 levels deep at line 1, column 101')
    expect(lineOf(parseJson(nested(100_000)))).toContain('nested more than 100 levels')
    expect(lineOf(parseJson('{"a":'.repeat(100_000)))).toContain('nested more than 100 levels')
    expect(parseJson(JSON.stringify(['[[['.repeat(500), '\\"[{'.repeat(500)])).ok).toBe(true)
  })

  it('refuses bytes that are not UTF-8', () => {
    for (const broken of [[0xff, 0xfe, 0x31, 0], [0x22, 0xc3, 0x28, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xc0, 0x80, 0x22]]) {
      expect(lineOf(parseJson(new Uint8Array(broken)))).toBe('error: the file is not UTF-8 text; save it as UTF-8 and try again')
    }
  })

  it('refuses more than 64 MB before looking at it', () => {
    expect(lineOf(parseJson(new Uint8Array(limits.fileBytes + 1)))).toBe('error: the file is larger than 64 MB; give a smaller one')
  })

  it('never throws and never answers in more than one line, whatever text or bytes it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 40 }), fc.json().map((json) => json.slice(0, json.length / 2))), (input) => {
        const read = parseJson(input)
        if (!read.ok) expect(lineOf(read)).not.toMatch(/[\n\r\u0000-\u001F\u007F-\u009F\u202A-\u202E]/u)
      })
    )
  })
})

describe('describeIssue', () => {
  const empty = { cards: [], contexts: [], edges: [], norms: [], commitments: [] }
  const card = { id: 'a', title: '', story: '', obstacles: '', policies: [], contexts: [], status: 'draft', kind: 'unclear', author: { kind: 'you' }, createdAt: 1, updatedAt: 1 }
  const refusal = (value: unknown): string => describeIssue(GraphLists.safeParse(value).error as z.ZodError)

  it.each([
    [{ ...empty, cards: [card, { ...card, title: 'x'.repeat(201) }] }, 'cards[1].title: a title is longer than 200 characters'],
    [{ ...empty, cards: [{ ...card, title: '\ud800' }] }, 'cards[0].title: a title holds half of a character (a lone surrogate)'],
    [{ ...empty, cards: [{ ...card, title: 'a\u202eb' }] }, 'cards[0].title: a title holds an invisible control character'],
    [{ ...empty, cards: [{ ...card, extra: 1 }] }, 'cards[0]: holds a field that is not known: "extra"'],
    [{ ...empty, cards: [{ ...card, status: 'gone' }] }, 'cards[0].status: must be one of "draft", "endorsed", "retired"'],
    [{ ...empty, cards: [{ ...card, createdAt: 'x' }] }, 'cards[0].createdAt: must be a number'],
    [{ ...empty, cards: [{ ...card, createdAt: 1.5 }] }, 'cards[0].createdAt: must be a whole number'],
    [{ ...empty, cards: [{ ...card, author: { kind: 'import', source: '', confirmedAt: null } }] }, 'cards[0].author.source: a source is empty'],
    [{ ...empty, cards: {} }, 'cards: must be a list'],
    [{ ...empty, cards: undefined }, 'cards: is missing'],
    [{ ...empty, norms: [{ id: 'n', text: 'x', force: 'obligation', holder: '', purpose: '', exceptions: '', strength: 2, intrinsic: true, inForce: 1 }] }, 'norms[0].strength: is too big: at most 1'],
    [3, 'must be a record']
  ])('names the place and says it in words: %#', (value, sentence) => {
    expect(refusal(value)).toBe(sentence)
  })

  it('puts the root before the place', () => {
    expect(describeIssue(z.object({ a: z.string() }).safeParse({}).error as z.ZodError, 'line 3')).toBe('line 3.a: is missing')
    expect(describeIssue(z.string().safeParse(1).error as z.ZodError, 'line 3')).toBe('line 3: must be text')
  })

  it('speaks of the alternative of a union that got furthest', () => {
    const schema = z.union([z.string(), z.object({ a: z.object({ b: z.string() }) })])
    expect(describeIssue(schema.safeParse({ a: { b: 1 } }).error as z.ZodError)).toBe('a.b: must be text')
  })
})

describe('quoted and placeOf', () => {
  it('keep any text inside one safe, short line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
        for (const line of [quoted(value), placeOf(['a', value, 3])]) {
          expect(line).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/u)
          expect(line.isWellFormed()).toBe(true)
          expect(line.length).toBeLessThan(60 * 6 + 20)
        }
      })
    )
    expect(quoted('x'.repeat(61))).toBe(`"${'x'.repeat(59)}…"`)
    expect(placeOf(['cards', 3, 'title'])).toBe('cards[3].title')
    expect(placeOf(['a b', 'c'], 'file')).toBe('file["a b"].c')
  })
})
