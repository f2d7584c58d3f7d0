/** What changes how the map is shown: its size, bands folded and open, what pulls apart, what is hidden. */
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import type { Lane } from '../../../shared/map/lanes.ts'
import { percent } from '../../language/words.ts'
import type { MapModel } from './model.ts'
import { PullList } from './Pulls.tsx'
import { useMapView, zooms } from './view.ts'

export function MapTools({ model, standing }: { readonly model: MapModel; readonly standing: (lane: Lane) => 'open' | 'folded' | 'hidden' }) {
  const { t } = useTranslation('map')
  const hasPulls = useMapView((view) => view.hasPulls)
  const { setPulls, setLanes } = useMapView.getState()
  const { lanes } = model
  const hidden = lanes.filter((lane) => standing(lane) === 'hidden')
  const folded = lanes.filter((lane) => standing(lane) === 'folded')
  const all = (next: 'open' | 'folded', of: readonly Lane[]): void => setLanes(Object.fromEntries(of.map(({ id }) => [id, next])))
  if (lanes.length === 0) return null
  return (
    <>
      <div className="map-tools">
        <Size />
        {lanes.length > 1 && <Button className="button" onPress={() => all(folded.length > 0 ? 'open' : 'folded', lanes.filter((lane) => standing(lane) !== 'hidden'))}>{t(folded.length > 0 ? 'unfold' : 'fold')}</Button>}
        <Button className={`button toggle${hasPulls ? ' pressed' : ''}`} aria-pressed={hasPulls} onPress={() => setPulls(!hasPulls)}>{t('pulls')}</Button>
        {hidden.length > 0 && <Button className="button" onPress={() => all('open', hidden)}>{t('hidden', { count: hidden.length })}</Button>}
      </div>
      {hasPulls && <PullList model={model} />}
    </>
  )
}

/** Alone, so that nothing else is rendered while the map grows and shrinks. */
function Size() {
  const { t } = useTranslation('map')
  const zoom = useMapView((view) => view.zoom)
  const { setZoom } = useMapView.getState()
  return (
    <fieldset aria-label={t('zoom')} className="joined">
      <Button className="button" aria-label={t('zoom.out')} isDisabled={zoom <= zooms.least} onPress={() => setZoom(zoom / zooms.step)}>−</Button>
      <Button className="button" aria-label={t('zoom.whole', { share: percent(zoom) })} onPress={() => setZoom(1)}>{percent(zoom)}</Button>
      <Button className="button" aria-label={t('zoom.in')} isDisabled={zoom >= zooms.most} onPress={() => setZoom(zoom * zooms.step)}>+</Button>
    </fieldset>
  )
}
