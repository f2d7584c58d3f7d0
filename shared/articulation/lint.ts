/**
 * The rules of a good line of "what you pay attention to" (FORMATS.md, the table), each a remark that one may let stand: they
 * warn, ask or inform, and never block. What kind of line it is, where its form says so; where it does not, the model is
 * asked. Why a rule is there, in one sentence with an example, stands in the window's languages under `lint.RULE`.
 */
import type { LineKind } from '../ports.ts'
import { isCommand } from '../strange.ts'
import { isSlogan } from './slogan.ts'

export const lintRules = ['slogan', 'head', 'vague', 'should', 'acceptable', 'outcome', 'plural', 'avoidance', 'length'] as const
export type LintRule = (typeof lintRules)[number]

/** `warn` and `ask` keep a line from passing until it is mended or let stand; `info` only says something. */
export type Weight = 'warn' | 'ask' | 'info'

export interface Remark {
  readonly rule: LintRule
  readonly weight: Weight
  /** The words that it is about; null for the whole line. */
  readonly words: string | null
}

const weights: Readonly<Record<LintRule, Weight>> = {
  slogan: 'ask', head: 'warn', vague: 'warn', should: 'warn', acceptable: 'ask', outcome: 'ask', plural: 'info', avoidance: 'info', length: 'info'
}

const patterns: Readonly<Partial<Record<LintRule, RegExp>>> = {
  vague: /\b(?:meaningful(?:ly)?|deep(?:ly|er|est)?|profound(?:ly)?|bedeutungsvoll\p{L}*|tief(?:e[mnrs]?|gründig\p{L}*|gehend\p{L}*)?)\b/iu,
  should: /\b(?:should(?:n['’]t)?|must(?:n['’]t)?|ought|have to|has to|soll(?:te|ten|test|st|en)?|muss|musst|müssen|müsste|darf nicht|dürfen nicht)\b/iu,
  acceptable: /\b(?:without (?:causing (?:any )?harm|harming|hurting|offending)|appropriate(?:ly)?|acceptabl[ey]|responsibly|in a (?:safe|responsible|respectful) way|harmless(?:ly)?|inoffensive|ohne (?:\p{L}+ )?(?:zu )?(?:schaden|verletzen)|angemessen\p{L}*|zulässig\p{L}*|vertretbar\p{L}*)\b/iu,
  outcome: /\b(?:ensur(?:e|es|ed|ing)|lead(?:s|ing)? to|led to|result(?:s|ed|ing)? in|guarantee(?:s|d|ing)?|achiev(?:e|es|ed|ing)|maximi[sz](?:e|es|ed|ing)|in order to|so as to|pays? off|führ(?:t|en) zu|sicherstell\p{L}*|sicherzustellen|gewährleist\p{L}*|damit ich|erreich(?:e|t|en))\b/iu,
  avoidance: /\b(?:avoid(?:s|ed|ing|ance)?|prevent(?:s|ed|ing)?|escap(?:e|es|ed|ing)|free (?:of|from)|lack of|absence of|not to|don['’]t|never|vermeid\p{L}*|vermied\p{L}*|verhinder\p{L}*|frei von|mangel an|nie(?:mals)?)\b/iu
}

/* An article may stand before it; a single capital letter is a sentence's, or "I". */
const head = /^(?:["“„(]*)(?:(?:[Tt]he|[Aa]n?|[Dd]er|[Dd]ie|[Dd]as|[Ee]ine?)\s+)?(\p{Lu}[\p{Lu}\p{M}'’-]*\p{Lu}(?:\s+\p{Lu}[\p{Lu}\p{M}'’-]*\p{Lu})*)(?=[\s,.:;!?)”"]|$)/u
const german = /\b(?:der|die|das|den|dem|denen|und|ich|wenn|nicht|ein|eine|einer|jemand|mit|für|zu)\b/iu

/** Every remark on a line, the weightiest first; none on an empty one. */
export function lint(line: string): readonly Remark[] {
  const text = line.trim()
  const count = wordCount(text)
  if (count === 0) return []
  const found: Remark[] = []
  const say = (rule: LintRule, words: string | null = null): void => void found.push({ rule, weight: weights[rule], words })
  if (isSlogan(text)) say('slogan')
  const start = headOf(text)
  /* Most scripts have no capitals: nothing can be asked of a line in them. */
  if (start === null && !/^\P{L}*\p{Lo}/u.test(text)) say('head')
  for (const rule of ['vague', 'should', 'acceptable', 'outcome'] as const) {
    const match = patterns[rule]?.exec(text)
    if (match !== null && match !== undefined) say(rule, match[0])
  }
  if (start !== null && !isPlural(start, text)) say('plural', start)
  const avoided = patterns.avoidance?.exec(text)
  if (avoided !== null && avoided !== undefined) say('avoidance', avoided[0])
  if (count < 4 || count > 25) say('length')
  return found
}

/** Remarks that are still open: those that neither inform only nor were let stand on these very words. */
export function openRemarks(line: string, isSettled: (rule: LintRule) => boolean): readonly Remark[] {
  return lint(line).filter(({ rule, weight }) => weight !== 'info' && !isSettled(rule))
}

/** What kind of line its form says it is; null where the form does not say, and the model is asked. */
export function kindByForm(line: string): LineKind | null {
  const text = line.trim()
  const count = wordCount(text)
  if (count === 0) return 'vague'
  if (isCommand(text)) return 'instruction'
  if (headOf(text) !== null && count >= 4) return 'policy'
  if (/\b(?:should|must|ought|soll(?:te)?|muss)\b/iu.test(text)) return 'rule'
  if (isSlogan(text)) return 'slogan'
  if (/^(?:to|um)\s\p{Ll}/iu.test(text)) return 'goal'
  if (/^(?:i (?:like|love|prefer|enjoy|hate)|ich (?:mag|liebe|bevorzuge|hasse))\b/iu.test(text)) return 'preference'
  return count === 1 ? 'name' : null
}

/** The capitalised words that a line starts with; null where it does not. */
export function headOf(line: string): string | null {
  return head.exec(line.trim())?.[1] ?? null
}

/** Of scripts that put no space between words, two letters count as one more. */
export function wordCount(text: string): number {
  const unspaced = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}]/gu)?.length ?? 0
  return (text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu)?.length ?? 0) + Math.floor(unspaced / 2)
}

function isPlural(words: string, line: string): boolean {
  const last = words.split(/\s+/u).at(-1) ?? ''
  if (/^(?:PEOPLE|CHILDREN|MEN|WOMEN|FOLK|FEET|TEETH|MICE|GEESE|MENSCHEN|LEUTE|KINDER)$/u.test(last)) return true
  return /[^S]S$/u.test(last) || (german.test(line) && /(?:EN|ER|E|N)$/u.test(last))
}
