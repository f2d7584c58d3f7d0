/** What the agent would do: the choice or the question, what was expected and what is, because of what, what would change it, and the proof. */
import { useState, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { because, outline, type Because } from '../../shared/decision/because.ts'
import type { Change } from '../../shared/decision/change.ts'
import type { Preview } from '../../shared/ipc.ts'
import { isSameOutcome, type Forecast, type Own } from '../../shared/rehearsal.ts'
import type { CardId, Graph, Outcome, PolicyId } from '../../shared/schema.ts'
import { verify } from '../../shared/decision/verify.ts'
import { sentenceOf } from '../language/problems.ts'
import { addressOf } from '../store.ts'
import { outlineWords } from '../language/outline.ts'
import { languageWords, type Shown } from '../language/shown.ts'
import { dateWords, percents, placeWords, titleWords, whenWords } from '../language/words.ts'
import { Told } from './frame/Told.tsx'

export interface AnswerProps {
  readonly heading: RefObject<HTMLHeadingElement | null>
  readonly preview: Preview
  /** In action mode, what it would say by the words alone. */
  readonly theory?: Preview | null
  /** The notebook that it was made from. */
  readonly graph: Graph
  /** The situation in the words that a person reads. */
  readonly shown: Shown
  /** What the person would stand behind and what they expected; null where they were not asked. */
  readonly own: Own | null
  readonly forecast?: Forecast
  /** The probabilities before the last mend. */
  readonly before: readonly number[] | null
}

export function Answer({ heading, preview, theory = null, graph, shown, own, forecast = { kind: 'skipped' }, before }: AnswerProps) {
  const { t } = useTranslation('rehearse')
  const outcomeWords = useOutcomeWords()
  const ownWords = useOwnWords()
  const changeWords = useChangeWords()
  const { decision, change } = preview
  const { options, judged } = shown
  const { outcome } = decision
  const lines = because(decision)
  const chosen = outcome.kind === 'act' ? outcome.option : null
  const shares = percents(decision.probabilities)
  const sharesBefore = before === null ? [] : percents(before)
  const sharesExpected = forecast.kind === 'given' ? percents([...forecast.options, forecast.ask]) : []
  return (
    <section className="answer" aria-label={t('answer')}>
      <h2 className="outcome" ref={heading} tabIndex={-1}><Told text={outcomeWords(outcome, options)} /></h2>
      {own !== null && own.kind !== 'skipped' && <p className="yours-line"><Told text={ownWords(own, options)} /></p>}
      <ul className="bars">
        {options.map((option, at) => {
          const share = decision.probabilities[at] ?? 0
          const was = sharesBefore[at]
          const expected = forecast.kind === 'given' ? (forecast.options[at] ?? 0) : null
          return (
            <li key={at} className={at === chosen ? 'chosen' : undefined}>
              <span className="own" dir="auto">{option}</span>
              <span className="marks">
                {at === chosen && <span className="mark-agent">{t('mark.agent')}</span>}
                {own?.kind === 'option' && at === own.option && <span className="mark-you">{t('mark.you')}</span>}
              </span>
              <Bar share={share} expected={expected} />
              <span className="share">
                {shares[at]}
                {expected !== null && <span className="expected"> {t('expected', { share: sharesExpected[at] })}</span>}
                {was !== undefined && was !== shares[at] && <span className="was"> {t('was', { share: was })}</span>}
              </span>
              {judged[at] !== option && <p className="log quiet">{t('log', { log: judged[at] ?? '' })}</p>}
            </li>
          )
        })}
        {forecast.kind === 'given' && (
          <li className={outcome.kind === 'ask' ? 'chosen' : undefined}>
            <span>{t('asked.bar')}</span>
            <span className="marks">
              {outcome.kind === 'ask' && <span className="mark-agent">{t('mark.agent')}</span>}
              {own?.kind === 'ask' && <span className="mark-you">{t('mark.you')}</span>}
            </span>
            <Bar share={outcome.kind === 'ask' ? 1 : 0} expected={forecast.ask} />
            <span className="share"><span className="expected">{t('expected', { share: sharesExpected.at(-1) })}</span></span>
          </li>
        )}
      </ul>
      {preview.evidence.notes?.includes('not-english') === true && <p className="quiet">{t('not-english')}</p>}
      {theory !== null && <Modes theory={theory.decision.outcome} action={outcome} options={options} />}
      <h3>{t('because')}</h3>
      {lines.length === 0 ? <p className="quiet">{t('because.none')}</p> : <ul className="because">{lines.map((line) => <Reason key={`${line.policy} ${line.option} ${line.direction}`} line={line} option={judged[line.option] ?? line.optionText} />)}</ul>}
      <h3>{t('turn')}</h3>
      <p>{change === null ? t('turn.none') : <Told text={changeWords(change, graph, options)} />}</p>
      <Argument preview={preview} graph={graph} shown={shown} />
    </section>
  )
}

/** "It would choose “…”" or "It would ask you, because …". */
export function useOutcomeWords(): (outcome: Outcome, options: readonly string[]) => string {
  const { t } = useTranslation('rehearse')
  return (outcome, options) => (outcome.kind === 'act' ? t('agent.act', { option: options[outcome.option] ?? '' }) : t('agent.ask', { reason: t(`reason.${outcome.reason}`) }))
}

export function useOwnWords(): (own: Own, options: readonly string[]) => string {
  const { t } = useTranslation('rehearse')
  return (own, options) => (own.kind === 'option' ? t('said.option', { option: options[own.option] ?? '' }) : t(`said.${own.kind}`))
}

/** One sentence: what would have to be different, and what it would do then. */
function useChangeWords(): (change: Change, graph: Graph, options: readonly string[]) => string {
  const { t } = useTranslation('rehearse')
  return (change, graph, options) => {
    const { outcome } = change
    const outcomeWords = outcome.kind === 'act' ? t('turn.act', { option: options[outcome.option] ?? '' }) : t('turn.ask', { reason: t(`reason.${outcome.reason}`) })
    const title = (id: CardId): string => titleWords(graph.cards[id]?.title.trim() || graph.cards[id]?.policies[0]?.text || id)
    const line = (card: CardId, policy: PolicyId): string => graph.cards[card]?.policies.find(({ id }) => id === policy)?.text ?? ''
    const place = (context: string): string => (context.trim() === '' ? '' : placeWords(whenWords(context)))
    switch (change.kind) {
      case 'drop-line':
        return t('turn.drop-line', { line: line(change.card, change.policy), card: title(change.card), outcome: outcomeWords })
      case 'drop-card':
        return t('turn.drop-card', { card: title(change.card), outcome: outcomeWords })
      case 'option-detail':
        return t('turn.option-detail', { option: options[change.option] ?? '', line: line(change.card, change.policy), outcome: outcomeWords })
      case 'add-priority':
        return t('turn.add-priority', { wiser: title(change.to), than: title(change.from), when: place(change.context === null ? '' : (graph.contexts[change.context]?.text ?? '')), outcome: outcomeWords })
      case 'drop-priority': {
        const edge = graph.edges[change.edge]
        return edge === undefined ? t('turn.drop-some', { outcome: outcomeWords }) : t('turn.drop-priority', { wiser: title(edge.to), than: title(edge.from), when: place(graph.contexts[edge.context]?.text ?? ''), outcome: outcomeWords })
      }
    }
  }
}

/** Predicted as a bar, expected as a line across it; the numbers stand beside. */
function Bar({ share, expected }: { readonly share: number; readonly expected: number | null }) {
  return (
    <span className="bar" aria-hidden="true" ref={(element) => element?.style.setProperty('--share', String(share))}>
      <span />
      {expected !== null && <i ref={(element) => element?.style.setProperty('--expected', String(expected))} />}
    </span>
  )
}

function Modes({ theory, action, options }: { readonly theory: Outcome; readonly action: Outcome; readonly options: readonly string[] }) {
  const { t } = useTranslation('rehearse')
  const outcomeWords = useOutcomeWords()
  const isSame = isSameOutcome(theory, action)
  return (
    <div className={isSame ? 'modes' : 'modes differ'}>
      <h3>{t('modes')}</h3>
      <p><Told text={t('modes.theory', { outcome: outcomeWords(theory, options) })} /></p>
      <p><Told text={t('modes.action', { outcome: outcomeWords(action, options) })} /></p>
      <p className={isSame ? 'quiet' : undefined}>{t(isSame ? 'modes.same' : 'modes.differ')}</p>
    </div>
  )
}

function Reason({ line, option }: { readonly line: Because; readonly option: string }) {
  const { t } = useTranslation('rehearse')
  const { overruledBy } = line
  return (
    <li className={line.label}>
      <p><q className="own" dir="auto">{line.quote}</q> <a className="quiet" dir="auto" href={addressOf({ room: 'values', card: line.card })}>{line.title}</a></p>
      <p className="bears">{t(`direction.${line.direction}`)} <span className="own" dir="auto">{option}</span></p>
      {overruledBy !== null && (
        <p className="quiet">{t('overruled', {
          title: overruledBy.title, when: overruledBy.context === null ? '' : placeWords(whenWords(overruledBy.context)),
          since: overruledBy.since === null || overruledBy.since === 0 ? '' : t('overruled.since', { date: dateWords(overruledBy.since) })
        })}</p>
      )}
    </li>
  )
}

function Argument({ preview, graph, shown }: { readonly preview: Preview; readonly graph: Graph; readonly shown: Shown }) {
  const { t } = useTranslation('rehearse')
  const { t: label } = useTranslation('argument')
  const [checked, setChecked] = useState<ReturnType<typeof verify> | null>(null)
  const { certificate } = preview.decision
  const { inputs } = certificate
  /* Told in the words that a person reads, proved in those that the agent read. */
  const told = shown.original === null ? certificate : { ...certificate, inputs: { ...inputs, scenario: { ...inputs.scenario, options: [...shown.judged] } } }
  const lines = outline(told)
  const words = outlineWords(lines)
  return (
    <details className="argument">
      <summary>{t('argument')}</summary>
      {shown.original !== null && <p className="quiet">{t('original.argument', { language: languageWords(shown.original) })}</p>}
      <ul className="outline">
        {lines.map((line, at) => (
          <li key={at} className={`depth-${line.depth}`}>
            {line.label !== null && <span className={`label ${line.label}`}>{label(`label.${line.label}`)}</span>} <span><Told text={words[at] ?? ''} /></span>
          </li>
        ))}
      </ul>
      <div className="actions">
        <Button className="button" onPress={() => setChecked(verify(certificate, graph))}>{t('check')}</Button>
        <output>{checked !== null && (checked.ok ? t('checked') : t('checked.not', { problem: sentenceOf(checked.error) }))}</output>
      </div>
      <p className="quiet">{t('readBy', { model: certificate.inputs.model.name })}</p>
    </details>
  )
}
