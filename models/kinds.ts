/**
 * What kind of line a person typed: policy, slogan, rule, goal, name, vague, story, preference, belief, instruction. A linear
 * read-out (kinds.json, fitted by training/kinds.ts) of the line's embedding and of the signs that FORMATS.md's table for
 * policies, and the borders between kinds, name: a capitalised head, "should", "to …", length and the like.
 */
import { lineKinds, type LineKind } from '../shared/ports.ts'
import type { Embedding } from './embedder.ts'
import parameters from './kinds.json' with { type: 'json' }

/**
 * The kind with the highest read-out; of equal ones the first in the port's list. A line without words is vague. `read`: where a
 * reader was trained to tell kinds, its probabilities in the port's order, beside which the read-out counts
 * half (training/kinds.ts).
 */
export function kindOf(line: string, embedding: Embedding, read: readonly number[] | null = null): LineKind {
  if (line.trim() === '') return 'vague'
  const features = kindFeatures(line, embedding)
  const scores = parameters.weights.map((weights) => {
    let score = 0
    for (let at = 0; at < features.length; at += 1) score += (weights[at] ?? 0) * (features[at] ?? 0)
    return score
  })
  let [best, highest] = [0, -Infinity]
  scores.forEach((score, kind) => {
    const whole = read === null ? score : Math.log(Math.max(1e-6, read[kind] ?? 0)) + score / 2
    if (whole > highest) [best, highest] = [kind, whole]
  })
  return lineKinds[best] ?? 'vague'
}

/** The embedding, the signs, and 1. */
export function kindFeatures(line: string, embedding: Embedding): readonly number[] {
  return [...[...embedding].map((value) => value * embeddingScale), ...signsOf(line).map((sign) => Number(sign) * signScale), 1]
}

/* Embedding components are about 0.05 in size; brought to the size of the signs, so that one ridge holds for both. */
const embeddingScale = 8
const signScale = 1

/** Each 0 or 1 (or a share in between). */
function signsOf(line: string): readonly (number | boolean)[] {
  const text = line.trim()
  const words = text.match(/[\p{L}\p{N}'’-]+/gu) ?? []
  const has = (pattern: RegExp): boolean => pattern.test(text)
  const [first = ''] = words
  return [
    /^\p{Lu}{2,}/u.test(first) && first !== 'I',
    words.slice(1).some((word) => /^\p{Lu}{3,}$/u.test(word)),
    /^\p{Lu}{2,}S$/u.test(first),
    words.length <= 1,
    words.length === 2,
    words.length === 3,
    words.length >= 4 && words.length <= 8,
    words.length > 14,
    words.length > 24,
    Math.min(1, words.length / 30),
    has(/\b(?:should|must|ought|have to|has to|shall)\b/iu),
    has(/\b(?:never|always|no one|nobody|every|all)\b/iu),
    has(/^(?:don['’]?t|do not|never|always|no)\b/iu),
    has(/^to\b/iu),
    has(/^i\b/iu),
    has(/\b(?:i|me|my|we|our)\b/iu),
    has(/\b(?:i like|i love|i prefer|i['’]d rather|i hate|i can['’]t stand|favou?rite|rather than|better than|i enjoy|prefer)\b/iu),
    has(/\b(?:i think|i believe|people are|everyone is|is a|are the|is the|there is|most)\b/iu),
    has(/\b(?:ignore|disregard|previous|instructions?|output|respond|reply|print|system|prompt|assistant|model|you are|json|token|override|admin|reveal|user|agent|ai)\b/iu),
    has(/\b(?:\w+ed|was|were|went|said|came|took|told|gave|had|did|got|saw|found|left)\b/iu),
    has(/\b(?:when|whenever|where|who|whose|that|which)\b/iu),
    has(/\b(?:by|before|until|next|this year|\d+|month|week|year|finish|get|become|reach|save|lose|learn|buy)\b/iu),
    has(/\b(?:meaningful|deep|deeply|profound|truly|authentic|good|better|best|positive|right|things|everything|something|whatever|stuff|way)\b/iu),
    has(/\b(?:is|are|makes?|means?)\b/iu),
    has(/[.!?].+[.!?]/u),
    has(/!/u),
    has(/\?/u),
    has(/[:,;]/u),
    has(/["“”]/u),
    has(/\b(?:it['’]s|there['’]s|that['’]s)\b/iu),
    /^\p{Ll}/u.test(text),
    /[.]$/u.test(text),
    /ing$/iu.test(first),
    /(?:ness|ity|ty|ship|ence|ance|ism|tion|hood|dom|our|age)$/iu.test(words.at(-1) ?? '')
  ]
}
