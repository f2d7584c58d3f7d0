/** The situations that one rehearses, and a new one: what happens, and two to six options. */
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { addScenario, editScenario, removeScenario } from '../../shared/commands/scenario.ts'
import { valuesOf } from '../../shared/graph.ts'
import { limits, type Scenario } from '../../shared/schema.ts'
import { Field } from '../components/Field.tsx'
import { newMaker, perform, useNotebook, useReading } from '../notebook.tsx'
import { addressOf, go, useView } from '../store.ts'
import { counted, dateWords } from '../words.ts'

export function Rehearse() {
  const { doc } = useNotebook()
  const { scenarios } = useReading()
  const say = useView((view) => view.say)
  const all = [...valuesOf(scenarios)].sort((left, right) => right.createdAt - left.createdAt || (left.id < right.id ? -1 : 1))
  return (
    <div className="column">
      <header className="head">
        <div>
          <h1 tabIndex={-1}>Rehearse</h1>
          <p className="lead">What would my agent do, and why?</p>
        </div>
        <a className="button primary" href={addressOf({ room: 'rehearse', scenario: 'new' })}>Rehearse a situation</a>
      </header>
      {all.length === 0 && <p className="quiet">No situation yet. Describe one that an agent of yours could meet, with two options or more.</p>}
      <ul className="cards">
        {all.map((scenario) => (
          <li key={scenario.id} className="with-tool">
            <a className="card" href={addressOf({ room: 'rehearse', scenario: scenario.id })}>
              <span className="line own">{scenario.situation}</span>
              <span className="quiet">{counted(scenario.options.length, 'option', 'options')}{scenario.domain === '' ? '' : ` · ${scenario.domain}`} · {dateWords(scenario.createdAt)}</span>
            </a>
            <Button className="plain" aria-label={`Take away “${scenario.situation.slice(0, 60)}”`} onPress={() => {
              if (perform(removeScenario(doc, scenario.id)) !== null) say('Taken away. Ctrl or Cmd with Z brings it back.')
            }}>✕</Button>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** A new situation, or the words of one that is there. */
export function SituationForm({ scenario, onDone }: { readonly scenario?: Scenario; readonly onDone?: () => void }) {
  const { doc } = useNotebook()
  const [situation, setSituation] = useState(scenario?.situation ?? '')
  const [domain, setDomain] = useState(scenario?.domain ?? '')
  const [options, setOptions] = useState<readonly string[]>(scenario?.options ?? ['', ''])
  const filled = options.map((option) => option.trim()).filter((option) => option !== '')
  const areDifferent = new Set(filled).size === filled.length

  function begin(): void {
    const words = { domain: domain.trim(), situation: situation.trim(), options: filled }
    if (scenario !== undefined) {
      if (perform(editScenario(doc, scenario.id, words)) !== null) onDone?.()
      return
    }
    const id = perform(addScenario(doc, { ...words, mode: 'theory', source: 'yours' }, newMaker()))
    if (id !== null) go({ room: 'rehearse', scenario: id })
  }

  return (
    <div className="column">
      <p className="crumb"><a href={addressOf({ room: 'rehearse', scenario: null })}>Rehearse</a></p>
      <h1 tabIndex={-1}>{scenario === undefined ? 'A situation' : 'The words of this situation'}</h1>
      <Field isLoose label="What is the situation?" isLong value={situation} onChange={setSituation} autoFocus placeholder="A friend wrote to cancel tonight. You …" />
      <fieldset className="options">
        <legend>What could be done? Two to six options, as equals.</legend>
        {options.map((option, at) => (
          <div className="option" key={at}>
            <Field isLoose label={`Option ${at + 1}`} isLong rows={1} value={option} onChange={(next) => setOptions(options.map((other, index) => (index === at ? next : other)))} />
            {options.length > 2 && <Button className="plain" aria-label={`Take away option ${at + 1}`} onPress={() => setOptions(options.filter((_, index) => index !== at))}>✕</Button>}
          </div>
        ))}
        <Button className="button" isDisabled={options.length >= limits.optionsMax} onPress={() => setOptions([...options, ''])}>Another option</Button>
      </fieldset>
      <Field isLoose label="What part of life is it? (if you like)" isPlain value={domain} onChange={setDomain} placeholder="friendship, work, money …" />
      {!areDifferent && <output className="said hint">Two of the options are the same.</output>}
      <div className="actions">
        <Button className="button primary" isDisabled={situation.trim() === '' || filled.length < 2 || !areDifferent} onPress={begin}>{scenario === undefined ? 'Rehearse it' : 'Keep these words'}</Button>
        {scenario !== undefined && <Button className="button" onPress={() => onDone?.()}>Leave it as it was</Button>}
      </div>
    </div>
  )
}
