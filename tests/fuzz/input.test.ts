/**
 * Preview files, spoilt at random and given to the command line: whatever comes, it ends with 0 or 1 and one sentence.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { goodPreview } from '../support/bad.ts'
import { plainCalibration } from '../support/given.ts'
import { createFakeModel } from '../support/model.ts'
import { runHere } from '../support/terminal.ts'

const values: readonly unknown[] = [
  null, true, 0, -1, 0.5, 1e308, 7, '', ' ', 'c1', 'c2', '__proto__', 'constructor', '\ud800', '\u202e', '\u0000', 'x'.repeat(30_000), [], {}, [[0, 1]], [[]], ['a', 'b'],
  { id: 'c1' }, { wiser: 'c1', than: 'c2' }, { toString: 1 }
]
const insertions = ['{', '}', '[', ']', '"', ',', ':', '\\', '\\u0000', '\\ud83d', '"__proto__":', '1e999', '-', '\u0000', '\uFEFF', 'é', '\n', 'null', '[[[['] as const

type Spoil = (text: string) => string

const spoils: fc.Arbitrary<Spoil> = fc.oneof(
  fc.nat().map((at): Spoil => (text) => text.slice(0, at % (text.length + 1))),
  fc.tuple(fc.nat(), fc.nat(20)).map(([at, length]): Spoil => (text) => text.slice(0, at % text.length) + text.slice((at % text.length) + length)),
  fc.tuple(fc.nat(), fc.constantFrom(...insertions)).map(([at, inserted]): Spoil => (text) => text.slice(0, at % text.length) + inserted + text.slice(at % text.length)),
  fc.tuple(fc.nat(), fc.nat(0x7f)).map(([at, code]): Spoil => (text) => text.slice(0, at % text.length) + String.fromCharCode(code) + text.slice((at % text.length) + 1)),
  /* A well-formed document with one value, somewhere, replaced by another. */
  fc.tuple(fc.nat(), fc.constantFrom(...values)).map(([at, value]): Spoil => (text) => {
    let document: unknown
    try {
      document = JSON.parse(text)
    } catch {
      return text
    }
    const places: (readonly [Record<string, unknown>, string])[] = []
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return
      for (const [key, child] of Object.entries(node)) {
        places.push([node as Record<string, unknown>, key])
        visit(child)
      }
    }
    visit(document)
    const place = places[at % Math.max(1, places.length)]
    if (place === undefined) return text
    place[0][place[1]] = value
    return JSON.stringify(document)
  })
)

it('500 spoilt preview files, each to one of the doors that take one: never a throw, never a stack, and some still pass', async () => {
  const codes = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(spoils, { minLength: 1, maxLength: 3 }), fc.constantFrom('preview', 'preview', 'preview', 'verify'), async (chain, door) => {
      const input = chain.reduce((text, spoil) => (text === '' ? text : spoil(text)), JSON.stringify(goodPreview()))
      const result = await runHere([door, '-', '--json'], { input, loadModel: async () => ({ model: createFakeModel(), calibration: plainCalibration }) })
      codes.set(result.code, (codes.get(result.code) ?? 0) + 1)
      if (result.code === 0) {
        expect(result.errors).toBe('')
        expect(() => JSON.parse(result.output) as unknown).not.toThrow()
      } else {
        expect(result.code).toBe(1)
        expect(result.errors).toMatch(/^error: [^\n]+; [^\n]+\n$/u)
        expect(result.errors).not.toMatch(/\bat .+:\d+:\d+|went wrong inside|\[object/u)
      }
    }),
    { numRuns: 500 }
  )
  expect(codes.get(0)).toBeGreaterThan(0)
  expect(codes.get(1)).toBeGreaterThan(100)
}, 60_000)
