/**
 * The kinds of situation: their words, which is part of which, which means the same as another, and whether it is open, folded
 * or hidden on the map. Rows are plain words; the one that is changed alone has fields, since each offers every other kind.
 */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { valuesOf } from '../../shared/graph.ts'
import type { Context, ContextId } from '../../shared/schema.ts'
import { ContextFields, TakeAway } from '../screens/map/Details.tsx'
import { MoreRows, rowsAtFirst } from '../screens/map/MoreRows.tsx'
import { standingOf, type MapModel } from '../screens/map/model.ts'
import { useMapView } from '../screens/map/view.ts'
import { listWords, namedWords, whenWords } from '../language/words.ts'

interface ContextTableProps {
  readonly model: MapModel
  readonly isFound: (...texts: readonly string[]) => boolean
}

export function ContextTable({ model, isFound }: ContextTableProps) {
  const { t } = useTranslation('map')
  const [most, setMost] = useState(rowsAtFirst)
  const [changing, setChanging] = useState<ContextId | null>(null)
  const all = valuesOf(model.graph.contexts)
  const contexts = all.filter(({ text }) => isFound(text))
  if (all.length === 0) return null
  return (
    <section className="scroll" id="map-kinds" aria-label={t('table.kinds')}>
      <h2 tabIndex={-1}>{t('table.kinds')}</h2>
      <table className="stacks">
        <caption>{t('table.kinds', { count: contexts.length })}</caption>
        <thead><tr>{['when', 'partOf', 'same', 'onMap', 'actions'].map((name) => <th key={name} scope="col">{t(`table.${name}`)}</th>)}</tr></thead>
        <tbody>
          {contexts.slice(0, most).map((context) => (
            changing === context.id
              ? <tr key={context.id}><td colSpan={5}><ContextFields context={context} contexts={all} /><div className="actions"><Button className="button" autoFocus onPress={() => setChanging(null)}>{t('table.done')}</Button></div></td></tr>
              : <Row key={context.id} model={model} context={context} onChange={() => setChanging(context.id)} />
          ))}
        </tbody>
      </table>
      <MoreRows shown={most} all={contexts.length} onMore={setMost} />
    </section>
  )
}

function Row({ model: { graph, lanes }, context, onChange }: { readonly model: MapModel; readonly context: Context; readonly onChange: () => void }) {
  const { t } = useTranslation('map')
  const chosen = useMapView((view) => view.lanes)
  const { setLanes } = useMapView.getState()
  const words = whenWords(context.text)
  const nameOfOther = (id: ContextId): string => whenWords(graph.contexts[id]?.text ?? '')
  const lane = lanes.find(({ id }) => id === context.id)
  const standing = lane === undefined ? null : standingOf(lanes, chosen)(lane)
  return (
    <tr>
      <th scope="row" className="own"><span dir="auto">{words}</span></th>
      <td data-label={t('table.partOf')}>{context.within.length === 0 ? '–' : <span dir="auto">{listWords(context.within.map(nameOfOther))}</span>}</td>
      <td data-label={t('table.same')}>{context.synonymOf === null ? '–' : <span dir="auto">{nameOfOther(context.synonymOf)}</span>}</td>
      <td data-label={t('table.onMap')}>{standing === null ? '–' : t(`table.${standing}`)}</td>
      <td className="row-actions">
        <Button className="button" aria-label={t('table.changeIt', { what: words })} onPress={onChange}>{t('table.change')}</Button>
        {standing !== null && <Button className="button" aria-label={namedWords(t(standing === 'hidden' ? 'lane.show' : 'lane.hide'), words)} onPress={() => setLanes({ [context.id]: standing === 'hidden' ? 'open' : 'hidden' })}>{t(standing === 'hidden' ? 'lane.show' : 'lane.hide')}</Button>}
        {standing !== null && standing !== 'hidden' && <Button className="button" aria-label={namedWords(t(standing === 'open' ? 'lane.fold' : 'lane.unfold'), words)} onPress={() => setLanes({ [context.id]: standing === 'open' ? 'folded' : 'open' })}>{t(standing === 'open' ? 'lane.fold' : 'lane.unfold')}</Button>}
        <TakeAway context={context} isShort />
      </td>
    </tr>
  )
}
