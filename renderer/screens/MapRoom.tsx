/** Which is wiser, where, and what pulls apart: the picture, and its twin as tables with every fact and every action. */
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { addContext } from '../../shared/commands/context.ts'
import { setPriority } from '../../shared/commands/priority.ts'
import { valuesOf } from '../../shared/graph.ts'
import type { Circle } from '../../shared/map/circle.ts'
import { edgeKey, type CardId, type Edge } from '../../shared/schema.ts'
import { Choice } from '../components/fields/Choice.tsx'
import { Field } from '../components/fields/Field.tsx'
import { MapPicture } from '../components/MapPicture.tsx'
import { PrintButton } from '../components/Paper.tsx'
import { newMaker, perform, together, useNotebook, useReading } from '../notebook.tsx'
import { nameOf } from '../tasks/priorities.ts'
import { addressOf, go, useView } from '../store.ts'
import { whenWords } from '../language/words.ts'
import { useTakeBack } from './map/Details.tsx'
import { circleWords, edgeWords, useMapModel, type MapModel } from './map/model.ts'
import { MapPaper } from './map/Paper.tsx'
import { MapTables } from './map/Tables.tsx'
import { useMapView } from './map/view.ts'

export function MapRoom({ view }: { readonly view: 'picture' | 'table' }) {
  const { t } = useTranslation('map')
  const model = useMapModel()
  const timesBegun = useMapView((kept) => kept.timesBegun)
  const count = valuesOf(model.graph.cards).filter((card) => card.status !== 'retired').length
  return (
    <div className="column wide">
      <header className="head">
        <div>
          <h1 tabIndex={-1}>{t('title')}</h1>
          <p className="lead">{t('lead')}</p>
        </div>
        <nav className="views" aria-label={t('how')}>
          <a href={addressOf({ room: 'map', view: 'picture' })} aria-current={view === 'picture' ? 'true' : undefined}>{t('picture')}</a>
          <a href={addressOf({ room: 'map', view: 'table' })} aria-current={view === 'table' ? 'true' : undefined}>{t('table')}</a>
        </nav>
      </header>
      {model.circles.map((circle) => <CircleNotice key={`${circle.context} ${circle.cards.join(' ')}`} model={model} circle={circle} />)}
      {count < 2 && <p className="quiet">{t('few')}</p>}
      {view === 'table' ? <MapTables model={model} /> : model.lanes.length > 0 && (
        <>
          <p className="quiet legend"><svg viewBox="0 0 44 12" aria-hidden="true"><path className="arrow" d="M1,6 H36" /><path className="arrow-head" d="M34,1 L43,6 L34,11 Z" /></svg>{t('legend')}</p>
          <MapPicture model={model} />
        </>
      )}
      {count >= 2 && <NewPriority key={timesBegun} />}
      {model.lanes.length > 0 && <p className="actions"><PrintButton /></p>}
      <MapPaper model={model} />
    </div>
  )
}

/** So many steps of a circle are told, and so many of its priorities listed, before one asks for more. */
const fewSteps = 6

/** A circle as a sentence, and each of its priorities with one click to where it stands and one to take it back. */
function CircleNotice({ model, circle }: { readonly model: MapModel; readonly circle: Circle }) {
  const { t } = useTranslation('map')
  const [isWhole, setIsWhole] = useState(false)
  const { graph } = model
  const { round, edges } = circle
  /* Those of the way around first: taking one of them back opens it. */
  const isOnWay = ({ from, to }: Edge): boolean => round.some((wiser, at) => wiser === to && round[(at + 1) % round.length] === from)
  const listed = [...edges.filter(isOnWay), ...edges.filter((edge) => !isOnWay(edge))]
  const shown = isWhole ? listed : listed.slice(0, fewSteps)
  return (
    <section className="notice circle-notice" aria-label={t('circle.steps')}>
      <p><strong>{t('circle.look')}</strong> {circleWords(graph, circle, fewSteps)}</p>
      <ul aria-label={t('circle.steps')}>{shown.map((edge) => <CircleStep key={edgeKey(edge)} model={model} edge={edge} />)}</ul>
      {shown.length < listed.length && <Button className="button" onPress={() => setIsWhole(true)}>{t('circle.more', { count: listed.length - shown.length })}</Button>}
    </section>
  )
}

function CircleStep({ model: { graph, index }, edge }: { readonly model: MapModel; readonly edge: Edge }) {
  const { t } = useTranslation('map')
  const want = useMapView((view) => view.want)
  const takeBack = useTakeBack()
  const words = edgeWords(graph, edge)
  return (
    <li>
      <span>{t('wiser', { wiser: nameOf(graph, edge.to), than: nameOf(graph, edge.from) })}</span>
      <Button className="button" aria-label={t('look.at', { what: words })} onPress={() => {
        want({ kind: 'arrow', key: edgeKey(edge), lane: index.canonical(edge.context) })
        go({ room: 'map', view: 'picture' })
      }}>{t('look')}</Button>
      <Button className="button" aria-label={t('takeBack.it', { what: words })} onPress={() => takeBack(edgeKey(edge), words)}>{t('takeBack')}</Button>
    </li>
  )
}

function NewPriority() {
  const { t } = useTranslation('map')
  const { doc } = useNotebook()
  const { graph } = useReading()
  const say = useView((view) => view.say)
  const [begun] = useState(() => useMapView.getState().begun)
  const [wiser, setWiser] = useState<CardId | ''>(begun?.wiser ?? '')
  const [than, setThan] = useState<CardId | ''>(begun?.than ?? '')
  const [context, setContext] = useState(begun?.when ?? '')
  const [about, setAbout] = useState('')
  const section = useRef<HTMLElement>(null)
  const cards = valuesOf(graph.cards).filter((card) => card.status !== 'retired').map((card) => ({ key: card.id, text: nameOf(graph, card.id) }))
  const known = valuesOf(graph.contexts).filter(({ synonymOf, text }) => synonymOf === null && text.trim() !== '')

  useEffect(() => {
    /* What was chosen on the map or in a table is filled in; what is missing first has the focus. */
    const { begun, hasBegun } = useMapView.getState()
    if (begun === null) return
    hasBegun()
    const missing = begun.wiser === undefined ? 'select' : begun.than === undefined ? '.field:nth-child(2) select' : 'input'
    section.current?.scrollIntoView({ block: 'center' })
    /* After what it was chosen in has closed, and given the focus back. */
    setTimeout(() => section.current?.querySelector<HTMLElement>(missing)?.focus(), 50)
  }, [])

  function add(): void {
    if (wiser === '' || than === '') return
    const maker = newMaker()
    const isSaid = together(doc, () => {
      const place = perform(addContext(doc, context.trim(), maker))
      return place !== null && perform(setPriority(doc, { to: wiser, from: than, context: place, reallyAbout: about.trim() }, maker)) !== null
    })
    if (!isSaid) return
    say(t('say.said', { wiser: nameOf(graph, wiser), than: nameOf(graph, than), when: whenWords(context) }))
    setWiser('')
    setThan('')
    setContext('')
    setAbout('')
  }

  return (
    <section className="panel" aria-label={t('say.title')} ref={section}>
      <h2>{t('say.title')}</h2>
      <div className="sentence">
        <Choice label={t('say.this')} value={wiser} options={cards.filter(({ key }) => key !== than)} onChange={setWiser} placeholder={t('say.choose')} />
        <Choice label={t('say.than')} value={than} options={cards.filter(({ key }) => key !== wiser)} onChange={setThan} placeholder={t('say.choose')} />
      </div>
      <Field isLoose label={t('say.when')} value={context} onChange={setContext} placeholder={t('say.example')} hint={t('say.hint')} />
      {known.length > 0 && (
        <p className="known"><span className="quiet">{t('say.known')}</span>{' '}
          {known.slice(0, 10).map(({ id, text }) => <Button key={id} className="chip button-chip" onPress={() => setContext(text)}><span dir="auto">{whenWords(text)}</span></Button>)}
        </p>
      )}
      <Field isLoose label={t('say.about')} value={about} onChange={setAbout} />
      <div className="actions">
        <Button className="button primary" isDisabled={wiser === '' || than === '' || context.trim() === ''} onPress={add}>{t('say.it')}</Button>
      </div>
    </section>
  )
}
