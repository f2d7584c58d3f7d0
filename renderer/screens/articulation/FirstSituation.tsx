/**
 * At once after a value is kept: one situation of the library that it bears on, with what an agent guided by it would do. Which
 * one is the model's order of nearness, or the words that both have where there is no model.
 */
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Gone } from '../../components/Gone.tsx'
import { bearingOrder, wordsOfCard } from '../../../shared/articulation/duplicates.ts'
import { toLists } from '../../../shared/graph.ts'
import type { Preview } from '../../../shared/ipc.ts'
import type { Problem } from '../../../shared/result.ts'
import type { Card, CardId, Scenario } from '../../../shared/schema.ts'
import { Answer } from '../../components/Answer.tsx'
import { useReading, useSteward } from '../../notebook.tsx'
import { sentenceOf } from '../../problems.ts'
import { addressOf } from '../../store.ts'
import { whenWords } from '../../words.ts'

type Shown = Omit<Scenario, 'createdAt'>

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
  const [scenario, setScenario] = useState<Shown | null | undefined>(undefined)
  const [preview, setPreview] = useState<Preview | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const outcome = useRef<HTMLHeadingElement>(null)
  const [words] = useState(() => `${wordsOfCard(card)}. ${card.contexts.map((context) => whenWords(graph.contexts[context]?.text ?? '')).join(', ')}`)
  const [asked] = useState(graph)

  useEffect(() => {
    let isOver = false
    async function look(): Promise<void> {
      const library = await bridge.call('library', null)
      const theory = library.ok ? library.value.scenarios.filter((each) => each.mode === 'theory') : []
      const inLanguage = theory.filter((each) => each.language === i18n.language)
      const all = inLanguage.length > 0 ? inLanguage : theory
      const own = bearingOrder(words, all.map(({ situation, options }) => [situation, ...options].join(' ')))
      const near = own.slice(0, 40).flatMap((index) => all[index] ?? [])
      const ranked = near.length === 0 ? null : await bridge.call('rank', { query: words.slice(0, 5_000), candidates: near.map(({ situation, options }) => [situation, ...options].join(' ')) })
      const chosen = near[(ranked?.ok === true ? ranked.value[0] : 0) ?? 0]
      if (isOver) return
      if (chosen === undefined) return setScenario(null)
      const { id, source, situation, domain, mode } = chosen
      const options = [...chosen.options]
      setScenario({ id, source, situation, options, domain, mode })
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
      {scenario === null && <p>{t('situation.none')}</p>}
      {scenario !== null && scenario !== undefined && (
        <>
          <p className="lead">{t('situation.lead')}</p>
          <p className="situation own" dir="auto">{scenario.situation}</p>
          {preview === null && <ul className="options-shown">{scenario.options.map((option) => <li key={option} className="own" dir="auto">{option}</li>)}</ul>}
        </>
      )}
      <output className="said">
        {scenario !== null && preview === null && problem === null && <p className="quiet">{t(status?.model.kind === 'loading' ? 'situation.loading' : 'situation.asking')}</p>}
        {problem !== null && <p className="notice">{t('situation.safe', { problem: sentenceOf(problem) })}</p>}
      </output>
      {preview !== null && scenario !== null && scenario !== undefined && <Answer heading={outcome} preview={preview} graph={asked} scenario={scenario} own={null} before={null} />}
      <div className="actions">
        {scenario !== null && scenario !== undefined
          ? <a className="button primary" href={addressOf({ room: 'rehearse', scenario: scenario.id })}>{t('situation.rehearse')}</a>
          : <a className="button primary" href={addressOf({ room: 'rehearse', scenario: 'new' })}>{t('situation.own')}</a>}
        <a className="button" href={addressOf({ room: 'values', card: card.id })}>{t('situation.card')}</a>
      </div>
    </article>
  )
}
