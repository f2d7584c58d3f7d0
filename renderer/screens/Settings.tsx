/** How it looks and which language it speaks; the whole notebook to a file, and the way to take one in (Import.tsx). */
import { Button, Label, RadioGroup } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { Pick } from '../components/fields/Pick.tsx'
import { exportNotebook } from '../tasks/files.ts'
import { languages } from '../language/language.ts'
import { useSteward } from '../notebook.tsx'
import { addressOf, themes, useView, type Theme } from '../store.ts'
import { Disk } from './settings/Disk.tsx'

export function Settings() {
  const { bridge, status, notebook } = useSteward()
  const { t } = useTranslation('settings')
  const { theme, setTheme, language, setLanguage } = useView()
  const { t: models } = useTranslation('models')

  return (
    <div className="column">
      <h1 tabIndex={-1}>{t('title')}</h1>
      <RadioGroup className="radios" value={theme} onChange={(next) => setTheme(next as Theme)}>
        <Label>{t('look')}</Label>
        {themes.map((each) => <Pick key={each} value={each}>{t(`look.${each}`)}</Pick>)}
      </RadioGroup>
      <RadioGroup className="radios" value={language ?? 'system'} onChange={(next) => setLanguage(next === 'system' ? undefined : next)}>
        <Label>{t('heading')}</Label>
        <Pick value="system">{t('look.system')}</Pick>
        {languages.map((code) => <Pick key={code} value={code}><span lang={code} dir="auto">{ownName(code)}</span></Pick>)}
      </RadioGroup>
      <h2>{models('title')}</h2>
      <p><a href="#/settings/models">{models('link')}</a></p>
      <Disk />
      <h2>{t('file')}</h2>
      {notebook.isSandbox && <p className="quiet">{t('file.own')}</p>}
      <p>{t('file.text')}</p>
      <div className="actions">
        <Button className="button" onPress={() => void exportNotebook(bridge)}>{t('file.save')}</Button>
        <a className="button" href={addressOf({ room: 'settings', page: 'import' })}>{t('file.look')}</a>
      </div>
      <p className="quiet about">{t('about', { version: status?.version ?? '' })}{status?.model.kind === 'ready' && ` · ${t('about.model', { model: status.model.name })}`}</p>
    </div>
  )
}

/** What a language calls itself: "Deutsch". */
function ownName(code: string): string {
  const name = new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1)
}
