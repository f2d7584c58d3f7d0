/** One model of the list, here or to be had; the question before one is fetched; how far a download is; and the way in from a folder. */
import { useState } from 'react'
import { Button, CheckboxButton, CheckboxField, DialogTrigger, Label, ProgressBar } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import type { CallArgument, CallName, CallResult } from '../../shared/ipc.ts'
import type { Result } from '../../shared/result.ts'
import type { Shelf, ShelfJob, ShelfModel } from '../../shared/shelf.ts'
import { numberWords } from '../language/language.ts'
import { sentenceOf } from '../language/problems.ts'
import { Field } from './fields/Field.tsx'
import { Question } from './fields/Question.tsx'

/** The calls that answer with the list as it is then. */
type Acting = { [Name in CallName]: CallResult<Name> extends Result<Shelf> ? Name : never }[CallName]
/** False where it was refused, which is said. */
export type Act = <Name extends Acting>(name: Name, argument: CallArgument<Name>) => Promise<boolean>

interface EntryProps {
  readonly model: ShelfModel
  readonly shelf: Shelf
  readonly act: Act
}

/** One that is on this device. */
export function Here({ model, shelf, act }: EntryProps) {
  const { t } = useTranslation('models')
  const { name } = model
  const isInUse = name === shelf.inUse
  const canBeRemoved = model.origin !== 'built-in' && !isInUse
  return (
    <li className="panel">
      <h3><span dir="auto">{name}</span>{' '}<Standing model={model} shelf={shelf} /></h3>
      {model.problem !== null && <p className="notice">{sentenceOf(model.problem)}</p>}
      {model.state === 'installed' && <Facts model={model} shelf={shelf} />}
      <div className="actions">
        {model.state === 'installed' && !isInUse && <Button className="button primary" onPress={() => void act('chooseModel', { name })}>{t('chooseNamed', { name })}</Button>}
        {canBeRemoved && <Remove model={model} shelf={shelf} act={act} />}
      </div>
    </li>
  )
}

/** One that can be had. */
export function Other({ model, shelf, act }: EntryProps) {
  const { t } = useTranslation('models')
  const { size } = useSizes()
  const isRunning = shelf.job?.state === 'running' && shelf.job.kind === 'download' && shelf.job.name === model.name
  return (
    <li className="panel">
      <h3 dir="auto">{model.name}</h3>
      <Facts model={model} shelf={shelf} />
      {isRunning && shelf.job !== null && <Running job={shelf.job} onStop={() => void act('stopModel', null)} />}
      {model.state === 'partial' && !isRunning && <p>{t('inPart', { here: size(model.here), size: size(model.bytes) })}</p>}
      {!isRunning && (
        <div className="actions">
          <Install model={model} shelf={shelf} act={act} />
          {model.state === 'partial' && <Button className="button" isDisabled={shelf.job?.state === 'running'} onPress={() => void act('removeModel', { name: model.name })}>{t('discard')}</Button>}
        </div>
      )}
    </li>
  )
}

function Running({ job, onStop }: { readonly job: ShelfJob; readonly onStop: () => void }) {
  const { t } = useTranslation('models')
  const { size } = useSizes()
  const value = job.rate === null
    ? t('progressValue', { done: size(job.done), total: size(job.total) })
    : t('progressRate', { done: size(job.done), total: size(job.total), rate: size(job.rate) })
  return (
    <div className="running">
      <ProgressBar value={job.done} maxValue={Math.max(1, job.total)} valueLabel={value}>
        {({ percentage, valueText }) => (
          <>
            <Label>{t(job.kind === 'import' ? 'copying' : 'progress', { name: job.name })}</Label>
            <span className="quiet">{valueText}</span>
            <div className="track"><div className="fill" style={{ width: `${percentage ?? 0}%` }} /></div>
          </>
        )}
      </ProgressBar>
      <div className="actions"><Button className="button" onPress={onStop}>{t('stop')}</Button></div>
    </div>
  )
}

export function Import({ job, act }: { readonly job: ShelfJob | null; readonly act: Act }) {
  const { t } = useTranslation('models')
  const isBusy = job?.state === 'running'
  const [folder, setFolder] = useState('')
  const [isAccepted, setIsAccepted] = useState(false)
  const isReady = !isBusy && folder.trim() !== ''
  async function start(): Promise<void> {
    if (isReady && (await act('importModel', { folder: folder.trim(), accepted: isAccepted }))) setFolder('')
  }
  return (
    <>
      <h2>{t('importHeading')}</h2>
      <p>{t('importText')}</p>
      <Field label={t('importField')} value={folder} onChange={setFolder} isPlain isLoose hint={t('importHint', { example: navigator.userAgent.includes('Windows') ? 'E:\\models\\Qwen3-0.6B' : '/media/stick/Qwen3-0.6B' })} onEnter={() => void start()} />
      <Accept label={t('importTerms')} isAccepted={isAccepted} onChange={setIsAccepted} />
      {isBusy && job.kind === 'import' && <Running job={job} onStop={() => void act('stopModel', null)} />}
      <div className="actions"><Button className="button" isDisabled={!isReady} onPress={() => void start()}>{t('importYes')}</Button></div>
    </>
  )
}

/** Sizes and numbers in the window's language. */
export function useSizes(): { size(bytes: number): string; number(value: number): string } {
  useTranslation('models')
  const number = (value: number, digits = 0): string => numberWords(value, { maximumFractionDigits: digits })
  return {
    number: (value) => number(value, value < 10 ? 1 : 0),
    size: (bytes) => (bytes >= 1e9 ? `${number(bytes / 1e9, 1)} GB` : bytes >= 1e6 ? `${number(bytes / 1e6)} MB` : `${number(Math.ceil(bytes / 1e3))} kB`)
  }
}

// ---- parts ----------------------------------------------------------------------------------------------------------

function Standing({ model, shelf }: Omit<EntryProps, 'act'>) {
  const { t } = useTranslation('models')
  if (model.state === 'broken') return <span className="chip">{t('broken')}</span>
  if (model.name === shelf.inUse) return <span className="chip endorsed">{t('uses')}</span>
  return model.name === shelf.chosen ? <span className="chip">{t('waits')}</span> : null
}

function Facts({ model, shelf }: Omit<EntryProps, 'act'>) {
  const { t, i18n } = useTranslation('models')
  const { size } = useSizes()
  const { memory } = shelf.machine
  const names = new Intl.DisplayNames([i18n.language], { type: 'language' })
  const { licence } = model
  const accepted = licence.acceptedAt === null ? licence.name : t('accepted', { name: licence.name, date: new Date(licence.acceptedAt).toLocaleDateString(i18n.language) })
  return (
    <dl className="facts">
      <dt>{t('size')}</dt>
      <dd>{size(model.bytes)}</dd>
      <dt>{t('memory')}</dt>
      <dd>{t(model.memory > 0.6 * memory ? 'memoryTight' : 'memoryNeeds', { size: size(model.memory), own: size(memory) })}</dd>
      <dt>{t('languages')}</dt>
      <dd dir="auto">{model.languages.length === 0 ? t('languagesUnknown') : new Intl.ListFormat(i18n.language, { type: 'unit' }).format(model.languages.map((code) => names.of(code) ?? code))}</dd>
      <dt>{t('licence')}</dt>
      <dd dir="auto">{accepted}</dd>
      <dt>{t('from')}</dt>
      <dd>{model.from === null ? t(model.origin === 'built-in' ? 'builtIn' : 'folder') : <span dir="auto">{model.from}</span>}</dd>
    </dl>
  )
}

function Remove({ model, shelf, act }: EntryProps) {
  const { t } = useTranslation('models')
  const { size } = useSizes()
  const { name } = model
  async function remove(): Promise<void> {
    /* One that was chosen and cannot be used: the one that stands in for it is chosen from now on. */
    if (name !== shelf.chosen || (await act('chooseModel', { name: shelf.inUse }))) await act('removeModel', { name })
  }
  return (
    <DialogTrigger>
      <Button className="button danger" aria-label={t('removeNamed', { name })}>{t('remove')}</Button>
      <Question heading={t('removeQuestion', { name })} isGrave>
        {(close) => (
          <>
            <p>{t('removeText', { size: size(model.bytes) })}</p>
            <div className="actions">
              <Button className="button danger" onPress={() => {
                close()
                void remove()
              }}>{t('remove')}</Button>
              <Button className="button" onPress={close}>{t('leave')}</Button>
            </div>
          </>
        )}
      </Question>
    </DialogTrigger>
  )
}

function Install({ model, shelf, act }: EntryProps) {
  const { t, i18n } = useTranslation('models')
  const { size } = useSizes()
  const [isAccepted, setIsAccepted] = useState(false)
  const { name, licence } = model
  const missing = Math.max(0, model.bytes - model.here)
  const lacksRoom = shelf.machine.free !== null && shelf.machine.free < missing
  const goesOn = model.state === 'partial'
  const terms = licence.terms === null ? null : i18n.language.startsWith('de') ? licence.terms.de : licence.terms.en
  return (
    <DialogTrigger onOpenChange={() => setIsAccepted(false)}>
      <Button className="button" isDisabled={shelf.job?.state === 'running'} aria-label={t(goesOn ? 'goOnNamed' : 'installNamed', { name })}>{t(goesOn ? 'goOn' : 'install')}</Button>
      <Question heading={t('installQuestion', { name })}>
        {(close) => (
          <>
            <p>{t('installText', { size: size(missing), from: model.from ?? shelf.host })}</p>
            {lacksRoom && <p className="notice">{t('installRoom', { free: size(shelf.machine.free ?? 0) })}</p>}
            {model.unknownHashes > 0 && <p className="quiet">{t('installHashes', { count: model.unknownHashes })}</p>}
            {terms !== null && (
              <>
                <h3>{t('termsHeading', { name: licence.name })}</h3>
                <p>{terms}</p>
                <p>{t('termsAddress')} <span className="address">{licence.address}</span></p>
                <Accept label={t('termsAccept')} isAccepted={isAccepted} onChange={setIsAccepted} />
              </>
            )}
            <div className="actions">
              <Button className="button primary" isDisabled={lacksRoom || (terms !== null && !isAccepted)} onPress={() => {
                close()
                void act('installModel', { name, accepted: isAccepted })
              }}>{t('installYes')}</Button>
              <Button className="button" onPress={close}>{t('leave')}</Button>
            </div>
          </>
        )}
      </Question>
    </DialogTrigger>
  )
}

function Accept({ label, isAccepted, onChange }: { readonly label: string; readonly isAccepted: boolean; readonly onChange: (isAccepted: boolean) => void }) {
  return (
    <CheckboxField isSelected={isAccepted} onChange={onChange}>
      <CheckboxButton className="check worded"><span className="box" aria-hidden="true" />{label}</CheckboxButton>
    </CheckboxField>
  )
}
