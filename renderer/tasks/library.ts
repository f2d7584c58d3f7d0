/**
 * The situations that one can rehearse: the person's own and those of the packs, as one list; read once a window, and again
 * when asked to. Each with what a person reads of it (shown.ts).
 */
import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { sameWords } from '../../shared/graph.ts'
import type { Bridge } from '../../shared/ipc.ts'
import { asScenario, judgedOptions, type Library, type LibraryScenario } from '../../shared/packs/pack.ts'
import { contentOf, domainKey, orderOf, type Rehearsal } from '../../shared/rehearsal.ts'
import type { Problem } from '../../shared/result.ts'
import type { Scenario } from '../../shared/schema.ts'
import type { Gone } from '../../shared/trials/job.ts'
import { useReading, useSteward } from '../notebook.tsx'
import { asWritten, domainNames, shownOf, shownThen, type Shown } from '../language/shown.ts'

export type LibraryState = { readonly kind: 'loading' } | { readonly kind: 'ready'; readonly library: Library } | { readonly kind: 'failed'; readonly problem: Problem }

/** A situation to rehearse, wherever it is from. */
export interface Subject {
  readonly scenario: Scenario
  readonly library: LibraryScenario | null
  /** What an agent reads of each option: its words, or in action mode what the log of its calls says. */
  readonly judged: readonly string[]
  readonly shown: Shown
}

let state: LibraryState = { kind: 'loading' }
let asked: Bridge | null = null
const listeners = new Set<() => void>()

export function useLibrary(): LibraryState {
  const { bridge } = useSteward()
  const current = useSyncExternalStore(follow, () => state)
  useEffect(() => beginLibrary(bridge), [bridge])
  return current
}

/** Reads it where that was not done yet, and once more whenever the line to the steward is there again, where it could not be read; gives what ends that. */
export function beginLibrary(bridge: Bridge): () => void {
  if (asked !== bridge) void readLibrary(bridge)
  return bridge.sync.onConnected((isConnected) => {
    if (isConnected && asked !== bridge) void readLibrary(bridge)
  })
}

export async function readLibrary(bridge: Bridge): Promise<void> {
  asked = bridge
  const result = await bridge.call('library', null)
  if (result.ok) takeLibrary(result.value)
  else {
    asked = null
    say({ kind: 'failed', problem: result.error })
  }
}

export function takeLibrary(library: Library): void {
  say({ kind: 'ready', library })
}

/** The person's own, the newest first, then the packs' in their order. */
export function useSubjects(): readonly Subject[] {
  const { scenarios } = useReading()
  const library = useLibrary()
  const { language } = useTranslation().i18n
  return useMemo(() => {
    const own = Object.values(scenarios).sort((left, right) => right.createdAt - left.createdAt || (left.id < right.id ? -1 : 1))
    return [...own.map(ownSubject), ...(library.kind === 'ready' ? packedSubjects(library.library, language) : [])]
  }, [scenarios, library, language])
}

/** What a person reads of a rehearsal. */
export function useShown(): (rehearsal: Rehearsal) => Shown {
  const subjects = useSubjects()
  return useMemo(() => {
    const byId = new Map(subjects.map((subject) => [subject.scenario.id as string, subject]))
    return (rehearsal) => {
      const { scenario, shown } = subjectOf(rehearsal, byId)
      return shownThen(rehearsal, { options: scenario.options, shown })
    }
  }, [subjects])
}

/** How parts of life are called for a person: in the language of the window, where the packs say it and they were not renamed. */
export function useDomainNames(): {
  readonly shown: (name: string) => string
  /** The name to keep for what somebody typed: the packs' own, so that it counts for the same. One's own of that name stay apart. */
  readonly kept: (typed: string) => string
} {
  const { scenarios, rehearsals } = useReading()
  const library = useLibrary()
  const { language } = useTranslation().i18n
  return useMemo(() => {
    const names = library.kind === 'ready' ? domainNames(library.library, language) : new Map<string, string>()
    return {
      shown: (name) => names.get(name) ?? name,
      kept: (typed) => {
        const key = domainKey(typed)
        const isOwn = [...Object.values(scenarios), ...Object.values(rehearsals)].some(({ domain }) => domainKey(domain) === key)
        return isOwn ? typed : ([...names].find(([, name]) => domainKey(name) === key)?.[0] ?? typed)
      }
    }
  }, [library, language, scenarios, rehearsals])
}

export function packedSubject(scenario: LibraryScenario, language: string): Subject {
  const judged = judgedOptions(scenario)
  return { scenario: asScenario(scenario), library: scenario, judged, shown: shownOf(scenario, judged, language) }
}

/** Worked out once a library and language. */
function packedSubjects(library: Library, language: string): readonly Subject[] {
  if (packed?.library !== library || packed.language !== language) packed = { library, language, subjects: library.scenarios.map((each) => packedSubject(each, language)) }
  return packed.subjects
}

let packed: { readonly library: Library; readonly language: string; readonly subjects: readonly Subject[] } | null = null

function ownSubject(scenario: Scenario): Subject {
  return { scenario, library: null, judged: scenario.options, shown: asWritten(scenario) }
}

/** A situation as it was rehearsed, its options in the order in which they stood then, with what they do where that is still known. */
export function subjectOf(rehearsal: Rehearsal, subjects: ReadonlyMap<string, Subject>): Subject {
  const { scenario: id, domain, mode, situation, options, startedAt } = rehearsal
  const known = subjects.get(id)
  if (known === undefined || contentOfSubject(known) !== rehearsal.content) return ownSubject({ id, domain, mode, source: 'yours', situation, options: [...options], createdAt: startedAt })
  if (orderOf(known.scenario.options) === orderOf(options)) return known
  const places = options.map((option) => known.scenario.options.findIndex((other) => sameWords(other) === sameWords(option)))
  /* Without what else its pack says of it, all of which stands in the new order. */
  return { scenario: { ...known.scenario, options: [...options] }, library: null, judged: places.map((place, at) => known.judged[place] ?? options[at] ?? ''), shown: shownThen(rehearsal, { options: known.scenario.options, shown: known.shown }) }
}

/** `contentOf` its words, worked out once. */
export function contentOfSubject({ scenario }: Subject): string {
  const known = contents.get(scenario)
  if (known !== undefined) return known
  const content = contentOf(scenario)
  contents.set(scenario, content)
  return content
}

const contents = new WeakMap<Scenario, string>()

/** As a job asks for it. */
export function goneOf(subject: Subject, before: Gone['before']): Gone {
  const { scenario, library, judged } = subject
  const { id, domain, mode, situation } = scenario
  return {
    id, domain, mode, situation, options: [...judged], before, content: contentOfSubject(subject), order: orderOf(scenario.options),
    /* What the options do is the same, however the situation is told. */
    paraphrases: (library?.paraphrases ?? []).map((other) => ({ situation: other.situation, options: other.options === null || mode === 'action' ? null : [...other.options] }))
  }
}

function say(next: LibraryState): void {
  state = next
  for (const listener of [...listeners]) listener()
}

function follow(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
