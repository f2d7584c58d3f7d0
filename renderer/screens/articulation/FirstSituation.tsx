/**
 * At once after a value is kept: one situation of the library that it bears on, with what an agent guided by it would do. Which
 * one is the model's order of nearness, or the words that both have where there is no model.
 */
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Gone } from '../../components/frame/Gone.tsx'
import { bearingOrder, wordsOfCard } from '../../../shared/articulation/duplicates.ts'
import { toLists } from '../../../shared/graph.ts'
import type { Preview } from '../../../shared/ipc.ts'
import type { Problem } from '../../../shared/result.ts'
import type { Card, CardId } from '../../../shared/schema.ts'
import { isForeign } from '../../../shared/tongue.ts'
import { Answer } from '../../components/Answer.tsx'
import { Original } from '../../components/Original.tsx'
import { packedSubject, type Subject } from '../../tasks/library.ts'
import { useReading, useSteward } from '../../notebook.tsx'
import { sentenceOf } from '../../language/problems.ts'
import { addressOf } from '../../store.ts'
import { whenWords } from '../../language/words.ts'

export function FirstSituation({ id }: { readonly id: string }) {
  const { t } = useTranslation('articulation')
  const { graph } = useReading()
  const card = Object.hasOwn(graph.cards, id) ? graph.cards[id as CardId] : undefined
  if (card === undefined) return <Gone title={t('session.gone')} text={t('session.gone.text')} back={t('session.toValues')} to={{ room: 'values', card: null }} />
  return <Bearing card={card} />
}

function Bearing({ card }: { readonly card: Card }) {
  const { t, i18n } = useTranslation('articulation')
  const { bridge, status, notebook } = useSteward()
  const { graph } = useReading()
  const [subject, setSubject] = useState<Subject | null | undefined>(undefined)
  const [preview, setPreview] = useState<Preview | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const outcome = useRef<HTMLHeadingElement>(null)
  const [words] = useState(() => `${wordsOfCard(card)}. ${card.contexts.map((context) => whenWords(graph.contexts[context]?.text ?? '')).join(', ')}`)
  const [asked] = useState(graph)

  useEffect(() => {
    let isOver = false
    async function look(): Promise<void> {
      const library = await bridge.call('library', null)
      const theory = library.ok ? library.value.scenarios.filter((each) => each.mode === 'theory').map((each) => packedSubject(each, i18n.language)) : []
      const inLanguage = theory.filter(({ shown }) => shown.language === i18n.language)
      const all = inLanguage.length > 0 ? inLanguage : theory
      /* Compared in the language that the value is in, as far as they are told in it. */
      const isNotEnglish = isForeign(words)
      const told = all.map(({ scenario, shown }) => (isNotEnglish ? shown : scenario)).map(({ situation, options }) => [situation, ...options].join(' '))
      const near = bearingOrder(words, told).slice(0, 40)
      const ranked = near.length === 0 ? null : await bridge.call('rank', { query: words.slice(0, 5_000), candidates: near.map((at) => told[at] ?? '') })
      const chosen = all[near[(ranked?.ok === true ? ranked.value[0] : 0) ?? 0] ?? -1]
      if (isOver) return
      if (chosen === undefined) return setSubject(null)
      setSubject(chosen)
      const { situation, options, domain, mode } = chosen.scenario
      const answer = await bridge.call('preview', { situation, options, domain, mode, ...(notebook.isSandbox ? { sandbox: toLists(asked) } : {}) })
      if (isOver) return
      if (answer.ok) setPreview(answer.value)
      else setProblem(answer.error)
    }
    void look()
    return () => {
      isOver = true
    }
  }, [bridge, words, i18n.language, notebook.isSandbox, asked])

  const title = card.title.trim()
  return (
    <article className="column rehearsal">
      <h1 tabIndex={-1}>{t('situation.title', { title })}</h1>
      {subject === null && <p>{t('situation.none')}</p>}
      {subject !== null && subject !== undefined && (
        <>
          <p className="lead">{t('situation.lead')}</p>
          <p className="situation own" dir="auto" lang={subject.shown.language ?? undefined}>{subject.shown.situation}</p>
          <Original shown={subject.shown} situation={subject.scenario.situation} options={subject.scenario.options} />
          {preview === null && <ul className="options-shown">{subject.shown.options.map((option) => <li key={option} className="own" dir="auto">{option}</li>)}</ul>}
        </>
      )}
      <output className="said">
        {subject !== null && preview === null && problem === null && <p className="quiet">{t(status?.model.kind === 'loading' ? 'situation.loading' : 'situation.asking')}</p>}
        {problem !== null && <p className="notice">{t('situation.safe', { problem: sentenceOf(problem) })}</p>}
      </output>
      {preview !== null && subject !== null && subject !== undefined && <Answer heading={outcome} preview={preview} graph={asked} shown={subject.shown} own={null} before={null} />}
      <div className="actions">
        {subject !== null && subject !== undefined
          ? <a className="button primary" href={addressOf({ room: 'rehearse', scenario: subject.scenario.id })}>{t('situation.rehearse')}</a>
          : <a className="button primary" href={addressOf({ room: 'rehearse', scenario: 'new' })}>{t('situation.own')}</a>}
        <a className="button" href={addressOf({ room: 'values', card: card.id })}>{t('situation.card')}</a>
      </div>
    </article>
  )
}
