/** The situations that one can rehearse, one's own and the packs', by part of life: searched, filtered, and drawn only where one looks. */
import { useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { removeScenario } from '../../shared/commands/scenario.ts'
import { valuesOf } from '../../shared/graph.ts'
import type { Library } from '../../shared/packs/pack.ts'
import { domainOf } from '../../shared/rehearsal.ts'
import { nameOfDomain } from '../../shared/trust/domain.ts'
import { Ask } from '../components/fields/Ask.tsx'
import { Choice } from '../components/fields/Choice.tsx'
import { Field } from '../components/fields/Field.tsx'
import { contentOfSubject, takeLibrary, useDomainNames, useLibrary, useSubjects, type Subject } from '../tasks/library.ts'
import { perform, useReading, useSteward } from '../notebook.tsx'
import { sentenceOf, toldWords } from '../language/problems.ts'
import { packTitle } from '../language/shown.ts'
import { addressOf, useView } from '../store.ts'
import { Rows, type Row } from './rehearse/Rows.tsx'
import { Again } from './trust/Again.tsx'

const modes = ['any', 'theory', 'action'] as const
const sources = ['any', 'yours', 'library', 'imported'] as const
const states = ['any', 'fresh', 'done'] as const
interface Filters {
  readonly search: string
  readonly domain: string
  readonly mode: (typeof modes)[number]
  readonly source: (typeof sources)[number]
  readonly state: (typeof states)[number]
}

/* As one left them, for coming back to the list within one window. */
let kept: Filters = { search: '', domain: 'any', mode: 'any', source: 'any', state: 'any' }

export function Rehearse({ domain }: { readonly domain?: string | undefined }) {
  const { t, i18n } = useTranslation('rehearse')
  const library = useLibrary()
  const subjects = useSubjects()
  const reading = useReading()
  const names = useDomainNames()
  const [filters, setFilters] = useState<Filters>(domain === undefined ? kept : { ...kept, domain, search: '' })
  const set = (changes: Partial<Filters>): void => setFilters((kept = { ...filters, ...changes }))
  const say = useView((view) => view.say)
  const { doc } = useSteward().notebook

  const items = useMemo(() => {
    const times = new Map<string, number>()
    for (const { content, withdrawnAt } of valuesOf(reading.rehearsals)) if (withdrawnAt === null) times.set(content, (times.get(content) ?? 0) + 1)
    const isTaken = subjects.some(({ library: from, scenario }) => from === null && scenario.source === 'library')
    const packed = new Set(isTaken ? subjects.filter((subject) => subject.library !== null).map(contentOfSubject) : [])
    /* One of a pack that was taken into the notebook stands in the list once. */
    const shown = subjects.filter((subject) => subject.library !== null || subject.scenario.source !== 'library' || !packed.has(contentOfSubject(subject)))
    return shown.map((subject): Item => {
      const { key, name } = domainOf(reading.domains, subject.scenario.domain)
      const domain = { key, name: names.shown(name) }
      return { subject, domain, times: times.size === 0 ? 0 : (times.get(contentOfSubject(subject)) ?? 0), words: wordsOf(subject, domain.name) }
    })
  }, [subjects, reading.rehearsals, reading.domains, names])
  /* What counts as another one by now is looked for there. */
  const chosen = filters.domain === 'any' ? 'any' : domainOf(reading.domains, filters.domain).key
  const domains = useMemo(() => [...new Map(items.filter((item) => item.domain.key !== '').map(({ domain: { key, name } }) => [key, name])).entries()].sort(([, left], [, right]) => left.localeCompare(right, i18n.language)), [items, i18n.language])
  const shown = useMemo(() => items.filter((item) => fits(item, { ...filters, domain: chosen })), [items, filters, chosen])
  const rows = useMemo(() => rowsOf(shown, i18n.language), [shown, i18n.language])
  /* One of which there is nothing to rehearse is called as it was answered under. */
  const name = useMemo(() => {
    const answered = (): string => nameOfDomain(reading.domains, chosen, valuesOf(reading.rehearsals).filter(({ domain }) => domainOf(reading.domains, domain).key === chosen))
    return domains.find(([key]) => key === chosen)?.[1] ?? names.shown(answered())
  }, [domains, chosen, names, reading.domains, reading.rehearsals])

  return (
    <div className="column">
      <header className="head">
        <div>
          <h1 tabIndex={-1}>{t('title')}</h1>
          <p className="lead">{t('lead')}</p>
        </div>
        <a className="button primary" href={addressOf({ room: 'rehearse', scenario: 'new' })}>{t('new')}</a>
      </header>
      <p className="actions tight">
        <a className="button" href={addressOf({ room: 'rehearse', scenario: 'paste' })}>{t('paste')}</a>
        <a className="button" href={addressOf({ room: 'rehearse', scenario: 'compare' })}>{t('compare')}</a>
        <PackButton />
      </p>
      <Again />
      <search className="filters">
        <Field isLoose isPlain label={t('search')} value={filters.search} onChange={(search) => set({ search })} />
        {/* In a narrow window they would stand between the search and what it finds. */}
        <details open={matchMedia('(min-width: 701px)').matches}>
          <summary>{t('filters')}</summary>
          <div className="filters-more">
            <Choice label={t('filter.domain')} value={chosen} options={[{ key: 'any', text: t('any.domain') }, ...domains.map(([key, text]) => ({ key, text })), ...(chosen !== 'any' && !domains.some(([key]) => key === chosen) ? [{ key: chosen, text: name }] : [])]} onChange={(next) => set({ domain: next })} />
            <Choice label={t('filter.mode')} value={filters.mode} options={modes.map((key) => ({ key, text: t(key === 'any' ? 'any.mode' : `mode.${key}`) }))} onChange={(mode) => set({ mode })} />
            <Choice label={t('filter.source')} value={filters.source} options={sources.map((key) => ({ key, text: t(key === 'any' ? 'any.source' : `source.${key}`) }))} onChange={(source) => set({ source })} />
            <Choice label={t('filter.state')} value={filters.state} options={states.map((key) => ({ key, text: t(key === 'any' ? 'any.state' : `state.${key}`) }))} onChange={(state) => set({ state })} />
          </div>
        </details>
      </search>
      {chosen !== 'any' && <p>{t('onlyIn', { domain: name })} <Button className="plain words" onPress={() => set({ domain: 'any' })}>{t('showAll')}</Button></p>}
      <output className="said quiet">{library.kind === 'loading' ? t('loading') : shown.length === 0 ? t('none') : t('shown', { count: shown.length })}</output>
      {library.kind === 'failed' && <p className="notice">{t('failed', { problem: sentenceOf(library.problem) })}</p>}
      <Rows rows={rows} onTakeAway={(id) => {
        if (perform(removeScenario(doc, id)) !== null) say(t('takenAway'))
      }} />
      {library.kind === 'ready' && <Sources library={library.library} />}
    </div>
  )
}

interface Item {
  readonly subject: Subject
  readonly domain: { readonly key: string; readonly name: string }
  /** How often it was rehearsed. */
  readonly times: number
  /** Small letters, to be searched. */
  readonly words: string
}

/** As they are shown and as they were written: whoever knows the one or the other finds it. */
function wordsOf({ scenario, shown }: Subject, domain: string): string {
  return [shown.situation, ...shown.options, domain, scenario.situation, ...scenario.options, scenario.domain].join('\n').toLocaleLowerCase()
}

function fits({ subject: { scenario }, domain, times, words }: Item, filters: Filters): boolean {
  const { search, mode, source, state } = filters
  return (
    (filters.domain === 'any' || domain.key === filters.domain) && (mode === 'any' || scenario.mode === mode) && (source === 'any' || scenario.source === source) &&
    (state === 'any' || (state === 'done') === times > 0) && search.toLocaleLowerCase().split(/\s+/u).every((word) => words.includes(word))
  )
}

/** One's own first as they are, then a heading for each part of life and what stands in it. */
function rowsOf(items: readonly Item[], language: string): readonly Row[] {
  const groups = Map.groupBy(items, ({ domain }) => domain.key)
  const sorted = [...groups.values()].sort((left, right) => Number(left[0]?.subject.library !== null) - Number(right[0]?.subject.library !== null) || (left[0]?.domain.name ?? '').localeCompare(right[0]?.domain.name ?? '', language))
  return sorted.flatMap((group): readonly Row[] => [{ kind: 'heading', domain: group[0]?.domain.name ?? '', count: group.length }, ...group.map(({ subject, times }): Row => ({ kind: 'subject', subject, times }))])
}

function Sources({ library: { packs, problems, unused } }: { readonly library: Pick<Library, 'packs' | 'problems' | 'unused'> }) {
  const { t, i18n } = useTranslation('rehearse')
  const { bridge, notebook } = useSteward()
  const say = useView((view) => view.say)

  async function takeAway(which: { readonly id: string } | { readonly file: string }, title: string): Promise<void> {
    const result = await bridge.call('removePack', which)
    if (!result.ok) return say(sentenceOf(result.error))
    takeLibrary(result.value)
    say(t('packAway.done', { title }))
  }

  return (
    <>
      {problems.length > 0 && (
        <details className="problems" open>
          <summary>{t('leftOut', { count: problems.length })}</summary>
          <ul className="packs">
            {problems.map((problem, at) => {
              /* Two files may be unused for one reason. */
              const before = problems.slice(0, at).filter((one) => one === problem).length
              const away = unused.filter((one) => one.problem === problem)[before]
              return (
                <li key={at}>
                  <span>{toldWords(problem)}</span>
                  {away !== undefined && !notebook.isSandbox && <Ask action={t('packAway', { title: away.name })} question={t('fileAway.question', { title: away.name })} text={t('fileAway.text')} onYes={() => void takeAway({ file: away.file }, away.name)} />}
                </li>
              )
            })}
          </ul>
        </details>
      )}
      <details className="problems">
        <summary>{t('packs')}</summary>
        <ul className="packs">
          {packs.map((pack) => ({ ...pack, title: packTitle(pack, i18n.language) })).map(({ id, title, author, licence, count, source }) => (
            <li key={id}>
              <span>{t('packLine', { title, author, licence, count })}</span>
              {source === 'imported' && !notebook.isSandbox && <Ask action={t('packAway', { title })} question={t('packAway.question', { title })} text={t('packAway.text')} onYes={() => void takeAway({ id }, title)} />}
            </li>
          ))}
        </ul>
      </details>
    </>
  )
}

function PackButton() {
  const { t, i18n } = useTranslation('rehearse')
  const { bridge, notebook } = useSteward()
  const say = useView((view) => view.say)
  const field = useRef<HTMLInputElement>(null)
  if (notebook.isSandbox) return null

  async function add(file: File | undefined): Promise<void> {
    if (file === undefined) return
    const text = await file.text()
    const result = await bridge.call('addPack', { name: file.name, text })
    if (!result.ok) return say(sentenceOf(result.error))
    const { library, added } = result.value
    takeLibrary(library)
    const pack = library.packs.find(({ id }) => id === added)
    say(t('packAdded', { title: pack === undefined ? added : packTitle(pack, i18n.language), count: pack?.count ?? 0 }))
  }

  return (
    <>
      <input ref={field} className="hidden-file" type="file" accept=".jsonl,.json" aria-hidden="true" tabIndex={-1} onChange={(event) => {
        void add(event.target.files?.[0])
        event.target.value = ''
      }} />
      <Button className="button" onPress={() => field.current?.click()}>{t('addPack')}</Button>
    </>
  )
}
