/** Texts as they may be kept. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { text, withoutInvisible } from '../../shared/schema.ts'

it('what is typed or pasted can be kept once what nobody sees is taken out, and nothing else is', () => {
  expect(withoutInvisible('a\u0000b\u0002c\u202Ad\u202C\u2067e\u2069\u007F')).toBe('abcde')
  expect(withoutInvisible('one\n\ttwo é 👩‍👩‍👧 \u200Fלילה')).toBe('one\n\ttwo é 👩‍👩‍👧 \u200Fלילה')
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }).map((each) => each.toWellFormed()), (typed) => {
      const kept = withoutInvisible(typed)
      expect(text(100, 'it').safeParse(kept).success).toBe(true)
      if (text(100, 'it').safeParse(typed).success) expect(kept).toBe(typed)
    })
  )
})
