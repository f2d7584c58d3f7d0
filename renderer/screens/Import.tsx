/** Taking in a file: what it would change, a choice for everything that is here in other words, and the way back. */
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Label, ProgressBar, RadioGroup } from 'react-aria-components'
import type { Clash, Named, Study } from '../../shared/file/study.ts'
import { Changed } from '../components/Changed.tsx'
import { useFocusKept } from '../components/frame/kept.ts'
import { Pick } from '../components/fields/Pick.tsx'
import { chooseFor, chosenFor, leaveFile, lookAtFile, refuseFile, stop, take, useTaking, type Stranger, type Taking } from '../tasks/files.ts'
import { takeLibrary } from '../tasks/library.ts'
import { useSteward } from '../notebook.tsx'
import { sentenceOf } from '../language/problems.ts'
import { packTitle } from '../language/shown.ts'
import { addressOf, go, useView } from '../store.ts'
import { percent } from '../language/words.ts'

export function Import() {
  const { t } = useTranslation('files')
  const { replica, notebook } = useSteward()
  const { taking } = useTaking()
  const input = useRef<HTMLInputElement>(null)
  const choose = useFocusKept<HTMLButtonElement>(taking.kind)
  const isBusy = taking.kind === 'reading' || taking.kind === 'taking'
  return (
    <div className="column">
      <p className="crumb"><a href={addressOf({ room: 'settings' })}>{t('crumb')}</a></p>
      <h1 tabIndex={-1}>{t('title')}</h1>
      <p className="lead">{t('lead')}</p>
      {notebook.isSandbox && <p className="quiet">{t('own')}</p>}
      <div className="actions">
        {/* Stays as it is meanwhile, so that the focus stays on it. */}
        <Button ref={choose} className={taking.kind === 'ready' ? 'button' : 'button primary'} onPress={() => void (!isBusy && input.current?.click())}>{t('choose')}</Button>
        <input ref={input} type="file" className="hidden-file" aria-label={t('field')} tabIndex={-1} onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (file !== undefined) void lookAtFile(file, replica)
        }} />
      </div>
      <p className="quiet">{t('drag')}</p>
      <Standing taking={taking} />
    </div>
  )
}

function Standing({ taking }: { readonly taking: Taking }) {
  const { t } = useTranslation('files')
  const { replica } = useSteward()
  switch (taking.kind) {
    case 'none':
      return <output className="said" />
    case 'reading':
    case 'taking':
      return <Under label={t(taking.kind === 'reading' ? 'reading' : 'taking', { name: taking.name })} share={taking.share} />
    case 'stranger':
      return <Strange key={taking.name} {...taking} />
    case 'refused':
      return <output className="said"><p className="notice">{taking.problem === 'large' || taking.problem === 'notText' ? t(`refused.${taking.problem}`, { name: taking.name }) : t('refused', { name: taking.name, problem: sentenceOf(taking.problem) })}</p></output>
    case 'stopped':
      return <output className="said">{t('stopped', { name: taking.name })}</output>
    case 'taken':
      return (
        <>
          <output className="said">{t('taken', { name: taking.name, count: taking.count })}</output>
          {!taking.study.isOurs && <p>{t('drafts')}</p>}
          <div className="actions">
            <a className="button primary" href={addressOf({ room: 'values', card: null })}>{t('toValues')}</a>
            {taking.count > 0 && <Button className="button" onPress={() => {
              replica.undo.undo()
              leaveFile()
              useView.getState().say(t('back'))
            }}>{t('takeBack')}</Button>}
          </div>
        </>
      )
    case 'ready':
      return <Ready key={taking.name} name={taking.name} study={taking.study} choices={taking.choices} />
  }
}

function Under({ label, share }: { readonly label: string; readonly share: number }) {
  const { t } = useTranslation('files')
  return (
    <div className="job">
      <output className="quiet">{label}</output>
      <ProgressBar aria-label={label} value={share * 100} valueLabel={percent(share)}>
        <span className="bar" ref={(element) => element?.style.setProperty('--share', String(share))}><span /></span>
      </ProgressBar>
      <Button className="button" onPress={stop}>{t('stop')}</Button>
    </div>
  )
}

/** What it is, and where it belongs. */
function Strange({ name, stranger, text }: { readonly name: string; readonly stranger: Stranger; readonly text: string }) {
  const { t, i18n } = useTranslation('files')
  const { bridge } = useSteward()
  const [trouble, setProblem] = useState<string | null>(null)
  async function addPack(): Promise<void> {
    const added = await bridge.call('addPack', { name, text })
    if (!added.ok) return setProblem(sentenceOf(added.error))
    takeLibrary(added.value.library)
    leaveFile()
    go({ room: 'rehearse', scenario: null })
    const pack = added.value.library.packs.find(({ id }) => id === added.value.added)
    useView.getState().say(t('pack.added', { title: pack === undefined ? name : packTitle(pack, i18n.language), count: pack?.count ?? 0 }))
  }
  return (
    <section className="panel" aria-label={t(`stranger.${stranger}.is`)}>
      <output><strong>{t(`stranger.${stranger}.is`)}</strong></output>
      <p>{t(`stranger.${stranger}.belongs`)}</p>
      {trouble !== null && <p className="notice">{trouble}</p>}
      <div className="actions">
        {stranger === 'pack' && <Button className="button primary" onPress={() => void addPack()}>{t('pack.add')}</Button>}
        {stranger === 'log' && <a className="button primary" href={addressOf({ room: 'rehearse', scenario: 'paste' })}>{t('log.go')}</a>}
        {stranger === 'page' && <a className="button primary" href={addressOf({ room: 'words', session: null, card: null })}>{t('page.words')}</a>}
        {stranger === 'page' && <a className="button" href={addressOf({ room: 'rehearse', scenario: 'compare' })}>{t('page.compare')}</a>}
        {stranger === 'folder' && <a className="button primary" href={addressOf({ room: 'settings', page: 'models' })}>{t('folder.go')}</a>}
        <Button className="button" onPress={leaveFile}>{t('leave')}</Button>
      </div>
    </section>
  )
}

const atOnce = 20
const mostNames = 200

function Ready({ name, study, choices }: { readonly name: string; readonly study: Study; readonly choices: ReadonlyMap<string, 'here' | 'file'> }) {
  const { t } = useTranslation('files')
  const { replica, status } = useSteward()
  const { setSandbox } = useView()
  const { clashes } = study
  const [shown, setShown] = useState(atOnce)
  const keys = clashes.map(({ key }) => key)
  const fromFile = clashes.filter((clash) => chosenFor(clash, choices) === 'file').length
  const count = study.added + study.extended + fromFile
  const isReadOnly = status?.storage.kind === 'read-only'
  return (
    <section className="panel taking" aria-label={t('would', { name })}>
      <h2>{t('would', { name })}</h2>
      <output>{t('counts', { added: study.added, extended: study.extended, clashing: clashes.length, same: study.same })}</output>
      <p>{t(study.isOurs ? 'ours' : 'drafts')}</p>
      {study.flagged.length > 0 && (
        <div className="notice">
          <p>{t('flagged', { count: study.flagged.length })}</p>
          <ul>{study.flagged.slice(0, atOnce).map(({ text, ...named }, at) => <li key={at}>{t('flagged.one', { what: nameOf(named, t), text: text.slice(0, 200) })}</li>)}</ul>
        </div>
      )}
      {study.taken.length > 0 && (
        <details>
          <summary>{t('new', { count: study.taken.length })}</summary>
          <ul>{study.taken.slice(0, mostNames).map((named, at) => <li key={at}>{nameOf(named, t)}</li>)}</ul>
          {study.taken.length > mostNames && <p className="quiet">{t('more', { count: study.taken.length - mostNames })}</p>}
        </details>
      )}
      {clashes.length > 0 && (
        <>
          <h3>{t('clashes', { count: clashes.length })}</h3>
          <p>{t('clashes.text')}</p>
          <div className="actions tight">
            <Button className="button" onPress={() => chooseFor(keys, 'here')}>{t('all.here')}</Button>
            <Button className="button" onPress={() => chooseFor(keys, 'file')}>{t('all.file')}</Button>
            <Button className="button" onPress={() => chooseFor(keys, 'suggested')}>{t('all.suggested')}</Button>
          </div>
          <output className="said quiet">{t('chosen', { here: clashes.length - fromFile, file: fromFile })}</output>
          <ul className="clashes">
            {clashes.slice(0, shown).map((clash) => <li key={clash.key}><Choosing clash={clash} choice={chosenFor(clash, choices)} /></li>)}
          </ul>
          {shown < clashes.length && <Button className="button" onPress={() => setShown(shown + atOnce)}>{t('showMore', { count: Math.min(atOnce, clashes.length - shown) })}</Button>}
        </>
      )}
      {isReadOnly && <p className="notice">{sentenceOf(status.storage.problem)}</p>}
      <div className="actions">
        <Button className="button primary" isDisabled={count === 0 || isReadOnly} onPress={() => {
          /* It goes into one's own notebook, so that is what one sees then. */
          setSandbox(false)
          void take(replica)
        }}>{t('take', { count })}</Button>
        <Button className="button" onPress={leaveFile}>{t('leave')}</Button>
      </div>
    </section>
  )
}

function Choosing({ clash, choice }: { readonly clash: Clash; readonly choice: 'here' | 'file' }) {
  const { t } = useTranslation('files')
  const fields = [...new Set(clash.fields.filter((field) => known.has(field)))].map((field) => t(`field.${field}`))
  return (
    <RadioGroup className="radios" value={choice} onChange={(next) => chooseFor([clash.key], next as 'here' | 'file')}>
      <Label>{nameOf(clash, t)}</Label>
      {fields.length > 0 && <p className="quiet">{t('differs', { fields: new Intl.ListFormat(t('locale'), { type: 'unit' }).format(fields) })}</p>}
      {clash.here !== clash.file && <p className="beside-texts"><Changed was={clash.here} is={clash.file} /></p>}
      <Pick value="here">{t(clash.newer === 'here' ? 'here.newer' : 'here')}</Pick>
      <Pick value="file">{t(clash.newer === 'file' ? 'file.newer' : 'file')}</Pick>
    </RadioGroup>
  )
}

/** Fields that have a word of their own; the others are seen in the texts. */
const known: ReadonlySet<string> = new Set(['title', 'story', 'obstacles', 'policies', 'contexts', 'status', 'kind', 'text', 'options', 'situation', 'domain', 'author'])

function nameOf({ table, title }: Named, t: (key: string, values: Readonly<Record<string, string>>) => string): string {
  return t(`record.${table}`, { title })
}

/** Of what is dropped: one file is looked at, a folder or several are told of. */
export function takeDropped(transfer: DataTransfer, replica: Parameters<typeof lookAtFile>[1]): void {
  const [file, second] = transfer.files
  if (file === undefined) return
  go({ room: 'settings', page: 'import' })
  if (second !== undefined) return refuseFile(file.name, 'many')
  const isFolder = [...transfer.items].some((item) => item.webkitGetAsEntry()?.isDirectory === true)
  if (isFolder) return refuseFile(file.name, 'folder')
  void lookAtFile(file, replica)
}
