/** Snapshots of the notebook, a backup to keep elsewhere, and going back to either: looked at first, and taken back with one press. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { Button, DialogTrigger, FileTrigger } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import type { BackupsArgument, BackupsView, Changes, From } from '../../../shared/keep/backups.ts'
import { Field } from '../../components/fields/Field.tsx'
import { Question } from '../../components/fields/Question.tsx'
import { useSteward } from '../../notebook.tsx'
import { sentenceOf } from '../../language/problems.ts'
import { namedWords, timeWords } from '../../language/words.ts'

type Made = NonNullable<BackupsView['made']>

export function Backups() {
  const { t } = useTranslation('backups')
  const { view, trouble, said, isBusy, act, say } = useBackups()
  const [made, setMade] = useState<Made | null>(null)
  const [plan, setPlan] = useState<{ readonly from: From; readonly changes: Changes; readonly title: string } | null>(null)
  const [before, setBefore] = useState<number | null>(null)

  const look = async (from: From, title: string): Promise<void> => {
    const found = await act({ do: 'plan', from })
    if (found?.changes != null) setPlan({ from, changes: found.changes, title })
  }
  const goBack = async (from: From, done: string): Promise<void> => {
    if (isBusy) return
    setPlan(null)
    const found = await act({ do: 'restore', from })
    if (found === null) return
    setBefore(found.before)
    say(done)
  }

  return (
    <section aria-labelledby="backups" className="backups">
      <h2 id="backups">{t('title')}</h2>
      <p>{t('lead')}</p>
      <output className="said">
        {isBusy && <p className="quiet">{t('busy')}</p>}
        {trouble !== null && <p className="notice">{trouble}</p>}
        {said !== null && <p>{said}</p>}
      </output>
      {before !== null && (
        <div className="actions">
          <Button className="button" onPress={() => void goBack({ kind: 'snapshot', number: before }, t('takenBack'))}>{t('takeBack')}</Button>
        </div>
      )}
      {made === null ? (
        <div className="actions">
          <Button className="button" onPress={() => void act({ do: 'make' }).then((found) => {
            if (found?.made == null) return
            setMade(found.made)
            download(found.made)
          })}>{t('make')}</Button>
          <Button className="button" onPress={() => void act({ do: 'take' }).then((found) => found !== null && say(t('taken')))}>{t('take')}</Button>
        </div>
      ) : <Phrase made={made} done={() => setMade(null)} />}
      {plan !== null && <Plan {...plan} yes={() => void goBack(plan.from, t('restored'))} no={() => setPlan(null)} />}
      <h3>{t('snapshots')}</h3>
      <p className="quiet">{t('snapshotsText')}</p>
      {view?.problem != null && <p className="notice">{t('untaken')} {sentenceOf(view.problem)}</p>}
      {view?.snapshots.length === 0 && <p>{t('none')}</p>}
      {view !== null && view.snapshots.length > 0 && (
        <ul className="shelf">
          {view.snapshots.map(({ number, takenAt, bytes }) => (
            <li key={number} className="snapshot">
              <p><time>{timeWords(takenAt)}</time>{' '}<span className="quiet">{t('size', { size: Math.max(1, Math.ceil(bytes / 1_000)) })}</span></p>
              <div className="actions">
                <Button className="button" aria-label={namedWords(t('look'), timeWords(takenAt))} onPress={() => void look({ kind: 'snapshot', number }, timeWords(takenAt))}>{t('look')}</Button>
                <Remove when={timeWords(takenAt)} yes={() => void act({ do: 'remove', number }).then((found) => found !== null && say(t('removed')))} />
              </div>
            </li>
          ))}
        </ul>
      )}
      <FromFile look={look} />
    </section>
  )
}

/** As it is now; what was asked for comes back from `act`, null where it was refused, which is said. */
function useBackups() {
  const { bridge } = useSteward()
  const [view, setView] = useState<BackupsView | null>(null)
  const [trouble, setTrouble] = useState<string | null>(null)
  const [said, say] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  useEffect(() => void bridge.call('backups', { do: 'look' }).then((result) => (result.ok ? setView(result.value) : setTrouble(sentenceOf(result.error)))), [bridge])
  const busy = useRef(false)
  const act = useCallback(async (argument: BackupsArgument): Promise<BackupsView | null> => {
    /* The buttons stay as they are meanwhile, so that the focus stays on the one that was pressed. */
    if (busy.current) return null
    busy.current = true
    setTrouble(null)
    say(null)
    setBusy(true)
    const result = await bridge.call('backups', argument)
    busy.current = false
    setBusy(false)
    if (!result.ok) {
      setTrouble(sentenceOf(result.error))
      return null
    }
    setView(result.value)
    return result.value
  }, [bridge])
  return { view, trouble, said, isBusy, act, say }
}

/** Shown once. */
function Phrase({ made, done }: { readonly made: Made; readonly done: () => void }) {
  const { t } = useTranslation('backups')
  return (
    <div className="panel">
      <h3>{t('phrase')}</h3>
      <p>{t('phraseText', { name: made.name })}</p>
      <ol className="words" translate="no">{made.phrase.split(' ').map((word, at) => <li key={at} lang="en">{word}</li>)}</ol>
      <div className="actions">
        <Button className="button primary" onPress={done}>{t('written')}</Button>
        <Button className="button" onPress={() => download(made)}>{t('again')}</Button>
      </div>
    </div>
  )
}

function Plan({ changes, title, yes, no }: { readonly changes: Changes; readonly title: string; readonly yes: () => void; readonly no: () => void }) {
  const { t } = useTranslation('backups')
  const { added, changed, removed, rows } = changes
  const all = added + changed + removed
  return (
    <section className="panel plan" aria-label={t('plan', { title })}>
      <h3>{t('plan', { title })}</h3>
      {all === 0 ? <p>{t('same')}</p> : (
        <>
          <p>{t('counts', { added, changed, removed })}</p>
          {(['added', 'changed', 'removed'] as const).map((verb) => {
            const some = rows.filter((row) => row.verb === verb)
            return some.length === 0 ? null : (
              <details key={verb} open>
                <summary>{t(`verb.${verb}`)}</summary>
                <ul>{some.map(({ table, id, name }) => <li key={`${table} ${id}`}>{t(`table.${table}`)}{' '}<span dir="auto" className="own">{name === '' ? t('nameless') : name}</span></li>)}</ul>
              </details>
            )
          })}
          {all > rows.length && <p className="quiet">{t('more', { count: all - rows.length })}</p>}
          <p className="quiet">{t('careful')}</p>
        </>
      )}
      <div className="actions">
        {all > 0 && <Button className="button primary" onPress={yes}>{t('restore')}</Button>}
        <Button className="button" onPress={no}>{t('leave')}</Button>
      </div>
    </section>
  )
}

function Remove({ when, yes }: { readonly when: string; readonly yes: () => void }) {
  const { t } = useTranslation('backups')
  return (
    <DialogTrigger>
      <Button className="button danger" aria-label={namedWords(t('remove'), when)}>{t('remove')}</Button>
      <Question heading={t('removeQuestion', { when })} isGrave>
        {(close) => (
          <>
            <p>{t('removeText')}</p>
            <div className="actions">
              <Button className="button danger" onPress={() => {
                close()
                yes()
              }}>{t('remove')}</Button>
              <Button className="button" onPress={close}>{t('leave')}</Button>
            </div>
          </>
        )}
      </Question>
    </DialogTrigger>
  )
}

function FromFile({ look }: { readonly look: (from: From, title: string) => Promise<void> }) {
  const { t } = useTranslation('backups')
  const [file, setFile] = useState<File | null>(null)
  const [secret, setSecret] = useState('')
  const isReady = file !== null && secret.trim() !== ''
  const read = async (): Promise<void> => {
    if (!isReady) return
    await look({ kind: 'file', name: file.name, content: await base64(file), secret }, file.name)
  }
  return (
    <>
      <h3>{t('file')}</h3>
      <p>{t('fileText')}</p>
      <div className="actions">
        <FileTrigger onSelect={(files) => setFile(files?.[0] ?? null)}>
          <Button className="button">{t('choose')}</Button>
        </FileTrigger>
        {file !== null && <span dir="auto">{file.name}</span>}
      </div>
      {file !== null && (
        <>
          <Field label={t('secret')} value={secret} onChange={setSecret} isPlain isLoose hint={t('secretHint')} onEnter={() => void read()} />
          <div className="actions"><Button className="button" isDisabled={!isReady} onPress={() => void read()}>{t('lookFile')}</Button></div>
        </>
      )}
    </>
  )
}

function base64(file: File): Promise<string> {
  return new Promise((resolve) => {
    const reader = new FileReader()
    reader.addEventListener('loadend', () => resolve(String(reader.result ?? '').replace(/^[^,]*,?/u, '')))
    reader.readAsDataURL(file)
  })
}

function download({ name, content }: Made): void {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
