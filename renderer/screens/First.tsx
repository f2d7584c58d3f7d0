/**
 * From a choice to a value, in three steps: what happened, what one paid attention to (in one's own words, found in the
 * story), and its name. Nothing is written before the last step, and nothing is suggested that the person did not write.
 */
import { useEffect, useRef, useState } from 'react'
import { Button, CheckboxButton, CheckboxField } from 'react-aria-components'
import { addCard, setStatus } from '../../shared/commands/card.ts'
import { addContext } from '../../shared/commands/context.ts'
import { Field } from '../components/Field.tsx'
import { newMaker, perform, useNotebook } from '../notebook.tsx'
import { phrasesIn } from '../phrases.ts'
import { go, useView } from '../store.ts'
import { firstQuestion } from '../words.ts'

interface Line {
  readonly text: string
  readonly isKept: boolean
}

type Step = 'story' | 'lines' | 'name'

export function First({ isFirst = false }: { readonly isFirst?: boolean }) {
  const { doc } = useNotebook()
  const { setSandbox, say } = useView()
  const [step, setStep] = useState<Step>('story')
  const [story, setStory] = useState('')
  const [lines, setLines] = useState<readonly Line[]>([])
  const [title, setTitle] = useState('')
  const [context, setContext] = useState('')
  const heading = useRef<HTMLHeadingElement>(null)
  /* The steps with one field begin in it. */
  useEffect(() => {
    if (step === 'lines') heading.current?.focus()
  }, [step])
  const kept = lines.filter((line) => line.isKept && line.text.trim() !== '')

  const change = (at: number, next: Partial<Line>): void => setLines(lines.map((line, index) => (index === at ? { ...line, ...next } : line)))

  function keep(): void {
    const maker = newMaker()
    const contexts = context.trim() === '' ? [] : [perform(addContext(doc, context.trim(), maker))].filter((id) => id !== null)
    const card = perform(addCard(doc, { title: title.trim(), story: story.trim(), policies: kept.map((line) => line.text.trim()), contexts }, maker))
    if (card === null) return
    perform(setStatus(doc, card, 'endorsed', maker))
    say(`‘${title.trim()}’ is kept, and in force.`)
    go({ room: 'values', card })
  }

  return (
    <div className="column first">
      {step === 'story' && (
        <>
          <h1 tabIndex={-1} className="question">{firstQuestion}</h1>
          <Field isLoose label="What happened" isLabelHidden isLong value={story} onChange={setStory} autoFocus placeholder="Two or three sentences are enough." />
          <div className="actions">
            <Button className="button primary" isDisabled={story.trim() === ''} onPress={() => {
              setLines([...phrasesIn(story).map((text) => ({ text, isKept: true })), { text: '', isKept: true }])
              setStep('lines')
            }}>Go on</Button>
            {isFirst && <Button className="button" onPress={() => {
              setSandbox(true)
              go({ room: 'values', card: null })
            }}>Show me an example instead</Button>}
          </div>
          {isFirst && <p className="quiet">What you write stays on this device. Nobody else sees it.</p>}
        </>
      )}
      {step === 'lines' && (
        <>
          <h1 tabIndex={-1} ref={heading}>What did you pay attention to?</h1>
          <p className="lead">These are your own words. Keep what you looked at when you chose, mend it, or leave it out.</p>
          <ol className="lines">
            {lines.map((line, at) => (
              <li key={at}>
                <CheckboxField aria-label={line.text.trim() === '' ? `Keep line ${at + 1}` : `Keep “${line.text}”`} isSelected={line.isKept} onChange={(isKept) => change(at, { isKept })}>
                  <CheckboxButton className="check"><span className="box" aria-hidden="true" /></CheckboxButton>
                </CheckboxField>
                <Field isLoose label={`Line ${at + 1}`} isLabelHidden value={line.text} onChange={(text) => change(at, { text, isKept: true })} placeholder="Something else you looked at, e.g. MOMENTS when …" />
              </li>
            ))}
          </ol>
          <div className="actions">
            <Button className="button primary" isDisabled={kept.length === 0} onPress={() => setStep('name')}>Go on</Button>
            <Button className="button" onPress={() => setLines([...lines, { text: '', isKept: true }])}>Another line</Button>
            <Button className="button" onPress={() => setStep('story')}>Back</Button>
          </div>
        </>
      )}
      {step === 'name' && (
        <>
          <h1 tabIndex={-1}>What do you call it?</h1>
          <Field isLoose label="Its name" value={title} onChange={setTitle} autoFocus hint="Two to five words, as you would say them." />
          <Field isLoose label="When does it show up?" value={context} onChange={setContext} placeholder="when a friend needs me" hint="The kind of situation. You can leave this for later." />
          <ul className="kept">{kept.map((line) => <li key={line.text} className="own">{line.text}</li>)}</ul>
          <div className="actions">
            <Button className="button primary" isDisabled={title.trim() === ''} onPress={keep}>Keep it</Button>
            <Button className="button" onPress={() => setStep('lines')}>Back</Button>
          </div>
        </>
      )}
    </div>
  )
}
