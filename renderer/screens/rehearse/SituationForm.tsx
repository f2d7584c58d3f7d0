/** A new situation, or the words of one that is there: what happens, and two to six options. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { addScenario, editScenario } from '../../../shared/commands/scenario.ts'
import { limits, type Scenario } from '../../../shared/schema.ts'
import { Field } from '../../components/fields/Field.tsx'
import { useDomainNames } from '../../tasks/library.ts'
import { newMaker, perform, useNotebook } from '../../notebook.tsx'
import { addressOf, go } from '../../store.ts'

export function SituationForm({ scenario, onDone }: { readonly scenario?: Scenario; readonly onDone?: () => void }) {
  const { t } = useTranslation('rehearse')
  const { doc } = useNotebook()
  const [situation, setSituation] = useState(scenario?.situation ?? '')
  const names = useDomainNames()
  const [domain, setDomain] = useState(names.shown(scenario?.domain ?? ''))
  const [options, setOptions] = useState<readonly string[]>(scenario?.options ?? ['', ''])
  const filled = options.map((option) => option.trim()).filter((option) => option !== '')
  const areDifferent = new Set(filled).size === filled.length

  function begin(): void {
    const words = { domain: names.kept(domain.trim()), situation: situation.trim(), options: filled }
    if (scenario !== undefined) {
      if (perform(editScenario(doc, scenario.id, words)) !== null) onDone?.()
      return
    }
    const id = perform(addScenario(doc, { ...words, mode: 'theory', source: 'yours' }, newMaker()))
    if (id !== null) go({ room: 'rehearse', scenario: id })
  }

  return (
    <div className="column">
      <p className="crumb"><a href={addressOf({ room: 'rehearse', scenario: null })}>{t('crumb')}</a></p>
      <h1 tabIndex={-1}>{t(scenario === undefined ? 'form' : 'form.change')}</h1>
      <Field isLoose label={t('form.what')} isLong value={situation} onChange={setSituation} autoFocus placeholder={t('form.what.hint')} />
      <fieldset className="options">
        <legend>{t('form.options')}</legend>
        {options.map((option, at) => (
          <div className="option" key={at}>
            <Field isLoose label={t('form.option', { number: at + 1 })} isLong rows={1} value={option} onChange={(next) => setOptions(options.map((other, index) => (index === at ? next : other)))} />
            {options.length > 2 && <Button className="plain" aria-label={t('form.remove', { number: at + 1 })} onPress={() => setOptions(options.filter((_, index) => index !== at))}>✕</Button>}
          </div>
        ))}
        <Button className="button" isDisabled={options.length >= limits.optionsMax} onPress={() => setOptions([...options, ''])}>{t('form.another')}</Button>
      </fieldset>
      <Field isLoose label={t('form.domain')} isPlain value={domain} onChange={setDomain} placeholder={t('form.domain.hint')} />
      {!areDifferent && <output className="said hint">{t('form.same')}</output>}
      <div className="actions">
        <Button className="button primary" isDisabled={situation.trim() === '' || filled.length < 2 || !areDifferent} onPress={begin}>{t(scenario === undefined ? 'form.go' : 'form.keep')}</Button>
        {scenario !== undefined && <Button className="button" onPress={() => onDone?.()}>{t('form.leave')}</Button>}
      </div>
    </div>
  )
}
