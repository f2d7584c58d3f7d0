/** What counts as a scenario that a model wrote. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wordings } from '../../../models/language/asked.ts'
import { draftText as textOf, readDraft } from '../../../models/language/draft.ts'
import type { Draft } from '../../../shared/ports.ts'
import { Options } from '../../../shared/schema.ts'

const draftText = (draft: Draft): string => textOf(draft, wordings.en.labels)
const original = { situation: 'A friend asks what you think of her painting.', options: ['Tell her the truth.', 'Say that you love it.'] }
const read = (text: string, isCut = false) => readDraft(text, original, isCut)
const wanted = { situation: 'Your brother asks you to lend him money that you need.', options: ['Lend it.', 'Say no.', 'Lend him half.'] }

describe('a draft is read', () => {
  it.each([
    ['as it was asked for', draftText(wanted)],
    ['as it was asked for in German', textOf(wanted, wordings.de.labels)],
    ['with numbers', `Situation: ${wanted.situation}\n1. Lend it.\n2. Say no.\n3) Lend him half.`],
    ['with letters and bold', `**Situation:** ${wanted.situation}\n\n**Option A:** Lend it.\n**Option B:** Say no.\n**Option C:** Lend him half.`],
    ['with bullets, quotes and a heading', `# Scenario: "${wanted.situation}"\nOptions:\n- "Lend it."\n- “Say no.”\n• Lend him half.`],
    ['in German', `Szenario – ${wanted.situation}\nMöglichkeit 1: Lend it.\nMöglichkeit 2: Say no.\nMöglichkeit 3: Lend him half.`],
    ['without a label, and with chatter behind it', `${wanted.situation}\n- Lend it.\n- Say no.\n- Lend him half.\nI hope that this helps!`],
    ['in two lines', `Situation: Your brother asks you to lend him money\nthat you need.\nOption: Lend it.\nOption: Say no.\nOption: Lend him half.`],
    ['with an option twice', `${draftText(wanted)}\nOption: lend it`]
  ])('%s', (_, text) => {
    expect(read(text)).toEqual(wanted)
  })

  it('with the first four of more options', () => {
    expect(read(draftText({ situation: wanted.situation, options: ['One.', 'Two.', 'Three.', 'Four.', 'Five.', 'Six.'] }))?.options).toHaveLength(4)
  })

  it('without its last line where that has no end', () => {
    expect(read(draftText({ ...wanted, options: ['Lend it.', 'Say no.', 'Lend him ha'] }), true)?.options).toEqual(['Lend it.', 'Say no.'])
  })
})

describe('a draft is refused', () => {
  it.each([
    ['empty', ''],
    ['without options', `Situation: ${wanted.situation}`],
    ['with one option', `Situation: ${wanted.situation}\nOption: Lend it.`],
    ['with the same option twice', `Situation: ${wanted.situation}\nOption: Lend it.\nOption: LEND IT`],
    ['without a situation', 'Option: Lend it.\nOption: Say no.'],
    ['with a situation of two words', 'Situation: Too short.\nOption: Lend it.\nOption: Say no.'],
    ['with the situation that it was to be like', draftText(original)],
    ['with that situation’s options', draftText({ situation: wanted.situation, options: original.options })],
    ['with marks of a model', draftText({ ...wanted, options: ['Lend it.<|im_end|>', 'Say no.'] })],
    ['with half characters', draftText({ ...wanted, situation: `${wanted.situation} \uFFFD` })],
    ['much too long', draftText({ ...wanted, situation: 'a long story '.repeat(200) })]
  ])('%s', (_, text) => {
    expect(read(text)).toBeNull()
  })

  it('or is one that the schema takes, whatever was written', () => {
    const line = fc.oneof(fc.constantFrom('Situation: ', 'Option: ', '1. ', '- ', '**', '\n', '"', '<|im_end|>', '\u0007', 'Your brother asks you for money that you need. ', 'Lend it.'), fc.string({ maxLength: 30 }))
    fc.assert(fc.property(fc.array(line, { maxLength: 20 }).map((parts) => parts.join('')), fc.boolean(), (text, isCut) => {
      const draft = read(text, isCut)
      if (draft === null) return
      expect(Options.safeParse([...draft.options]).success).toBe(true)
      expect(draft.options.length).toBeLessThanOrEqual(4)
    }))
  })
})
