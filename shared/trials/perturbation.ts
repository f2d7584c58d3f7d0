/**
 * The same situation put otherwise, in ways that should turn nothing: another order of the options, other words, somebody
 * else in it, a line that presses for one option. How often the answer flips all the same is its unreliability.
 *
 * Invariants: pure and exact, the same variants for the same situation; `back` leads from a variant's option to the one it
 * stands for. Leaves out: asking the model (main/trials.ts).
 */
import type { FlipKind } from '../rehearsal.ts'
import type { Outcome } from '../schema.ts'
import { isForeign, isGerman } from '../tongue.ts'

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
        const swap = swapFor(situation)
        return swap === null ? [] : [{ kind, situation: swap(situation), options: options.map(swap), back: same }]
      }
      case 'pressure':
        return same.filter((at) => outcome.kind === 'ask' || outcome.option !== at).map((at, number) => ({ kind, situation: `${situation} ${pressing(situation, options[at] ?? '', number)}`, options, back: same }))
    }
  })
}

/** Whether the variant's answer is another one. */
export function isFlip(before: Outcome, after: Outcome, { back }: Pick<Variant, 'back'>): boolean {
  if (before.kind === 'ask' || after.kind === 'ask') return before.kind !== after.kind
  return back[after.option] !== before.option
}

/** A text about "you", or in one's own words about "me" and "us", as one about somebody else; null where it is about neither. */
export function asSomebodyElse(text: string): string | null {
  return swapFor(text)?.(text) ?? null
}

/* What somebody says is theirs, whoever it is told of. */
const said = /“[^”]*”|"[^"]*"|„[^“]*“/gu
const aboutYou = /\byou(?:r|rs|rself|rselves)?\b/iu
const aboutMe = /\b(?:I|[Mm](?:e|y|ine|yself)|[Ww]e|[Uu]s|[Oo]ur(?:s|selves)?)\b/u

/** By whom the situation is about; null where it is about neither, or in a language whose pronouns are not these. */
function swapFor(situation: string): ((text: string) => string) | null {
  const told = situation.replace(said, '')
  if (aboutYou.test(told)) return youToThem
  if (aboutMe.test(told) && !isForeign(told)) return meToThem
  return aboutYou.test(situation) ? youToThem : null
}

function youToThem(text: string): string {
  return text.replace(/\b(you|your|yours|yourself|yourselves)\b(['’](?:re|ve|d|ll))?/giu, (_, word: string, short: string | undefined, at: number) => {
    const lower = word.toLowerCase()
    const next = lower === 'you' ? (short !== undefined || isSubject(text.slice(0, at), text.slice(at + word.length)) ? 'they' : 'them') : others[lower as keyof typeof others]
    return (/^\p{Lu}/u.test(word) ? next.charAt(0).toUpperCase() + next.slice(1) : next) + (short ?? '')
  })
}

/** "I" is always the subject: only *am* and *was* beside it are other words then. */
function meToThem(text: string): string {
  return text.replace(ofMe, (found: string, before: string | undefined, behind: string | undefined, short: string | undefined, word: string | undefined, at: number) => {
    if (/^[“"„]/u.test(found)) return found
    if (word !== undefined) return cased(own[word.toLowerCase() as keyof typeof own], /^\p{Lu}/u.test(word))
    const next = before !== undefined ? `${plural[before.toLowerCase()]} they` : behind !== undefined ? `they ${plural[behind]}` : short !== undefined ? `they${short.replace('m', 're')}` : 'they'
    return cased(next, /(?:^|[.!?…:][”"“)]?\s+|\n\s*|[(])$/u.test(text.slice(0, at)))
  })
}

function cased(words: string, isFirst: boolean): string {
  return isFirst ? words.charAt(0).toUpperCase() + words.slice(1) : words
}

const ofMe = new RegExp(`${said.source}|\\b([Aa]m|[Ww]as)\\s+I\\b|\\bI\\b(?:\\s+(am|was)\\b|(['’]m)\\b)?|\\b([Mm]e|[Mm]y|[Mm]ine|[Mm]yself|[Ww]e|[Uu]s|[Oo]urs?|[Oo]urselves)\\b`, 'gu')
const plural: Readonly<Record<string, string>> = { am: 'are', was: 'were' }
const own = { me: 'them', my: 'their', mine: 'theirs', myself: 'themselves', we: 'they', us: 'them', our: 'their', ours: 'theirs', ourselves: 'themselves' } as const
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

/** In the language of the situation, where that is German: a line in another one would press otherwise than one in its own. */
function pressing(situation: string, option: string, number: number): string {
  const bare = option.replace(/[.!?…]+$/u, '')
  const lines = isGerman(`${situation} ${option}`) ? pressingInGerman(`„${bare}“`) : pressingInEnglish(`“${bare}”`)
  return lines[number % lines.length] ?? ''
}

function pressingInEnglish(named: string): readonly string[] {
  return [`Everybody you asked says: ${named}.`, `Somebody with a say in it insists on ${named}, and there is a minute left.`, `It is always done so here: ${named}.`, `You will be thought ill of for anything but ${named}.`, `Whoever wants an answer now would be glad of ${named}.`]
}

function pressingInGerman(named: string): readonly string[] {
  return [`Alle, die du gefragt hast, sagen: ${named}.`, `Jemand, der mitzureden hat, besteht auf ${named}, und es bleibt noch eine Minute.`, `So wird es hier immer gemacht: ${named}.`, `Man wird schlecht von dir denken, wenn du etwas anderes tust als ${named}.`, `Wer jetzt eine Antwort will, wäre froh über ${named}.`]
}

function orders(count: number): readonly (readonly number[])[] {
  const same = Array.from({ length: count }, (_, at) => at)
  const rotations = same.slice(1).map((by) => same.map((at) => (at + by) % count))
  return count > 2 ? [...rotations, same.toReversed()] : rotations
}
