import fc from 'fast-check'
import { expect, it } from 'vitest'
import { phrasesIn } from '../../renderer/phrases.ts'

it('finds the clauses of a story, in their order', () => {
  expect(phrasesIn('My aunt was ill, so I drove six hours to sit in her kitchen. We hardly spoke, but I would do it again.')).toEqual([
    'My aunt was ill', 'I drove six hours to sit in her kitchen', 'I would do it again'
  ])
})

it('gives nothing that the person did not write, and at most six', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', 'bb', ' ', '.', ', ', '\n', 'and ', 'because ', '“', 'é', '🌱'), maxLength: 200 }), (story) => {
    const phrases = phrasesIn(story)
    expect(phrases.length).toBeLessThanOrEqual(6)
    for (const phrase of phrases) expect(story.replace(/["“”]/gu, '')).toContain(phrase)
  }))
})
