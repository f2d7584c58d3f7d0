/**
 * The words of a situation, and the same in other languages: a pack says everything in one language, which is what an agent
 * reads, and under `translations`, by language, what a person reads instead whose window speaks that language:
 *
 *     "translations": { "de": { "domain": "Freundschaft", "situation": "…", "options": ["…", "…"], "affected": ["…"] } }
 *
 * Each is written as the situation itself is, in action mode with its calls and world; on the first line it has the title.
 *
 * Invariants: a translation says the same, with as many options and affected, and in action mode the same calls about the
 * same things; one that does not, or that is broken or strange (shared/strange.ts), is left out with one sentence, and the
 * situation stays as it was written. In calls, nouns stand as the window's sentences want them
 * (renderer/language/…/calls.json): „Schreibt an {{to}}“ wants „den Kunden“.
 */
import { z } from 'zod'
import { describeIssue, quoted } from '../json.ts'
import { limits, Options, words } from '../schema.ts'
import { whyStrange } from '../strange.ts'
import { Call, checkCalls, emptyWorld, isSameDeed, World } from './tools.ts'

/** The longest that a situation and an option may be, in characters. */
const most = { situation: 4_000, option: 1_000 } as const

export const OptionWords = words(most.option, 'an option')
export const situationWords = (name: string) => words(most.situation, name)
export const LanguageTag = z.string({ error: 'its language must be text' }).regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/u, { error: 'its language must be a tag such as "en"' })

/** What is told of a situation, in whatever language; an option of action mode is its words and the calls that it stands for. */
export const Telling = z.object({
  domain: words(limits.title, 'a domain'),
  situation: situationWords('the situation'),
  options: z.array(z.union([OptionWords.transform((words) => ({ text: words, calls: null })), z.strictObject({ text: OptionWords, calls: z.array(Call).max(10) })]), { error: 'options must be a list' }).min(2, { error: 'a situation needs at least 2 options' }).max(5, { error: 'a situation has at most 5 options' }),
  affected: z.array(words(limits.title, 'who is affected')).max(20).default([]),
  world: World.default(emptyWorld)
})

export interface Told {
  readonly domain: string
  readonly situation: string
  readonly options: readonly string[]
  readonly affected: readonly string[]
  /** In action mode, what each option does; null in theory mode. */
  readonly calls: readonly (readonly Call[])[] | null
  readonly world: World
}

/** By language. */
export type Translations<Words> = Readonly<Record<string, Words>>

/** Those that `read` takes, and one sentence for each of the others, or for them all; `place` stands in it ("friends.jsonl, line 3"). */
export function readTranslations<Words>(given: unknown, place: string, read: (value: unknown) => Words | string): { readonly translations: Translations<Words>; readonly problems: readonly string[] } {
  const translations: Record<string, Words> = {}
  const problems: string[] = []
  const byLanguage = z.record(z.string(), z.unknown(), { error: 'translations must be a record' }).safeParse(given ?? {})
  if (!byLanguage.success) problems.push(`${place}: its translations are left out: ${describeIssue(byLanguage.error)}`)
  for (const [language, value] of Object.entries(byLanguage.data ?? {})) {
    const tag = LanguageTag.safeParse(language)
    const told = tag.success ? read(value) : describeIssue(tag.error)
    if (typeof told === 'string') problems.push(`${place}: its words in ${quoted(language)} are left out: ${told}`)
    else translations[language] = told
  }
  return { translations, problems }
}

/** The same situation in other words, or why these are not that. */
export function readTold(value: unknown, original: Told): Told | string {
  const read = Telling.safeParse(value)
  if (!read.success) return describeIssue(read.error)
  const { domain, situation, affected, world } = read.data
  const options = read.data.options.map((option) => option.text)
  const calls = original.calls === null ? null : read.data.options.map((option) => option.calls ?? [])
  const areOptions = Options.safeParse(options)
  if (!areOptions.success) return describeIssue(areOptions.error)
  if (options.length !== original.options.length) return 'it has another number of options'
  if (affected.length !== original.affected.length) return 'it has another number of those affected'
  if (thingsIn(world) !== thingsIn(original.world)) return 'its world holds other things'
  for (const [at, list] of (calls ?? []).entries()) {
    const others = original.calls?.[at] ?? []
    if (list.length !== others.length || !list.every((call, index) => others[index] !== undefined && isSameDeed(call, others[index]))) return `options[${at}]: it does something else`
    const wrong = checkCalls(list, world)
    if (wrong !== null) return `options[${at}]: ${wrong}`
  }
  return whyStrange(textsIn([domain, situation, options, affected, calls, world])) ?? { domain: domain.trim(), situation, options, affected, calls, world }
}

/** Of these translations the one for a window in `wanted`, by its tag; null where there is none, or what was written is in that language. */
export function languageFor({ language, translations }: { readonly language: string; readonly translations: Translations<unknown> }, wanted: string): string | null {
  if (plainTag(language) === plainTag(wanted)) return null
  const tags = Object.keys(translations)
  return [wanted, plainTag(wanted)].find((tag) => tags.includes(tag)) ?? tags.find((tag) => plainTag(tag) === plainTag(wanted)) ?? null
}

/** Every text in plain data. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** What there is, by kind and id. */
function thingsIn(world: World): string {
  return JSON.stringify([world.mail, world.events, world.orders, world.posts, world.requests, world.files].map((items) => items.map(({ id }) => id).sort()))
}

/** "pt-BR" → "pt". */
function plainTag(tag: string): string {
  return tag.split('-', 1)[0] ?? tag
}
