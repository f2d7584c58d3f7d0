/** What the window says while a value is put into words: complete in each language, and never leading. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lintRules } from '../../shared/articulation/lint.ts'
import { checks } from '../../shared/articulation/machine.ts'
import { kinships, ways } from '../../shared/articulation/session.ts'
import { lineKinds } from '../../shared/ports.ts'

const languages = ['en', 'de'] as const
const sentences = Object.fromEntries(languages.map((language) => [language, JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'renderer', 'language', language, 'articulation.json'), 'utf8')) as Record<string, string>]))

/** Every question of machine.ts by its sentence's key. */
const questions = [
  'story', 'story.feeling', 'story.admired', 'story.rule', 'story.mistake', 'feeling', 'threat', 'admired', 'rule', 'mistake', 'pick', 'more-1', 'more-2', 'decided', 'boundary', 'kinship', 'line', 'name', 'when',
  ...['nobody', 'others', 'untrue'].map((name) => `filter.${name}`), ...['reasons', 'drop', 'clone', 'payoff'].map((name) => `probe.${name}`)
].map((name) => `ask.${name}`)

describe.each(languages)('in %s', (language) => {
  const own = sentences[language] ?? {}

  it('there is a sentence for every question, way in, rule with its example, kind, check and answer, and for nothing else than in English', () => {
    const needed = [
      ...questions, ...ways.flatMap((way) => [`way.${way}`, `way.${way}.hint`]), ...lintRules.flatMap((rule) => [`lint.${rule}`, `lint.${rule}.example`]), ...lineKinds.map((kind) => `kind.${kind}`),
      ...kinships.flatMap((kinship) => [`kinship.${kinship}`, `answer.${kinship}`]), ...checks.filter((check) => check !== 'remarks').map((check) => `check.${check}`)
    ]
    expect(needed.filter((key) => (own[key] ?? '').trim() === '')).toEqual([])
    expect(Object.keys(own).toSorted()).toEqual(Object.keys(sentences['en'] ?? {}).toSorted())
  })

  it('the same values are filled in as in English', () => {
    const holes = (text: string): readonly string[] => (text.match(/\{\{\w+\}\}/gu) ?? []).toSorted()
    for (const [key, text] of Object.entries(own)) expect(holes(text), key).toEqual(holes(sentences['en']?.[key] ?? ''))
  })

  it('a question is a question, short, and leads nowhere', () => {
    const leading = /\b(?:should|surely|don['’]t you|isn['’]t it|aren['’]t you|obviously|of course|wouldn['’]t you|agree|better|good|right|wrong|really|sollte|sicher|doch|nicht wahr|etwa|natürlich|stimmst|besser|gut|richtig)\b/iu
    for (const key of questions) {
      const text = own[key] ?? ''
      expect(text.endsWith('?'), key).toBe(true)
      expect(text.split(/\s+/u).length, key).toBeLessThanOrEqual(20)
      expect(leading.test(text), `${key}: ${text}`).toBe(false)
    }
  })

  it('none of the project’s inner words is said', () => {
    for (const [key, text] of Object.entries(own)) expect(/attentional|CRDT|epoch|inference|constitutive|instrumental|policy|Inferenz|Epoche/iu.test(text), key).toBe(false)
  })
})
