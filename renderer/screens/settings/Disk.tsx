/** Who can read this disk: how the notebook's key is kept now, a passphrase for it, and what is not promised. */
import { useCallback, useEffect, useState, type SyntheticEvent } from 'react'
import { Button, DialogTrigger } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import type { DiskArgument, DiskView } from '../../../shared/disk.ts'
import { Question } from '../../components/fields/Question.tsx'
import { Secret } from '../../components/fields/Secret.tsx'
import { useSteward } from '../../notebook.tsx'
import { sentenceOf, toldWords } from '../../language/problems.ts'

/** Does it, and says `done` where that went well: null; else what stands against it. */
type Change = (argument: DiskArgument, done: string) => Promise<string | null>

export function Disk() {
  const { t } = useTranslation('disk')
  const { view, trouble, said, change } = useDisk()
  return (
    <section aria-labelledby="disk">
      <h2 id="disk">{t('title')}</h2>
      <output className="said">
        {view === null && trouble === null && <p className="quiet">{t('loading')}</p>}
        {trouble !== null && <p className="notice">{trouble}</p>}
        {said !== null && <p>{said}</p>}
      </output>
      {view !== null && <Kept view={view} change={change} />}
    </section>
  )
}

function Kept({ view, change }: { readonly view: DiskView; readonly change: Change }) {
  const { t } = useTranslation('disk')
  const { keeper, path, keychain } = view
  if (keeper === null) return <p>{t('none')}</p>
  return (
    <>
      <p>{t('sealed')}</p>
      <p>{t(keeper, { path: path ?? '' })}</p>
      {keeper === 'file' && keychain.kind === 'unsafe' && <p className="notice">{t('unsafe', { why: toldWords(keychain.why) })}</p>}
      <div className="actions">
        {keeper === 'passphrase' ? <ChangeIt change={change} /> : <SetIt change={change} />}
        {keeper === 'passphrase' && <RemoveIt change={change} />}
        {keeper === 'file' && keychain.kind === 'ready' && <Button className="button" onPress={() => void change({ do: 'keep', where: 'keychain' }, t('said.keychain'))}>{t('toKeychain')}</Button>}
        {keeper === 'keychain' && <ToFile change={change} />}
      </div>
      <details>
        <summary>{t('more')}</summary>
        <ul>{(['kept', 'open', 'files', 'seen', 'old', 'copy'] as const).map((what) => <li key={what}>{t(`more.${what}`)}</li>)}</ul>
      </details>
    </>
  )
}

function SetIt({ change }: { readonly change: Change }) {
  const { t } = useTranslation('disk')
  return (
    <Ask action={t('set')} done={t('save')} isNew submit={({ next }) => change({ do: 'passphrase', passphrase: next, current: null }, t('said.set'))} />
  )
}

function ChangeIt({ change }: { readonly change: Change }) {
  const { t } = useTranslation('disk')
  return (
    <Ask action={t('change')} done={t('save')} isNew hasCurrent submit={({ current, next }) => change({ do: 'passphrase', passphrase: next, current }, t('said.changed'))} />
  )
}

function RemoveIt({ change }: { readonly change: Change }) {
  const { t } = useTranslation('disk')
  return (
    <Ask action={t('remove')} done={t('remove')} explanation={t('remove.text')} hasCurrent submit={({ current }) => change({ do: 'remove', current }, t('said.removed'))} />
  )
}

function ToFile({ change }: { readonly change: Change }) {
  const { t } = useTranslation('disk')
  return (
    <DialogTrigger>
      <Button className="button">{t('toFile')}</Button>
      <Question heading={t('toFile')} isGrave>
        {(close) => (
          <>
            <p>{t('toFile.text')}</p>
            <div className="actions">
              <Button className="button danger" onPress={() => {
                close()
                void change({ do: 'keep', where: 'file' }, t('said.file'))
              }}>{t('toFile.do')}</Button>
              <Button className="button" onPress={close}>{t('leave')}</Button>
            </div>
          </>
        )}
      </Question>
    </DialogTrigger>
  )
}

interface Typed {
  readonly current: string
  readonly next: string
}

interface AskProps {
  /** On the button that asks, and on the one that does it. */
  readonly action: string
  readonly done: string
  readonly explanation?: string
  /** A new passphrase is asked for, and the one that there is. */
  readonly isNew?: boolean
  readonly hasCurrent?: boolean
  /** What stands against it; null where it was done. */
  readonly submit: (typed: Typed) => Promise<string | null>
}

/** Asks for passphrases in a dialog, which stays until they were right. */
function Ask(props: AskProps) {
  return (
    <DialogTrigger>
      <Button className="button">{props.action}</Button>
      <Question heading={props.action}>{(close) => <Form {...props} close={close} />}</Question>
    </DialogTrigger>
  )
}

function Form({ done, explanation, isNew = false, hasCurrent = false, submit, close }: AskProps & { readonly close: () => void }) {
  const { t } = useTranslation('disk')
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [repeat, setRepeat] = useState('')
  const [trouble, setTrouble] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  async function send(event: SyntheticEvent): Promise<void> {
    event.preventDefault()
    /* The button stays as it is meanwhile, so that the focus stays in the dialog. */
    if (isBusy) return
    if (isNew && next !== repeat) return setTrouble(t('differ'))
    setIsBusy(true)
    setTrouble(null)
    const against = await submit({ current, next })
    setIsBusy(false)
    if (against === null) close()
    else setTrouble(against)
  }
  const isReady = (!hasCurrent || current !== '') && (!isNew || next !== '')
  return (
    <form onSubmit={(event) => void send(event)}>
      {explanation !== undefined && <p>{explanation}</p>}
      {hasCurrent && <Secret label={t('current')} value={current} onChange={setCurrent} autoFocus />}
      {isNew && (
        <>
          <Secret label={t('next')} value={next} onChange={setNext} hint={t('next.hint')} autoFocus={!hasCurrent} canShow />
          <Secret label={t('repeat')} value={repeat} onChange={setRepeat} />
        </>
      )}
      <output className="said">
        {isBusy && <p className="quiet">{t('unlocking')}</p>}
        {trouble !== null && <p className="notice">{trouble}</p>}
      </output>
      <div className="actions">
        <Button type="submit" className={isNew ? 'button primary' : 'button danger'} isDisabled={!isReady}>{done}</Button>
        <Button className="button" onPress={close}>{t('leave')}</Button>
      </div>
    </form>
  )
}

function useDisk() {
  const { bridge } = useSteward()
  const [view, setView] = useState<DiskView | null>(null)
  const [trouble, setTrouble] = useState<string | null>(null)
  const [said, setSaid] = useState<string | null>(null)
  useEffect(() => {
    void bridge.call('disk', { do: 'look' }).then((result) => (result.ok ? setView(result.value) : setTrouble(sentenceOf(result.error))))
    return bridge.onEvent((event) => void (event.kind === 'disk' && setView(event.disk)))
  }, [bridge])
  const change: Change = useCallback(async (argument, done) => {
    setSaid(null)
    setTrouble(null)
    const result = await bridge.call('disk', argument)
    if (result.ok) {
      setView(result.value)
      setSaid(done)
      return null
    }
    const sentence = sentenceOf(result.error)
    if (argument.do === 'keep') setTrouble(sentence)
    return sentence
  }, [bridge])
  return { view, trouble, said, change }
}
