/**
 * The frame around the rooms: rail, state line, what was just said, undo; and which notebook is open.
 *
 * Nothing is shown of the rooms before the home has said what it holds, so that a full notebook never flashes as an empty one.
 */
import { useEffect, useMemo, useState } from 'react'
import type { Status } from '../shared/ipc.ts'
import type { Problem } from '../shared/result.ts'
import type { OpenedBridge } from './bridge.ts'
import { Palette } from './components/Palette.tsx'
import { Rail } from './components/Rail.tsx'
import { StateLine } from './components/StateLine.tsx'
import { Toast } from './components/Toast.tsx'
import { createSandbox, sentenceOf, StewardProvider, useNotebook, useReading, type Notebook, type Steward } from './notebook.tsx'
import type { Replica } from './replica.ts'
import { fillSample } from './sample.ts'
import { CardRoom } from './screens/CardRoom.tsx'
import { Devices } from './screens/Devices.tsx'
import { First } from './screens/articulation/First.tsx'
import { FirstSituation } from './screens/articulation/FirstSituation.tsx'
import { SessionRoom } from './screens/articulation/SessionRoom.tsx'
import { Start } from './screens/articulation/Start.tsx'
import { Help } from './screens/Help.tsx'
import { MapRoom } from './screens/MapRoom.tsx'
import { Rehearsal } from './screens/Rehearsal.tsx'
import { Rehearse } from './screens/Rehearse.tsx'
import { Models } from './screens/Models.tsx'
import { Settings } from './screens/Settings.tsx'
import { Trust } from './screens/Trust.tsx'
import { Values } from './screens/Values.tsx'
import { followAddress, go, useView } from './store.ts'
import { changeWords } from './words.ts'

export function App({ opened, replica }: { readonly opened: OpenedBridge; readonly replica: Replica }) {
  const { bridge } = opened
  const [status, setStatus] = useState<Status | null>(null)
  const [saveState, setSaveState] = useState(replica.state())
  const [refusal, setRefusal] = useState<Problem | null>(null)
  const [isLevel, setIsLevel] = useState(false)
  const { isSandbox, theme } = useView()

  useEffect(() => followAddress(), [])
  useEffect(() => opened.onRefused(setRefusal), [opened])
  useEffect(() => replica.onState(setSaveState), [replica])
  useEffect(() => void replica.whenLevel().then(() => setIsLevel(true)), [replica])
  useEffect(() => {
    const take = (next: Status): void => {
      setStatus(next)
      if (next.home !== null) replica.cacheIn(`values-steward-${next.home}`)
    }
    void bridge.call('status', null).then((result) => result.ok && take(result.value))
    return bridge.onEvent((event) => void (event.kind === 'status' && take(event.status)))
  }, [bridge, replica])
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
  }, [theme])

  const own = useMemo<Notebook>(() => ({ doc: replica.doc, projection: replica.projection, undo: replica.undo, isSandbox: false, answers: new Map() }), [replica])
  const sandbox = useMemo(() => (isSandbox ? createSandbox(fillSample) : null), [isSandbox])
  const steward: Steward = { bridge, replica, notebook: sandbox ?? own, status, saveState }

  if (refusal !== null && !isLevel) return <Refused problem={refusal} />
  return (
    <StewardProvider steward={steward}>
      <a className="skip" href="#room" onClick={(event) => skip(event)}>Skip to the page</a>
      <div className="frame">
        <Rail />
        <div className="page">
          {isSandbox && <SandboxBanner />}
          {isLevel || isSandbox ? <Room key={isSandbox ? 'sample' : 'own'} /> : <Opening />}
          <StateLine refusal={refusal} />
        </div>
      </div>
      <Palette />
      <Toast />
      <UndoKeys />
    </StewardProvider>
  )
}

function Room() {
  const route = useView((view) => view.route)
  const { graph } = useReading()
  const isEmpty = Object.keys(graph.cards).length === 0
  const address = JSON.stringify(route)
  useEffect(() => {
    /* A new page starts at its top, and says its name to a screen reader. */
    const room = document.getElementById('room')
    scrollTo(0, 0)
    document.title = `${room?.querySelector('h1')?.textContent ?? ''} · Values Steward`
    if (room?.contains(document.activeElement) !== true) room?.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }, [address])
  return (
    <main id="room" tabIndex={-1}>
      {isEmpty && (route.room === 'values' || route.room === 'rehearse') ? <First isFirst /> : <Chosen />}
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
      return route.scenario === null ? <Rehearse key={route.domain ?? ''} domain={route.domain} /> : <Rehearsal key={route.scenario} id={route.scenario} />
    case 'trust':
      return <Trust domain={route.domain} />
    case 'settings':
      return route.page === 'models' ? <Models /> : <Settings />
    case 'devices':
      return <Devices />
    case 'help':
      return <Help />
  }
}

function Opening() {
  const [isLate, setIsLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), 600)
    return () => clearTimeout(timer)
  }, [])
  return (
    <main id="room" tabIndex={-1} aria-busy="true">
      <output className="quiet">{isLate && 'Opening your notebook …'}</output>
    </main>
  )
}

function SandboxBanner() {
  const setSandbox = useView((view) => view.setSandbox)
  return (
    <aside className="banner" aria-label="Example">
      <p><strong>This is an example</strong>, an invented person’s notebook. Nothing here is yours, and nothing here is kept.</p>
      <button type="button" className="button" onClick={() => {
        setSandbox(false)
        go({ room: 'values', card: null })
      }}>Throw it away</button>
    </aside>
  )
}

function Refused({ problem }: { readonly problem: Problem }) {
  return (
    <main className="alone" id="room">
      <h1>This window is not connected</h1>
      <p>{sentenceOf(problem)}</p>
      <p className="quiet">Your notebook is safe: it is kept on this device, not in the browser.</p>
    </main>
  )
}

/** Ctrl or Cmd with Z takes back one's own last edit, with Shift it makes it again, wherever one is. */
function UndoKeys() {
  const say = useView((view) => view.say)
  const notebook = useNotebook()
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== 'z') return
      /* Words that are in no notebook yet are the browser's to take back. */
      if (event.target instanceof Element && event.target.closest('[data-loose]') !== null) return
      event.preventDefault()
      const { undo, projection } = notebook
      const before = projection.current()
      const done = event.shiftKey ? undo.redo() : undo.undo()
      if (done === null) say(event.shiftKey ? 'Nothing to make again.' : 'Nothing to take back.')
      else say(`${event.shiftKey ? 'Made again' : 'Taken back'}: ${changeWords(before, projection.current())}.`)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [notebook, say])
  return null
}

function skip(event: { preventDefault(): void }): void {
  event.preventDefault()
  document.getElementById('room')?.focus()
}
