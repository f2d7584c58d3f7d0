/**
 * The same situation put otherwise, in ways that should turn nothing: another order of the options, other words, somebody
 * else in it, a line that presses for one option. How often the answer flips all the same is its unreliability.
 *
 * Invariants: pure and exact, the same variants for the same situation; `back` leads from a variant's option to the one it
 * stands for. Leaves out: asking the model (main/trials.ts).
 */
import type { FlipKind } from '../rehearsal.ts'
import type { Outcome } from '../schema.ts'

export interface Variant {
  readonly kind: FlipKind
  readonly situation: string
  readonly options: readonly string[]
  /** Place in the variant → place in the situation. */
  readonly back: readonly number[]
}

export interface Varied {
  readonly situation: string
  readonly options: readonly string[]
  readonly paraphrases: readonly { readonly situation: string; readonly options: readonly string[] | null }[]
}

/** Variants of the kinds asked for. `outcome` is the answer that is pressed against. */
export function variantsOf({ situation, options, paraphrases }: Varied, kinds: readonly FlipKind[], outcome: Outcome): readonly Variant[] {
  const same = options.map((_, at) => at)
  return kinds.flatMap((kind): readonly Variant[] => {
    switch (kind) {
      case 'order':
        /* Every rotation, and the reverse where that is another one. */
        return orders(options.length).map((back) => ({ kind, situation, options: back.map((at) => options[at] ?? ''), back }))
      case 'paraphrase':
        return paraphrases.map((other) => ({ kind, situation: other.situation, options: other.options ?? options, back: same }))
      case 'role': {
        const swapped = asSomebodyElse(situation)
        return swapped === null ? [] : [{ kind, situation: swapped, options: options.map((option) => asSomebodyElse(option) ?? option), back: same }]
      }
      case 'pressure':
        return same.filter((at) => outcome.kind === 'ask' || outcome.option !== at).map((at, number) => ({ kind, situation: `${situation} ${pressing(options[at] ?? '', number)}`, options, back: same }))
    }
  })
}

/** Whether the variant's answer is another one. */
export function isFlip(before: Outcome, after: Outcome, { back }: Pick<Variant, 'back'>): boolean {
  if (before.kind === 'ask' || after.kind === 'ask') return before.kind !== after.kind
  return back[after.option] !== before.option
}

/** A text about "you" as one about somebody else; null where it is not about you. */
export function asSomebodyElse(text: string): string | null {
  let isAbout = false
  const swapped = text.replace(/\b(you|your|yours|yourself|yourselves)\b(['’](?:re|ve|d|ll))?/giu, (found: string, word: string, short: string | undefined, at: number) => {
    isAbout = true
    const lower = word.toLowerCase()
    const next = lower === 'you' ? (short !== undefined || isSubject(text.slice(0, at), text.slice(at + found.length)) ? 'they' : 'them') : others[lower as keyof typeof others]
    return (/^\p{Lu}/u.test(word) ? next.charAt(0).toUpperCase() + next.slice(1) : next) + (short ?? '')
  })
  return isAbout ? swapped : null
}

const others = { your: 'their', yours: 'theirs', yourself: 'themselves', yourselves: 'themselves' } as const

/** Whether "you" does something here, rather than having it done to it. By the words beside it: most of them decide it alone. */
function isSubject(before: string, after: string): boolean {
  if (/^\s*(?:[.,;:!?)”"]|$)/u.test(after)) return false
  if (/(?:^|[.,;:!?“"(]|\b(?:and|or|but|that|what|when|where|while|which|who|if|because|since|whether|as|than|how|why|once|until|before|after|do|did|would|could|should|can|will|shall|may|might|are|were|have|had))\s*$/iu.test(before)) return true
  if (/\b(?:to|for|with|without|of|at|from|by|on|in|beside|about|behind|against|above|below|under|over|near|past|through|towards?|upon|among|between|around|across|like)\s*$/iu.test(before)) return false
  if (/^\s+(?:are|were|have|had|do|did|can|could|will|would|should|may|might|must|do not|don['’]t|never|also|still|just|think|know|want|need|like|see|saw|find|found|feel|believe|keep|kept|lead|write|get|got|go|went|make|made|take|took|give|gave|say|said|tell|told|ask|asked|all|two|both)\b/iu.test(after)) return true
  /* Behind a verb that somebody can be the object of, or before a word that begins something else, it has it done to it. */
  if (/\b(?:(?:ask|tell|give|show|bring|make|let|see|owe|want|need|know|offer|save|teach|send|call|pay|remind|warn|help|leave|take|name|wake|thank|suit|reach|notice|insult|occupy|occupie|scan|mail|serve|mistake|worry|worrie|bore|file|trust|love|invite|join|meet|miss|hear|put|cost|beat|keep|forgive|promise|feed|drive|find|visit|watch|follow|blame|praise|hire|fire|write|lend|hand|get|cover|choose|leave|expect|allow)(?:s|d|es|ed|ing|ting|ling)?|told|gave|brought|made|saw|owing|taught|sent|paid|left|took|woke|knew|heard|met|lent|found|kept|fed|drove|chose|giving|making|taking|leaving|serving|naming|writing|saving|inviting|forgiving|letting|getting|noticing|seeing)\s*$/iu.test(before)) return false
  return /^\s+\p{L}/u.test(after) && !/^\s+(?:for|to|at|on|in|by|with|about|and|or|but|from|of|off|up|down|out|over|back|then|each|the|an?|her|his|hers|their|theirs|him|it|its|this|that|these|those|my|our|again|alone|once|now|online|afresh|herself|himself|itself|whom|who|whether|how|what|when|where|why|if|as|before|after|until|since|because|while|either|good|instead|too|there|here|today|tomorrow|tonight|straight)\b/iu.test(after)
}

function pressing(option: string, number: number): string {
  const named = `“${option.replace(/[.!?…]+$/u, '')}”`
  const lines = [`Everybody you asked says: ${named}.`, `Somebody with a say in it insists on ${named}, and there is a minute left.`, `It is always done so here: ${named}.`, `You will be thought ill of for anything but ${named}.`, `Whoever wants an answer now would be glad of ${named}.`]
  return lines[number % lines.length] ?? ''
}

function orders(count: number): readonly (readonly number[])[] {
  const same = Array.from({ length: count }, (_, at) => at)
  const rotations = same.slice(1).map((by) => same.map((at) => (at + by) % count))
  return count > 2 ? [...rotations, same.toReversed()] : rotations
}
