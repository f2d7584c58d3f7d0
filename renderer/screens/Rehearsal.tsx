/**
 * One situation: the options as equals, the person first, then what an agent guided by their values would do, why, and what
 * would change it. Values are mended in place, and the answer before is shown beside the answer after.
 */
import { useEffect, useRef, useState } from 'react'
import { Button, Label, RadioGroup } from 'react-aria-components'
import { toLists } from '../../shared/graph.ts'
import type { Problem } from '../../shared/result.ts'
import type { Scenario, ScenarioId } from '../../shared/schema.ts'
import { Answer, outcomeWords } from '../components/Answer.tsx'
import { Mend } from '../components/Mend.tsx'
import { Pick } from '../components/Pick.tsx'
import { Told } from '../components/Told.tsx'
import { sentenceOf, useReading, useSteward, type Answered } from '../notebook.tsx'
import { addressOf } from '../store.ts'
import { SituationForm } from './Rehearse.tsx'

export function Rehearsal({ id }: { readonly id: string }) {
  const { scenarios } = useReading()
  if (id === 'new') return <SituationForm />
  const scenario = Object.hasOwn(scenarios, id) ? scenarios[id as ScenarioId] : undefined
  if (scenario !== undefined) return <Situation scenario={scenario} />
  return (
    <div className="column">
      <h1 tabIndex={-1}>This situation is not here</h1>
      <p>It may have been taken away, here or on another device.</p>
      <p><a className="button" href={addressOf({ room: 'rehearse', scenario: null })}>Back to your situations</a></p>
    </div>
  )
}

function Situation({ scenario }: { readonly scenario: Scenario }) {
  const [isMending, setIsMending] = useState(false)
  if (isMending) return <SituationForm scenario={scenario} onDone={() => setIsMending(false)} />
  return (
    <article className="column rehearsal">
      <p className="crumb"><a href={addressOf({ room: 'rehearse', scenario: null })}>Rehearse</a></p>
      <h1 tabIndex={-1}>What would my agent do?</h1>
      <p className="situation own">{scenario.situation}</p>
      <p className="under"><Button className="plain words" onPress={() => setIsMending(true)}>Change the words of this situation</Button></p>
      {/* An answer is about these very words: with others, also where an edit is taken back or another window writes, one asks anew. */}
      <Question key={wordsOf(scenario)} scenario={scenario} />
    </article>
  )
}

function Question({ scenario }: { readonly scenario: Scenario }) {
  const { bridge, notebook, status } = useSteward()
  const { graph } = useReading()
  const last = notebook.answers.get(scenario.id)
  const [kept] = useState(last !== undefined && wordsOf(last.answered.scenario) === wordsOf(scenario) ? last : undefined)
  const [own, setOwn] = useState<string | null>(kept?.own ?? null)
  const [before, setBefore] = useState<Answered | null>(kept?.before ?? null)
  const [answered, setAnswered] = useState<Answered | null>(kept?.answered ?? null)
  const [isAsking, setIsAsking] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const outcome = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    /* What was asked for is read out, and the keyboard goes on from there; an answer that was there already takes nothing. */
    if (answered !== null && answered !== kept?.answered) outcome.current?.focus()
  }, [answered, kept])

  async function ask(): Promise<void> {
    /* The button stays as it is meanwhile, so that the focus stays on it. */
    if (isAsking) return
    setIsAsking(true)
    setProblem(null)
    const { domain, mode, situation, options } = scenario
    const asked = graph
    const result = await bridge.call('preview', { domain, mode, situation, options: [...options], ...(notebook.isSandbox ? { sandbox: toLists(asked) } : {}) })
    setIsAsking(false)
    if (!result.ok) return setProblem(result.error)
    const next = { preview: result.value, scenario, graph: asked }
    notebook.answers.set(scenario.id, { own, before: answered, answered: next })
    setBefore(answered)
    setAnswered(next)
  }

  const isChanged = answered !== null && answered.graph !== graph
  return (
    <>
      {answered === null && (
        <>
          <RadioGroup className="radios yours" value={own} onChange={setOwn}>
            <Label>You first. What would you stand behind?</Label>
            {scenario.options.map((option, at) => <Pick key={at} value={String(at)} isOwn>{option}</Pick>)}
            <Pick value="par">They are on a par</Pick>
            <Pick value="ask">I would want to be asked</Pick>
          </RadioGroup>
          <p className="quiet">You can leave this out.</p>
        </>
      )}
      {answered === null && (
        <div className="actions">
          <Button className="button primary" onPress={() => void ask()}>{isAsking ? 'Asking …' : 'What would my agent do?'}</Button>
        </div>
      )}
      <output className="said">
        {isAsking && status?.model.kind === 'loading' && <p className="quiet">The model is getting ready; the answer comes as soon as it is.</p>}
        {problem !== null && <p className="notice">{sentenceOf(problem)} Your notebook is safe.</p>}
        {answered !== null && before !== null && <Difference before={before} after={answered} options={scenario.options} />}
      </output>
      {answered !== null && (
        <>
          <Answer heading={outcome} preview={answered.preview} graph={answered.graph} scenario={scenario} said={own === null ? null : ownWords(own, scenario.options)} before={before?.preview.decision.probabilities ?? null} own={own === null ? null : Number.isNaN(Number(own)) ? null : Number(own)} />
          <Mend preview={answered.preview} />
          <div className="actions">
            <Button className="button primary" isDisabled={!isAsking && !isChanged} onPress={() => void ask()}>{isAsking ? 'Asking …' : 'See what this changes'}</Button>
            <span className="quiet">{isChanged ? 'Your values have changed since this answer.' : 'Mend something above, and ask again.'}</span>
          </div>
        </>
      )}
    </>
  )
}

function wordsOf({ domain, mode, situation, options }: Scenario): string {
  return JSON.stringify([domain, mode, situation, options])
}

function Difference({ before, after, options }: { readonly before: Answered; readonly after: Answered; readonly options: readonly string[] }) {
  const [was, is] = [before, after].map(({ preview }) => outcomeWords(preview.decision.outcome, options))
  return (
    <div className="difference">
      <p><span className="quiet">Before:</span> <Told text={was ?? ''} /></p>
      <p><span className="quiet">Now:</span> <strong><Told text={is ?? ''} /></strong></p>
      {was === is && <p className="quiet">The choice is the same; how sure it is may differ.</p>}
    </div>
  )
}

function ownWords(own: string, options: readonly string[]): string {
  if (own === 'par') return 'You said: they are on a par.'
  if (own === 'ask') return 'You said that you would want to be asked.'
  return `You said: “${options[Number(own)] ?? ''}”`
}
