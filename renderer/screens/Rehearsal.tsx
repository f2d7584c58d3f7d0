/**
 * One situation: the options as equals, the person first, then what an agent guided by their values would do, why, and what
 * would change it. Values are mended in place, and the answer before is shown beside the answer after.
 */
import { useState } from 'react'
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
  const { bridge, notebook, status } = useSteward()
  const { graph } = useReading()
  const kept = notebook.answers.get(scenario.id)
  const [own, setOwn] = useState<string | null>(kept?.own ?? null)
  const [before, setBefore] = useState<Answered | null>(kept?.before ?? null)
  const [answered, setAnswered] = useState<Answered | null>(kept?.answered ?? null)
  const [isAsking, setIsAsking] = useState(false)
  const [isMending, setIsMending] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)

  async function ask(): Promise<void> {
    setIsAsking(true)
    setProblem(null)
    const { domain, mode, situation, options } = scenario
    const asked = graph
    const result = await bridge.call('preview', { domain, mode, situation, options: [...options], ...(notebook.isSandbox ? { sandbox: toLists(asked) } : {}) })
    setIsAsking(false)
    if (!result.ok) return setProblem(result.error)
    const next = { preview: result.value, graph: asked }
    notebook.answers.set(scenario.id, { own, before: answered, answered: next })
    setBefore(answered)
    setAnswered(next)
  }

  function mended(): void {
    notebook.answers.delete(scenario.id)
    setOwn(null)
    setBefore(null)
    setAnswered(null)
    setIsMending(false)
  }

  if (isMending) return <SituationForm scenario={scenario} onDone={mended} />
  const isChanged = answered !== null && answered.graph !== graph
  return (
    <article className="column rehearsal">
      <p className="crumb"><a href={addressOf({ room: 'rehearse', scenario: null })}>Rehearse</a></p>
      <h1 tabIndex={-1}>What would my agent do?</h1>
      <p className="situation own">{scenario.situation}</p>
      <p className="under"><Button className="plain words" onPress={() => setIsMending(true)}>Change the words of this situation</Button></p>
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
          <Button className="button primary" isDisabled={isAsking} onPress={() => void ask()}>{isAsking ? 'Asking …' : 'What would my agent do?'}</Button>
        </div>
      )}
      <output className="said">
        {isAsking && status?.model.kind === 'loading' && <p className="quiet">The model is getting ready; the answer comes as soon as it is.</p>}
        {problem !== null && <p className="notice">{sentenceOf(problem)} Your notebook is safe.</p>}
        {answered !== null && before !== null && <Difference before={before} after={answered} options={scenario.options} />}
      </output>
      {answered !== null && (
        <>
          <Answer preview={answered.preview} graph={answered.graph} scenario={scenario} said={own === null ? null : ownWords(own, scenario.options)} before={before?.preview.decision.probabilities ?? null} own={own === null ? null : Number.isNaN(Number(own)) ? null : Number(own)} />
          <Mend preview={answered.preview} />
          <div className="actions">
            <Button className="button primary" isDisabled={isAsking || !isChanged} onPress={() => void ask()}>{isAsking ? 'Asking …' : 'See what this changes'}</Button>
            {!isChanged && <span className="quiet">Mend something above, and ask again.</span>}
          </div>
        </>
      )}
    </article>
  )
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
