/**
 * Where the notebook lies: this device and the others, when they last met, what waits; adding one, letting one in no more, what
 * was put aside, and the one switch that lets anything out of the network.
 */
import { useCallback, useEffect, useRef, useState } from 'react'
import { Button, DialogTrigger } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { RelayAddress, type DeviceRow, type DevicesView, type HeldRow } from '../../shared/devices.ts'
import type { Problem } from '../../shared/result.ts'
import { Field } from '../components/fields/Field.tsx'
import { Nowhere } from '../components/frame/Gone.tsx'
import { AddDevice, Pairing, type DevicesAct } from '../components/Pairing.tsx'
import { Question } from '../components/fields/Question.tsx'
import { Told } from '../components/frame/Told.tsx'
import { useSteward } from '../notebook.tsx'
import { sentenceOf, toldWords } from '../language/problems.ts'
import { addressOf } from '../store.ts'
import { actOnDevices, readDevices, useDeviceList } from '../tasks/devices.ts'
import { quotedWords } from '../language/words.ts'
import { Backups } from './devices/Backups.tsx'

export function Devices({ device }: { readonly device: string | undefined }) {
  const { t } = useTranslation('devices')
  const { view, trouble, said, act } = useDevices()
  if (device !== undefined && view !== null && view.me?.id !== device && !view.others.some(({ id }) => id === device)) return <Nowhere />
  return (
    <div className="column devices">
      <h1 tabIndex={-1}>{t('title')}</h1>
      <p>{t('lead')}</p>
      <output className="said">
        {view === null && trouble === null && <p className="quiet">{t('loading')}</p>}
        {trouble !== null && <p className="notice">{trouble}</p>}
        {said !== null && <p>{said}</p>}
      </output>
      {view !== null && (
        <>
          {view.pairing.kind !== 'none' && <Pairing pairing={view.pairing} act={act} />}
          <Where view={view} act={act} wanted={device} />
          {view.held.length > 0 && <Held held={view.held} act={act} />}
          {view.canRestore && <TakenAway act={act} />}
          {view.pairing.kind === 'none' && <AddDevice act={act} />}
          <Backups />
          {view.me !== null && <Anywhere relay={view.relay} act={act} />}
        </>
      )}
    </div>
  )
}

/** As it is now, and what was done last. */
function useDevices() {
  const { bridge } = useSteward()
  const { view, problem } = useDeviceList(bridge)
  const [refused, setRefused] = useState<Problem | null>(null)
  const [said, setSaid] = useState<string | null>(null)
  /* What waits for a device that is away grows without a word. */
  useEffect(() => void readDevices(bridge), [bridge])
  const act: DevicesAct = useCallback(async (argument, done) => {
    setRefused(null)
    setSaid(null)
    const result = await actOnDevices(bridge, argument)
    if (result.ok) setSaid(done ?? null)
    else setRefused(result.error)
    return result.ok
  }, [bridge])
  const trouble = refused ?? problem
  return { view, trouble: trouble === null ? null : sentenceOf(trouble), said, act }
}

// ---- the devices ----------------------------------------------------------------------------------------------------

function Where({ view, act, wanted }: { readonly view: DevicesView; readonly act: DevicesAct; readonly wanted: string | undefined }) {
  const { t } = useTranslation('devices')
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    /* The one whose address this is. */
    const heading = wanted === undefined ? null : (list.current?.querySelector<HTMLElement>(`[data-device="${CSS.escape(wanted)}"] a`) ?? null)
    heading?.focus()
    heading?.scrollIntoView({ block: 'center' })
  }, [wanted])
  const active = view.others.filter(({ state }) => state !== 'revoked')
  const earlier = view.others.filter(({ state }) => state === 'revoked')
  return (
    <section aria-labelledby="where">
      <h2 id="where">{t('where')}</h2>
      {view.notice !== null && <p className="notice">{sentenceOf(view.notice)}</p>}
      {view.network.kind === 'broken' && <p className="notice">{sentenceOf(view.network.problem)}</p>}
      {view.me !== null && view.me.standing !== 'member' && <p className="notice">{t(view.me.standing === 'removed' ? 'outRemoved' : 'outFallen', { by: view.me.by })}</p>}
      {view.me?.standing === 'member' && view.me.isCopied && <p className="notice">{t('copied', { name: view.me.name })}</p>}
      {view.me?.standing === 'member' && view.me.isComing && active.length > 0 && <p className="notice">{t('coming')}</p>}
      {view.fallen.map(({ id, name, by }) => <p key={id} className="notice">{t('fallen', { name, by })}</p>)}
      {view.me !== null && view.me.standing !== 'member' ? null : active.length === 0 ? <p className="notice">{t('alone')}</p> : <p className="quiet">{t(view.network.kind === 'on' ? 'listening' : 'starting')}</p>}
      {view.me !== null && (
        <ul className="shelf" ref={list}>
          <li className="panel" data-device={view.me.id}>
            <h3><a dir="auto" href={addressOf({ room: 'devices', device: view.me.id })}>{view.me.name}</a>{' '}<span className="chip endorsed">{t('thisDevice')}</span></h3>
            {view.me.standing === 'member' && <div className="actions"><Rename id={view.me.id} name={view.me.name} act={act} /></div>}
          </li>
          {view.me.standing === 'member' && active.map((device) => <Device key={device.id} device={device} isApart={view.me?.isCopied === true || view.me?.isComing === true || device.state === 'forked'} act={act} />)}
        </ul>
      )}
      {earlier.length > 0 && (
        <details>
          <summary>{t('earlier', { count: earlier.length })}</summary>
          <ul>{earlier.map(({ id, name }) => <li key={id} dir="auto">{name}</li>)}</ul>
        </details>
      )}
    </section>
  )
}

/** `isApart`: of it or of this one there is a copy, or its notebook has not come yet; nobody can say that both have the same. */
function Device({ device, isApart, act }: { readonly device: DeviceRow; readonly isApart: boolean; readonly act: DevicesAct }) {
  const { t } = useTranslation('devices')
  const when = useWhen()
  const { id, name, state, lastMet, waiting, isHere } = device
  const met = isHere && waiting === 0 && !isApart ? t('metNow') : lastMet === null ? t('metNever') : t('metLast', { when: when(lastMet) })
  return (
    <li className="panel" data-device={id}>
      <h3><a dir="auto" href={addressOf({ room: 'devices', device: id })}>{name}</a>{' '}<span className={`chip${isHere ? ' endorsed' : ''}`}>{t(state === 'forked' ? 'forked' : isHere ? 'here' : 'away')}</span></h3>
      {state === 'forked' && <p className="notice">{t('forkedText')}</p>}
      <p>{met}{!isApart && <>{', '}{t('waiting', { count: waiting })}</>}</p>
      <div className="actions">
        <DialogTrigger>
          <Button className="button danger" aria-label={t('revokeNamed', { name })}>{t('revoke')}</Button>
          <Question heading={t('revokeQuestion', { name })} isGrave>
            {(close) => (
              <>
                <p>{t('revokeText')}</p>
                <div className="actions">
                  <Button className="button danger" onPress={() => {
                    close()
                    void act({ do: 'revoke', device: id }, t('revokeDone', { name }))
                  }}>{t('revoke')}</Button>
                  <Button className="button" onPress={close}>{t('leave')}</Button>
                </div>
              </>
            )}
          </Question>
        </DialogTrigger>
      </div>
    </li>
  )
}

function Rename({ id, name, act }: { readonly id: string; readonly name: string; readonly act: DevicesAct }) {
  const { t } = useTranslation('devices')
  const [next, setNext] = useState(name)
  const isReady = next.trim() !== ''
  return (
    <DialogTrigger onOpenChange={() => setNext(name)}>
      <Button className="button" aria-label={t('renameNamed', { name })}>{t('rename')}</Button>
      <Question heading={t('renameNamed', { name })}>
        {(close) => {
          const save = (): void => {
            if (!isReady) return
            close()
            void act({ do: 'rename', device: id, name: next.trim() }, t('renamed', { name: next.trim() }))
          }
          return (
            <>
              <Field label={t('name')} value={next} onChange={setNext} isPlain isLoose autoFocus onEnter={save} />
              <div className="actions">
                <Button className="button primary" isDisabled={!isReady} onPress={save}>{t('save')}</Button>
                <Button className="button" onPress={close}>{t('leave')}</Button>
              </div>
            </>
          )
        }}
      </Question>
    </DialogTrigger>
  )
}

// ---- what was put aside ---------------------------------------------------------------------------------------------

function Held({ held, act }: { readonly held: readonly HeldRow[]; readonly act: DevicesAct }) {
  const { t } = useTranslation('devices')
  const when = useWhen()
  return (
    <section aria-labelledby="held">
      <h2 id="held">{t('held')}</h2>
      <p>{t('heldText')}</p>
      <ul className="shelf">
        {held.map(({ key, device, reason, at, lines, canTake }) => (
          <li key={key} className="panel">
            <h3>{t('heldFrom', { name: device, when: when(at) })}</h3>
            <p>{toldWords(reason)}</p>
            {lines.length > 0 && (
              <details>
                <summary>{t('showMe')}</summary>
                <ul>{lines.map((line, index) => <li key={`${index}-${line}`}><Told text={heldWords(line)} /></li>)}</ul>
              </details>
            )}
            <div className="actions">
              {canTake && <Button className="button" onPress={() => void act({ do: 'settle', key, take: true }, t('taken'))}>{t('take')}</Button>}
              <Button className="button danger" onPress={() => void act({ do: 'settle', key, take: false }, t('dropped'))}>{t('drop')}</Button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** One thing that it would do: what, and the name of it, which is somebody's own words. */
function heldWords(line: string): string {
  const [, what = line, name] = /^([^“]*?)(?: “([^]*)”)?$/u.exec(line) ?? []
  return name === undefined ? toldWords(what) : `${toldWords(what)} ${quotedWords(name)}`
}

/** For what came through: one click, and it is back on every device. */
function TakenAway({ act }: { readonly act: DevicesAct }) {
  const { t } = useTranslation('devices')
  return (
    <section aria-labelledby="taken-away">
      <h2 id="taken-away">{t('takenAway')}</h2>
      <p>{t('takenAwayText')}</p>
      <div className="actions"><Button className="button" onPress={() => void act({ do: 'restore' }, t('restored'))}>{t('restore')}</Button></div>
    </section>
  )
}

// ---- anywhere -------------------------------------------------------------------------------------------------------

function Anywhere({ relay, act }: { readonly relay: string | null; readonly act: DevicesAct }) {
  const { t } = useTranslation('devices')
  const [address, setAddress] = useState('')
  const isReady = RelayAddress.safeParse(address.trim()).success
  const switchOn = (): void => void (isReady && act({ do: 'anywhere', relay: address.trim() }, t('switchedOn')))
  return (
    <section aria-labelledby="anywhere">
      <h2 id="anywhere">{t('anywhere')}</h2>
      <p>{t('anywhereText')}</p>
      <p><strong>{relay === null ? t('anywhereOff') : t('anywhereOn', { relay })}</strong></p>
      {relay === null ? (
        <>
          <Field label={t('relay')} value={address} onChange={setAddress} isPlain isLoose hint={t('relayHint')} onEnter={switchOn} />
          <div className="actions"><Button className="button" isDisabled={!isReady} onPress={switchOn}>{t('switchOn')}</Button></div>
        </>
      ) : (
        <div className="actions"><Button className="button" onPress={() => void act({ do: 'anywhere', relay: null }, t('switchedOff'))}>{t('switchOff')}</Button></div>
      )}
    </section>
  )
}

// ---- what they share ------------------------------------------------------------------------------------------------

/** A moment in the window's language, to the minute. */
function useWhen(): (at: number) => string {
  const { i18n } = useTranslation('devices')
  const format = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'short' })
  return (at) => format.format(at)
}
