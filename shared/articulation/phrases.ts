/**
 * Phrases of a person's own story in which something was attended to: exact stretches of what they wrote, never made up.
 *
 * By rules: the story is cut into clauses, and each clause weighed by what it says of noticing, of other people's state, of
 * reasons and of what was at stake (cues.ts, English and German), against mere going and doing. The model, where there is
 * one, orders what the rules left about even. Invariant: every phrase is `story.slice(start, end)`.
 */
import { limits } from '../schema.ts'
import { weigh } from './cues.ts'
import { wordCount } from './lint.ts'

/** A stretch of the story, by UTF-16 units. */
export interface Phrase {
  readonly start: number
  readonly end: number
  readonly text: string
  /** By the rules; from `threshold` on something was attended to. */
  readonly weight: number
}

const threshold = 1.5
/** Beside a clause that says it clearly, one of less than this share of its weight is not shown. */
const fainter = 0.4
const fewestWords = 3
const mostWords = 26

/** At most `most` phrases of `story`, in its order. Where none says clearly what was attended to, the likeliest two. */
export function phrasesIn(story: string, most = 6): readonly Phrase[] {
  const clauses = clausesOf(story)
  const best = Math.max(0, ...clauses.map(({ weight }) => weight))
  const clear = clauses.filter(({ weight }) => weight >= Math.max(threshold, best * fainter))
  const chosen = (clear.length > 0 ? clear : clauses.filter(({ weight }) => weight > 0)).toSorted((left, right) => right.weight - left.weight || left.start - right.start)
  const rest = clear.length > 0 ? most : Math.min(most, 2)
  const shown = chosen.length > 0 ? chosen.slice(0, rest) : clauses.slice(0, rest)
  return distinct(shown.toSorted((left, right) => left.start - right.start))
}

/** The same phrases, cut to `most` by the model's order (indices, best first) where the rules weigh them alike; in the story's order. */
export function orderPhrases(phrases: readonly Phrase[], ranking: readonly number[], most = 6): readonly Phrase[] {
  const place = new Map(ranking.map((index, at) => [index, at]))
  return phrases
    .map((phrase, index) => ({ phrase, at: place.get(index) ?? phrases.length }))
    .toSorted((left, right) => right.phrase.weight - left.phrase.weight || left.at - right.at || left.phrase.start - right.phrase.start)
    .slice(0, most)
    .map(({ phrase }) => phrase)
    .toSorted((left, right) => left.start - right.start)
}

/** Every clause of three words or more, cut down to twenty-six where that can be, and trimmed of the words that only join it to the one before. */
export function clausesOf(story: string): readonly Phrase[] {
  const clauses: Phrase[] = []
  for (const sentence of stretches(story, sentenceEnd)) {
    for (const cut of stretches(story.slice(sentence.start, sentence.end), clauseEnd)) {
      const start = sentence.start + cut.start
      for (const part of shortened(story.slice(start, sentence.start + cut.end), cut.before)) add(clauses, story, start + part.start, start + part.end, part.before)
    }
  }
  return clauses
}

/** Who writes without a stop is cut at the word nearest to the middle that begins something, as often as it takes; whole where there is none. */
function shortened(clause: string, before: string): readonly Stretch[] {
  const whole = { start: 0, end: clause.length, before }
  if (wordCount(clause) <= mostWords) return [whole]
  const middle = clause.length / 2
  const [cut] = [...clause.matchAll(beginning)].toSorted((left, right) => Math.abs(left.index - middle) - Math.abs(right.index - middle))
  if (cut === undefined) return [whole]
  const from = cut.index + cut[0].length
  return [...shortened(clause.slice(0, cut.index), before), ...shortened(clause.slice(from), cut[0]).map((part) => ({ ...part, start: from + part.start, end: from + part.end }))]
}

const beginning = /(?<=\S)\s+(?=(?:and|or|so|who|whose|which|that|what|when|where|whether|as|if|before|after|until|than|to|with|und|oder|wenn|als|dass|bevor|nachdem|bis|was|wer|wie|wo|um|mit)\s)/giu
/* No pattern begins within a run of what it begins with: else a long run would be gone through from each of its places. */
const sentenceEnd = /(?<![.!?…])[.!?…]+["”“’)]*(?=\s|$)|[。！？؟۔।]+|[\n;:；]+|\s[–—-]\s/gu
/* A comma, or a word that begins a clause of its own; that word belongs to neither side. */
const clauseEnd = /,(?!\s*(?:dass|ob|wie|was|that|als|whether|how)\s)\s*(?:and|but|so|yet|or|und|aber|doch|sondern|denn)?\s+|(?<!\s)\s+(?=(?:because|since|although|though|so that|even though|while|but|weil|obwohl|damit|sodass|aber|denn)\s)|(?<!\s)\s+and\s+(?=(?:i|he|she|it|they|we|nobody|no one|the|my|his|her|that)\s)|(?<!\s)\s+und\s+(?=(?:ich|er|sie|es|wir|niemand|dass)\s)/giu
const joints = /^(?:(?:and|so|then|but|or|yet|because|since|although|though|so that|even though|while|und|aber|doch|dann|also|weil|obwohl|damit|sodass|denn|dass|da)\s+)+/iu

interface Stretch {
  readonly start: number
  readonly end: number
  /** What was cut away before it. */
  readonly before: string
}

function stretches(text: string, ends: RegExp): readonly Stretch[] {
  const found: Stretch[] = []
  let [start, before] = [0, '']
  for (const match of text.matchAll(ends)) {
    if (match.index > start) found.push({ start, end: match.index, before })
    start = match.index + match[0].length
    before = match[0]
  }
  if (start < text.length) found.push({ start, end: text.length, before })
  return found
}

function add(clauses: Phrase[], story: string, from: number, to: number, before: string): void {
  let [start, end] = [from, to]
  const joint = joints.exec(story.slice(start, end).trimStart())?.[0] ?? ''
  start += story.slice(start, end).length - story.slice(start, end).trimStart().length + joint.length
  while (start < end && /["“”„‚'’()\s•*·–—-]/u.test(story.charAt(start))) start += 1
  while (end > start && /["“”„‚'’()\s,]/u.test(story.charAt(end - 1))) end -= 1
  const text = story.slice(start, end)
  if (wordCount(text) < fewestWords || text.length > limits.policy) return
  clauses.push({ start, end, text, weight: weigh(text, `${before} ${joint}`) })
}

function distinct(phrases: readonly Phrase[]): readonly Phrase[] {
  const seen = new Set<string>()
  return phrases.filter(({ text }) => {
    const words = text.toLowerCase()
    if (seen.has(words)) return false
    seen.add(words)
    return true
  })
}
