/** What the agent would do: the choice or the question, how sure it is, because of what, what would change it, and the proof. */
import { useState, type RefObject } from 'react'
import { Button } from 'react-aria-components'
import { because, outline, reasons, type Because } from '../../shared/because.ts'
import { sentence } from '../../shared/change.ts'
import type { Preview } from '../../shared/ipc.ts'
import type { Graph, Outcome, Scenario } from '../../shared/schema.ts'
import { verify } from '../../shared/verify.ts'
import { sentenceOf } from '../notebook.tsx'
import { addressOf } from '../store.ts'
import { dateWords, percent, whenWords } from '../words.ts'
import { Told } from './Told.tsx'

export interface AnswerProps {
  readonly heading: RefObject<HTMLHeadingElement | null>
  readonly preview: Preview
  /** The notebook that it was made from. */
  readonly graph: Graph
  readonly scenario: Scenario
  /** The option that the person would stand behind. */
  readonly own: number | null
  /** What they said before they saw the answer, in a sentence. */
  readonly said: string | null
  /** The probabilities before the last mend. */
  readonly before: readonly number[] | null
}

export function Answer({ heading, preview, graph, scenario, own, said, before }: AnswerProps) {
  const { decision, change } = preview
  const lines = because(decision)
  const chosen = decision.outcome.kind === 'act' ? decision.outcome.option : null
  return (
    <section className="answer" aria-label="The answer">
      <h2 className="outcome" ref={heading} tabIndex={-1}><Told text={outcomeWords(decision.outcome, scenario.options)} /></h2>
      {said !== null && <p className="yours-line"><Told text={said} /></p>}
      <ul className="bars">
        {scenario.options.map((option, at) => {
          const share = decision.probabilities[at] ?? 0
          const was = before?.[at]
          return (
            <li key={at} className={at === chosen ? 'chosen' : undefined}>
              <span className="own">{option}</span>
              <span className="marks">
                {at === chosen && <span className="mark-agent">◆ your agent</span>}
                {at === own && <span className="mark-you">● you</span>}
              </span>
              <span className="bar" aria-hidden="true"><span ref={(element) => element?.style.setProperty('--share', String(share))} /></span>
              <span className="share">{percent(share)}{was !== undefined && percent(was) !== percent(share) && <span className="was"> was {percent(was)}</span>}</span>
            </li>
          )
        })}
      </ul>
      <h3>Because</h3>
      {lines.length === 0 ? <p className="quiet">None of your lines says anything clear about these options.</p> : <ul className="because">{lines.map((line) => <Reason key={`${line.policy} ${line.option} ${line.direction}`} line={line} />)}</ul>}
      <h3>What would change it</h3>
      <p>{change === null ? 'No single change that was tried would turn it.' : <Told text={sentence(change, graph, scenario)} />}</p>
      <Argument preview={preview} graph={graph} />
    </section>
  )
}

/** "It would choose “…”" or "It would ask you, because …". */
export function outcomeWords(outcome: Outcome, options: readonly string[]): string {
  return outcome.kind === 'act' ? `It would choose “${options[outcome.option] ?? ''}”` : `It would ask you, because ${reasons[outcome.reason]}`
}

function Reason({ line }: { readonly line: Because }) {
  const { overruledBy } = line
  return (
    <li className={line.label}>
      <p><q className="own">{line.quote}</q> <a className="quiet" href={addressOf({ room: 'values', card: line.card })}>{line.title}</a></p>
      <p className="bears">{line.direction === 'for' ? 'speaks for' : 'speaks against'} <span className="own">{line.optionText}</span></p>
      {overruledBy !== null && (
        <p className="quiet">It does not count here: you hold ‘{overruledBy.title}’ wiser{overruledBy.context === null ? '' : ` ${whenWords(overruledBy.context)}`}{overruledBy.since === null || overruledBy.since === 0 ? '' : ` (you said so on ${dateWords(overruledBy.since)})`}.</p>
      )}
    </li>
  )
}

const labelWords = { in: 'IN', out: 'OUT', undecided: 'UNDECIDED' } as const

/** The label stands before the line already. */
function withoutLabel(text: string): string {
  return text.replace(/ (?:IN|OUT|UNDECIDED)(?:$|:? (?=\p{Ll}))/u, ' ').replace(/\. (\p{Ll})([^.]*)$/u, (_, first: string, rest: string) => `. ${first.toUpperCase()}${rest}`).trim()
}

function Argument({ preview, graph }: { readonly preview: Preview; readonly graph: Graph }) {
  const [checked, setChecked] = useState<string | null>(null)
  const { certificate } = preview.decision
  return (
    <details className="argument">
      <summary>Show the whole argument</summary>
      <ul className="outline">
        {outline(certificate).map((line, at) => (
          <li key={at} className={`depth-${line.depth}`}>
            {line.label !== null && <span className={`label ${line.label}`}>{labelWords[line.label]}</span>} {line.label === null ? line.text : withoutLabel(line.text)}
          </li>
        ))}
      </ul>
      <div className="actions">
        <Button className="button" onPress={() => {
          const result = verify(certificate, graph)
          setChecked(result.ok ? 'Checked: each step follows from your cards and from what the model said. No model was used to check it.' : `It does not hold. ${sentenceOf(result.error)}`)
        }}>Check it</Button>
        <output>{checked}</output>
      </div>
      <p className="quiet">Read by {certificate.inputs.model.name}, on this device.</p>
    </details>
  )
}
