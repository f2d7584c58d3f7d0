/** How it looks; the whole notebook to a file and from one, with what would change shown before anything does. */
import { useRef, useState } from 'react'
import { Button, Label, RadioGroup } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import type { ImportPlan } from '../../shared/ipc.ts'
import { Pick } from '../components/Pick.tsx'
import { sentenceOf, useSteward } from '../notebook.tsx'
import { themes, useView, type Theme } from '../store.ts'
import { themeWords } from '../words.ts'

interface Chosen {
  readonly name: string
  readonly text: string
  readonly plan: ImportPlan
}

export function Settings() {
  const { bridge, status, notebook } = useSteward()
  const { theme, setTheme, say } = useView()
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const [trouble, setTrouble] = useState<string | null>(null)
  const input = useRef<HTMLInputElement>(null)
  const { t: models } = useTranslation('models')

  async function save(): Promise<void> {
    const file = await bridge.call('exportNative', null)
    if (!file.ok) return say(sentenceOf(file.error))
    const address = URL.createObjectURL(new Blob([file.value], { type: 'application/json' }))
    const link = document.createElement('a')
    link.href = address
    link.download = 'values-steward.json'
    link.click()
    setTimeout(() => URL.revokeObjectURL(address), 10_000)
  }

  async function look(file: File): Promise<void> {
    setChosen(null)
    setTrouble(null)
    if (file.size > 64 * 1024 * 1024) return setTrouble('The file is larger than 64 MB. Give a smaller one.')
    let text: string
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer())
    } catch {
      return setTrouble('The file is not UTF-8 text. Save it as UTF-8 and try again; nothing was changed.')
    }
    const plan = await bridge.call('planImport', { name: file.name, text })
    if (plan.ok) setChosen({ name: file.name, text, plan: plan.value })
    else setTrouble(`${sentenceOf(plan.error)} Nothing was changed.`)
  }

  async function take({ name, text }: Chosen): Promise<void> {
    const done = await bridge.call('applyImport', { name, text })
    setChosen(null)
    if (done.ok) say(`Taken in: ${done.value.added} new, ${done.value.changed} changed.`)
    else setTrouble(sentenceOf(done.error))
  }

  return (
    <div className="column">
      <h1 tabIndex={-1}>Settings</h1>
      <RadioGroup className="radios" value={theme} onChange={(next) => setTheme(next as Theme)}>
        <Label>How it looks</Label>
        {themes.map((each) => <Pick key={each} value={each}>{themeWords[each]}</Pick>)}
      </RadioGroup>
      <h2>{models('title')}</h2>
      <p><a href="#/settings/models">{models('link')}</a></p>
      <h2>Your notebook as a file</h2>
      {notebook.isSandbox && <p className="quiet">This is about your own notebook, not about the example.</p>}
      <p>Everything that is in it, in one file that this app can read again.</p>
      <div className="actions">
        <Button className="button" onPress={() => void save()}>Save it to a file</Button>
        <Button className="button" onPress={() => input.current?.click()}>Take in a file …</Button>
        <input ref={input} type="file" accept=".json,application/json" className="hidden-file" aria-label="The file to take in" tabIndex={-1} onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (file !== undefined) void look(file)
        }} />
      </div>
      <output className="said">
        {trouble !== null && <p className="notice">{trouble}</p>}
        {chosen !== null && (
          <div className="panel">
            <h3>What “{chosen.name}” would change</h3>
            <p>{chosen.plan.added} new, {chosen.plan.changed} changed, {chosen.plan.same} already there.</p>
            <ul>{chosen.plan.lines.map((line, at) => <li key={at}>{line}</li>)}</ul>
            <div className="actions">
              <Button className="button primary" isDisabled={chosen.plan.added + chosen.plan.changed === 0} onPress={() => void take(chosen)}>Take it in</Button>
              <Button className="button" onPress={() => setChosen(null)}>Leave it</Button>
            </div>
          </div>
        )}
      </output>
      <p className="quiet about">Values Steward {status?.version ?? ''}{status?.model.kind === 'ready' ? ` · reads with ${status.model.name}, on this device` : ''}</p>
    </div>
  )
}
