/** What the rooms are for, and the keys. */
import { useTranslation } from 'react-i18next'
import { addressOf, type Route } from '../store.ts'

const rooms: readonly Route[] = [
  { room: 'values', card: null }, { room: 'map', view: 'picture' }, { room: 'rehearse', scenario: null }, { room: 'trust', domain: null }, { room: 'agents' }, { room: 'devices' }
]

const [undoKey, paletteKey] = ['Z', 'K']

export function Help() {
  const { t } = useTranslation('help')
  const { t: frame } = useTranslation('frame')
  return (
    <div className="column">
      <h1 tabIndex={-1}>{t('title')}</h1>
      <p className="lead">{t('lead')}</p>
      <dl className="help">
        {rooms.map((route) => (
          <div key={route.room}>
            <dt><a href={addressOf(route)}>{frame(`room.${route.room}`)}</a></dt>
            <dd>{t(route.room)}</dd>
          </div>
        ))}
      </dl>
      <h2>{t('keys')}</h2>
      <dl className="keys">
        <div><dt><Key name="tab" /> <Key name="shift" /> <Key name="tab" /></dt><dd>{t('key.tab.does')}</dd></div>
        <div><dt><Key name="enter" /> <Key name="space" /></dt><dd>{t('key.enter.does')}</dd></div>
        <div><dt><Key name="ctrl" /> {t('key.or')} <Key name="cmd" /> <kbd>{undoKey}</kbd></dt><dd>{t('key.undo.does')}</dd></div>
        <div><dt><Key name="ctrl" /> {t('key.or')} <Key name="cmd" /> <kbd>{paletteKey}</kbd></dt><dd>{t('key.palette.does')}</dd></div>
        <div><dt><Key name="esc" /></dt><dd>{t('key.esc.does')}</dd></div>
      </dl>
      <h2>{t('stays')}</h2>
      <p>{t('stays.text')}</p>
    </div>
  )
}

function Key({ name }: { readonly name: 'tab' | 'shift' | 'enter' | 'space' | 'ctrl' | 'cmd' | 'esc' }) {
  const { t } = useTranslation('help')
  return <kbd>{t(`key.${name}`)}</kbd>
}
