/**
 * The frame around the rooms: rail, state line, what was just said, undo; and which notebook is open.
 *
 * Nothing is shown of the rooms before the home has said what it holds, so that a full notebook never flashes as an empty one.
 */
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { I18nProvider } from 'react-aria-components'
import { recordMendsElsewhere } from '../shared/commands/rehearsal.ts'
import type { Status } from '../shared/ipc.ts'
import type { Problem } from '../shared/result.ts'
import type { OpenedBridge } from './bridge.ts'
import { Drop } from './components/fields/Drop.tsx'
import { Nowhere } from './components/frame/Gone.tsx'
import { Palette } from './components/frame/Palette.tsx'
import { Rail } from './components/frame/Rail.tsx'
import { StateLine } from './components/frame/StateLine.tsx'
import { Toast } from './components/frame/Toast.tsx'
import { createSandbox, newMaker, StewardProvider, useNotebook, useReading, type Notebook, type Steward } from './notebook.tsx'
import { sentenceOf } from './language/problems.ts'
import { applyLanguage, localeOf } from './language/language.ts'
import type { Replica } from './replica.ts'
import { fillSample } from './tasks/sample.ts'
import { Agents } from './screens/Agents.tsx'
import { CardRoom } from './screens/CardRoom.tsx'
import { Devices } from './screens/Devices.tsx'
import { First } from './screens/articulation/First.tsx'
import { FirstSituation } from './screens/articulation/FirstSituation.tsx'
import { SessionRoom } from './screens/articulation/SessionRoom.tsx'
import { Start } from './screens/articulation/Start.tsx'
import { Help } from './screens/Help.tsx'
import { Import } from './screens/Import.tsx'
import { MapRoom } from './screens/MapRoom.tsx'
import { Rehearsal } from './screens/Rehearsal.tsx'
import { Decision } from './screens/rehearse/Past.tsx'
import { Rehearse } from './screens/Rehearse.tsx'
import { Models } from './screens/Models.tsx'
import { Settings } from './screens/Settings.tsx'
import { Trust } from './screens/Trust.tsx'
import { Unlock } from './screens/Unlock.tsx'
import { Values } from './screens/Values.tsx'
import { takeBack } from './tasks/deeds.ts'
import { followAddress, go, useView } from './store.ts'

export function App({ opened, replica }: { readonly opened: OpenedBridge; readonly replica: Replica }) {
  const { bridge } = opened
  const [status, setStatus] = useState<Status | null>(null)
  const [saveState, setSaveState] = useState(replica.state())
  const [refusal, setRefusal] = useState<Problem | null>(null)
  const [isLevel, setIsLevel] = useState(false)
  const [isLocked, setIsLocked] = useState(false)
  const { isSandbox, theme, language } = useView()
  /* All that is drawn below is drawn again in another language. */
  const { t, i18n } = useTranslation('frame')

  useEffect(() => followAddress(), [])
  useEffect(() => opened.onRefused(setRefusal), [opened])
  useEffect(() => replica.onState(setSaveState), [replica])
  useEffect(() => void replica.whenLevel().then(() => setIsLevel(true)), [replica])
  useEffect(() => {
    const take = (next: Status): void => {
      setStatus(next)
      const { home } = next
      if (home !== null) void bridge.call('cacheKey', null).then((key) => key.ok && replica.cacheIn(`values-steward-${home}`, key.value))
    }
    void bridge.call('status', null).then((result) => result.ok && take(result.value))
    return bridge.onEvent((event) => void (event.kind === 'status' && take(event.status)))
  }, [bridge, replica])
  useEffect(() => {
    const ends = [
      /* At each new line: the host may have been started again meanwhile. */
      bridge.sync.onConnected((connected) => void (connected && bridge.call('disk', { do: 'look' }).then((disk) => disk.ok && setIsLocked(disk.value.isLocked)))),
      bridge.onEvent((event) => void (event.kind === 'disk' && setIsLocked(event.disk.isLocked)))
    ]
    return () => ends.forEach((end) => end())
  }, [bridge])
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
  }, [theme])
  useEffect(() => applyLanguage(language), [language])

  const own = useMemo<Notebook>(() => ({ doc: replica.doc, projection: replica.projection, undo: replica.undo, isSandbox: false, answers: new Map() }), [replica])
  const sandbox = useMemo(() => (isSandbox ? createSandbox(fillSample) : null), [isSandbox])
  const steward: Steward = { bridge, replica, notebook: sandbox ?? own, status, saveState }

  if (refusal !== null && !isLevel) return <Refused problem={refusal} />
  if (isLocked && !isSandbox) return <I18nProvider locale={localeOf(i18n.language)}><Unlock bridge={bridge} /></I18nProvider>
  return (
    <I18nProvider locale={localeOf(i18n.language)}>
      <StewardProvider steward={steward}>
        <a className="skip" href="#room" onClick={(event) => skip(event)}>{t('skip')}</a>
        <div className="frame">
          <Rail />
          <div className="page">
            {isSandbox && <SandboxBanner />}
            {isLevel || isSandbox ? <Room key={isSandbox ? 'sample' : 'own'} /> : <Opening />}
            <StateLine refusal={refusal} />
          </div>
        </div>
        <Palette />
        <Drop />
        <Toast />
        <UndoKeys />
        <MendsElsewhere />
      </StewardProvider>
    </I18nProvider>
  )
}

function Room() {
  const { t, i18n } = useTranslation('frame')
  const route = useView((view) => view.route)
  const { graph } = useReading()
  const isEmpty = Object.keys(graph.cards).length === 0
  const address = JSON.stringify(route)
  useEffect(() => {
    /* A new page starts at its top, and says its name to a screen reader. */
    const room = document.getElementById('room')
    scrollTo(0, 0)
    if (room?.contains(document.activeElement) !== true) room?.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }, [address])
  useEffect(() => {
    /* Not the page's name, which may be the person's own words: a browser keeps titles in its history, for whoever has the disk. */
    document.title = `${t(`room.${route.room === 'words' || route.room === 'nowhere' ? 'values' : route.room}`)} · Values Steward`
  }, [route.room, t, i18n.language])
  return (
    <main id="room" tabIndex={-1}>
      {isEmpty && ((route.room === 'values' && route.card === null) || route.room === 'rehearse') ? <First isFirst /> : <Chosen />}
    </main>
  )
}

function Chosen() {
  const route = useView((view) => view.route)
  switch (route.room) {
    case 'values':
      return route.card === null ? <Values /> : route.card === 'new' ? <First /> : <CardRoom key={route.card} id={route.card} />
    case 'words':
      if (route.card !== null) return <FirstSituation key={route.card} id={route.card} />
      return route.session === null ? <Start /> : <SessionRoom key={route.session} id={route.session} />
    case 'map':
      return <MapRoom view={route.view} />
    case 'rehearse':
      if (route.scenario === null) return <Rehearse key={route.domain ?? ''} domain={route.domain} />
      return route.said === undefined ? <Rehearsal key={route.scenario} id={route.scenario} /> : <Decision id={route.said} />
    case 'trust':
      return <Trust domain={route.domain} />
    case 'settings':
      return route.page === 'models' ? <Models /> : route.page === 'import' ? <Import /> : <Settings />
    case 'agents':
      return <Agents />
    case 'devices':
      return <Devices device={route.device} />
    case 'help':
      return <Help />
    case 'nowhere':
      return <Nowhere />
  }
}

function Opening() {
  const { t } = useTranslation('frame')
  const [isLate, setIsLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), 600)
    return () => clearTimeout(timer)
  }, [])
  return (
    <main id="room" tabIndex={-1} aria-busy="true">
      <output className="quiet">{isLate && t('opening')}</output>
    </main>
  )
}

function SandboxBanner() {
  const { t } = useTranslation('frame')
  const setSandbox = useView((view) => view.setSandbox)
  return (
    <aside className="banner" aria-label={t('example')}>
      <p><strong>{t('example.is')}</strong> {t('example.text')}</p>
      <button type="button" className="button" onClick={() => {
        setSandbox(false)
        go({ room: 'values', card: null })
      }}>{t('example.throw')}</button>
    </aside>
  )
}

function Refused({ problem }: { readonly problem: Problem }) {
  const { t } = useTranslation('frame')
  return (
    <main className="alone" id="room">
      <h1>{t('apart')}</h1>
      <p>{sentenceOf(problem)}</p>
      <p className="quiet">{t('apart.safe')}</p>
    </main>
  )
}

/** Ctrl or Cmd with Z takes back one's own last edit, with Shift it makes it again, wherever one is. */
function UndoKeys() {
  const notebook = useNotebook()
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== 'z') return
      /* Words that are in no notebook yet are the browser's to take back. */
      if (event.target instanceof Element && event.target.closest('[data-loose]') !== null) return
      event.preventDefault()
      takeBack(notebook, event.shiftKey)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [notebook])
  return null
}

/** What a rehearsal led to is noted wherever it is mended; behind the rooms, so that where it is mended beside the answer that is said first, with its words. */
function MendsElsewhere() {
  const { doc, projection } = useNotebook()
  const { graph, rehearsals } = useReading()
  useEffect(() => recordMendsElsewhere(doc, projection.current(), newMaker()), [doc, projection, graph, rehearsals])
  return null
}

function skip(event: { preventDefault(): void }): void {
  event.preventDefault()
  document.getElementById('room')?.focus()
}
