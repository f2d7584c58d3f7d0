/**
 * What a person reads of a situation, where it is written in a language other than the window's and its pack has it in this
 * one too. An agent reads it as it was written, and so it is kept, counted and proved: nothing of what is here goes there.
 */
import i18next from 'i18next'
import { sameWords } from '../../shared/graph.ts'
import { judgedOptions, type Library, type LibraryScenario, type PackShown } from '../../shared/packs/pack.ts'
import { languageFor } from '../../shared/packs/telling.ts'
import type { Say } from '../../shared/packs/tools.ts'
import './language.ts'

export interface Shown {
  /** The language that these words are in; null where nobody said it. */
  readonly language: string | null
  readonly situation: string
  readonly options: readonly string[]
  /** What each option does, in these words; the options themselves where it is no more than they say. */
  readonly judged: readonly string[]
  readonly affected: readonly string[]
  /** The language that an agent reads instead; null where it reads these words. */
  readonly original: string | null
}

/** As they are, in whatever language. */
export function asWritten({ situation, options }: Pick<Shown, 'situation' | 'options'>, judged = options): Shown {
  return { language: null, situation, options, judged, affected: [], original: null }
}

/** One of a pack, for a window in `language`. */
export function shownOf(scenario: LibraryScenario, judged: readonly string[], language: string): Shown {
  const tag = languageFor(scenario, language)
  const told = tag === null ? undefined : scenario.translations[tag]
  if (tag === null || told === undefined) return { ...asWritten(scenario, judged), language: scenario.language, affected: scenario.affected }
  return { language: tag, situation: told.situation, options: told.options, judged: judgedOptions(told, sayCall), affected: told.affected, original: scenario.language }
}

/** The words of a rehearsal, which keeps them as they were written then, where `shown` are those of its situation now: the options may stand in another order since. */
export function shownThen({ situation, options }: Pick<Shown, 'situation' | 'options'>, now: { readonly options: readonly string[]; readonly shown: Shown }): Shown {
  if (now.shown.original === null) return asWritten({ situation, options })
  const places = options.map((option) => now.options.findIndex((other) => sameWords(other) === sameWords(option)))
  const inOrder = (words: readonly string[]): readonly string[] => places.map((place, at) => words[place] ?? options[at] ?? '')
  return { ...now.shown, options: inOrder(now.shown.options), judged: inOrder(now.shown.judged) }
}

export function packTitle(pack: Pick<PackShown, 'title' | 'language' | 'translations'>, language: string): string {
  const tag = languageFor(pack, language)
  return (tag === null ? undefined : pack.translations[tag]?.title) ?? pack.title
}

/** What parts of life are called in this language, by the packs' own names for them: as the first pack that says it. What somebody typed otherwise is theirs. */
export function domainNames({ scenarios }: Pick<Library, 'scenarios'>, language: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const scenario of scenarios) {
    const tag = languageFor(scenario, language)
    const name = tag === null ? undefined : scenario.translations[tag]?.domain
    if (name !== undefined && !names.has(scenario.domain)) names.set(scenario.domain, name)
  }
  return names
}

/** What the calls of an option do, in the language of the window. */
const sayCall: Say = (sentence, values) => i18next.t(`calls:${sentence}`, { ...values })

/** "Englisch"; the tag itself where it names no language. */
export function languageWords(tag: string): string {
  return new Intl.DisplayNames([i18next.language], { type: 'language' }).of(tag) ?? tag
}
