import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contraryOf } from '../../models/contrary.ts'

describe('the contrary of a line', () => {
  it.each([
    ["It's rude to read over somebody's shoulder.", "It's polite to read over somebody's shoulder."],
    ['It is considered kind to wait.', 'It is considered unkind to wait.'],
    ['If you promised, it’s wrong to stay away', 'If you promised, it’s right to stay away'],
    ["It's important to sleep.", "It's wrong to sleep."],
    ['You should always ask first.', 'You should not ask first.'],
    ["You shouldn't ask.", 'You should ask.'],
    ['One must never lie to a child', 'One must lie to a child'],
    ['Do not kill', 'Kill'],
    ["don't shame people", 'shame people'],
    ['never sign for another', 'sign for another'],
    ['Always answer', 'Never answer'],
    ["I don't lend money", 'I lend money'],
    ['not deceiving anyone', 'deceiving anyone']
  ])('%s → %s', (line, contrary) => {
    expect(contraryOf(line)).toBe(contrary)
  })

  it('of what is said to be not okay is that it is good, since "okay" would only allow it', () => {
    expect(contraryOf("It's not okay to lie.")).toBe("It's good to lie.")
    expect(contraryOf("It isn't fair to lie.")).toBe('It is fair to lie.')
  })

  it.each(['honesty', 'MOMENTS when someone could be spared a humiliation', 'An old man has the right to be foolish', 'people who never gave up', '', ' ', `You should ${'wait '.repeat(100)}`])('is not known by the form of "%s"', (line) => {
    expect(contraryOf(line)).toBeNull()
  })

  it('differs from the line and says something, for any text', () => {
    const words = fc.array(fc.constantFrom("it's", 'It is', 'rude', 'good', 'not', 'never', 'should', "shouldn't", 'do not', 'always', 'I', "don't", 'to', 'help', '😀', '\n', '  '), { maxLength: 60 })
    fc.assert(fc.property(fc.oneof(words.map((some) => some.join(' ')), fc.string()), (line) => {
      const contrary = contraryOf(line)
      if (contrary !== null) expect(contrary.trim()).not.toBe('')
      if (contrary !== null) expect(contrary).not.toBe(line.trim())
    }), { numRuns: 2_000 })
    expect(contraryOf(`it's ${'a '.repeat(50_000)}good`)).toBeNull()
  })
})
