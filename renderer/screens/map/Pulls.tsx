/** What pulls apart and what goes together: the strongest as sentences beside the picture; all of it as a matrix and a list. */
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { clearPull, type Tension } from '../../../shared/map/tension.ts'
import type { CardId } from '../../../shared/schema.ts'
import { nameOf } from '../../tasks/priorities.ts'
import { addressOf, go } from '../../store.ts'
import { Situations } from './Details.tsx'
import { pullWords, valueWords, type MapModel } from './model.ts'
import { MoreRows, rowsAtFirst } from './MoreRows.tsx'
import { useMapView } from './view.ts'

const listed = 5
/** So many cards a matrix shows; more cannot be looked over. */
const across = 16

/** Beside the picture: what clearly pulls apart, the strongest first. */
export function PullList({ model }: { readonly model: MapModel }) {
  const { t } = useTranslation('map')
  const { graph, pulls, tensions } = model
  if (tensions.pairs.length === 0) return <Unknown model={model} />
  if (pulls.length === 0) return <p className="quiet">{t('pull.calm')}</p>
  return (
    <ul className="pull-list" aria-label={t('pulls')}>
      {pulls.slice(0, listed).map((tension) => (
        <li key={`${tension.left} ${tension.right}`}>{pullWords(graph, tension.left, tension.right, tension)} <LookAt model={model} tension={tension} /></li>
      ))}
      {pulls.length > listed && <li><a href={addressOf({ room: 'map', view: 'table' })}>{t('pull.pairs', { count: tensions.pairs.length })}</a></li>}
    </ul>
  )
}

export function PullTables({ model }: { readonly model: MapModel }) {
  const { t } = useTranslation('map')
  const begin = useMapView((view) => view.begin)
  const [most, setMost] = useState(rowsAtFirst)
  const { graph, tensions } = model
  const isThere = (card: CardId): boolean => graph.cards[card] !== undefined && graph.cards[card].status !== 'retired'
  const pairs = tensions.pairs.filter(({ left, right }) => isThere(left) && isThere(right))
  const cards = tensions.cards.filter(isThere)
  return (
    <section id="map-pulls" aria-label={t('pull.title')}>
      <h2 tabIndex={-1}>{t('pull.title')}</h2>
      {pairs.length === 0 ? <Unknown model={model} /> : (
        <>
          <p className="quiet">{t('pull.how')}</p>
          <Untold count={model.untold} />
          {cards.length > across && <p className="quiet">{t('pull.shown', { count: across })}</p>}
          <Matrix model={model} cards={cards.slice(0, across)} />
          <section className="scroll" aria-label={t('pull.pairs', { count: pairs.length })}>
            <table className="stacks">
              <caption>{t('pull.pairs', { count: pairs.length })}</caption>
              <thead><tr><th scope="col">{t('pull.pair')}</th><th scope="col">{t('pull.value')}</th><th scope="col">{t('pull.shared')}</th><th scope="col">{t('table.actions')}</th></tr></thead>
              <tbody>
                {pairs.slice(0, most).map((tension) => {
                  const { left, right, value, shared } = tension
                  const names = { left: nameOf(graph, left), right: nameOf(graph, right) }
                  return (
                    <tr key={`${left} ${right}`}>
                      <th scope="row">
                        <a className="own" href={addressOf({ room: 'values', card: left })}>{names.left}</a> · <a className="own" href={addressOf({ room: 'values', card: right })}>{names.right}</a>
                        <p className="quiet">{pullWords(graph, left, right, tension)}</p>
                      </th>
                      <td data-label={t('pull.value')}><span className={`pull-value ${toneOf(value)}`}>{valueWords(value)}</span></td>
                      <td data-label={t('pull.shared')}>{shared.length === 0 ? null : <details><summary>{t('pull.count', { count: shared.length })}</summary><Situations situations={shared} /></details>}</td>
                      <td className="row-actions">
                        <LookAt model={model} tension={tension} />
                        <Button className="button" aria-label={t('pull.wiserOf', names)} onPress={() => begin({ wiser: left, than: right })}>{t('pull.wiser')}</Button>
                      </td>
                    </tr>
                  )
                })}
              </tbody>
            </table>
            <MoreRows shown={most} all={pairs.length} onMore={setMost} />
          </section>
        </>
      )}
    </section>
  )
}

/** To where both stand on the map, where they stand together and pull apart. */
function LookAt({ model: { graph, lanes }, tension: { left, right, value } }: { readonly model: MapModel; readonly tension: Tension }) {
  const { t } = useTranslation('map')
  const want = useMapView((view) => view.want)
  const lane = lanes.find(({ cards }) => cards.includes(left) && cards.includes(right))
  if (lane === undefined || value > -clearPull) return null
  return (
    <Button className="button" aria-label={t('look.at', { what: `${nameOf(graph, left)}, ${nameOf(graph, right)}` })} onPress={() => {
      want({ kind: 'pull', left, right, lane: lane.id })
      go({ room: 'map', view: 'picture' })
    }}>{t('look')}</Button>
  )
}

/** Nothing is known: said as it is, with the way to know more. */
function Unknown({ model: { untold } }: { readonly model: MapModel }) {
  const { t } = useTranslation('map')
  return (
    <div className="pull-none">
      <p>{t('pull.none')}</p>
      <Untold count={untold} />
      <p><a className="button" href={addressOf({ room: 'rehearse', scenario: null })}>{t('pull.rehearse')}</a></p>
    </div>
  )
}

function Untold({ count }: { readonly count: number }) {
  const { t } = useTranslation('map')
  return count === 0 ? null : <p className="quiet">{t('pull.untold', { count })}</p>
}

/** Each two values once on either side; the cell that has the focus is said in whole below. */
function Matrix({ model: { graph, tensions }, cards }: { readonly model: MapModel; readonly cards: readonly CardId[] }) {
  const { t } = useTranslation('map')
  const [at, setAt] = useState<readonly [row: number, column: number]>([0, Math.min(1, cards.length - 1)])
  const table = useRef<HTMLTableElement>(null)
  const [row, column] = [Math.min(at[0], cards.length - 1), Math.min(at[1], cards.length - 1)]
  const move = (event: React.KeyboardEvent): void => {
    const isMirrored = getComputedStyle(event.currentTarget).direction === 'rtl'
    const last = cards.length - 1
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column + (isMirrored ? 1 : -1)], ArrowRight: [row, column + (isMirrored ? -1 : 1)],
      Home: [row, 0], End: [row, last], PageUp: [0, column], PageDown: [last, column]
    }
    const next = steps[event.key]
    if (next === undefined) return
    event.preventDefault()
    let [toRow, toColumn] = next.map((step) => Math.max(0, Math.min(last, step))) as [number, number]
    /* Over the empty cell of a value with itself, the way that one was going. */
    if (toRow === toColumn && toRow !== row) toRow = toRow > row ? toRow + 1 : toRow - 1
    else if (toRow === toColumn) toColumn = toColumn > column ? toColumn + 1 : toColumn - 1
    if (cards[toRow] === undefined || cards[toColumn] === undefined) return
    setAt([toRow, toColumn])
    table.current?.querySelector<HTMLElement>(`[data-cell="${toRow} ${toColumn}"]`)?.focus()
  }
  const [one, other] = [cards[row], cards[column]]
  return (
    <>
      <section className="scroll matrix" aria-label={t('pull.matrix')}>
        <table aria-describedby="matrix-keys" ref={table}>
          <thead><tr><th scope="col">{t('table.value')}</th>{cards.map((card, number) => <th key={card} scope="col"><abbr title={nameOf(graph, card)}>{number + 1}</abbr></th>)}</tr></thead>
          <tbody>
            {cards.map((left, ownRow) => (
              <tr key={left}>
                <th scope="row" className="own"><span className="number">{ownRow + 1}</span> <span dir="auto">{nameOf(graph, left)}</span></th>
                {cards.map((right, ownColumn) => {
                  if (left === right) return <td key={right} className="self">·</td>
                  const tension = tensions.get(left, right)
                  const said = pullWords(graph, left, right, tension)
                  const shown = tension === null ? t('pull.unknownShort') : valueWords(tension.value)
                  return (
                    <td key={right}>
                      <button
                        type="button" data-cell={`${ownRow} ${ownColumn}`} tabIndex={ownRow === row && ownColumn === column ? 0 : -1} aria-label={`${shown} ${said}`} title={said} onKeyDown={move} onFocus={() => setAt([ownRow, ownColumn])}
                        className={`pull-value ${tension === null ? 'unknown' : toneOf(tension.value)}`} onClick={() => setAt([ownRow, ownColumn])}
                      >{shown}</button>
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className="quiet" id="matrix-keys">{t('pull.matrixKeys')}</p>
      {one !== undefined && other !== undefined && <p className="matrix-said">{pullWords(graph, one, other, tensions.get(one, other))}</p>}
    </>
  )
}

function toneOf(value: number): string {
  return value <= -clearPull ? 'apart' : value >= clearPull ? 'together' : 'neither'
}
