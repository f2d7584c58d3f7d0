/** Situations out of an agent's log: pasted, looked at, and only then brought in. */
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { addScenarios } from '../../../shared/commands/scenario.ts'
import { readLog } from '../../../shared/packs/log.ts'
import { Field } from '../../components/fields/Field.tsx'
import { newMaker, perform, useNotebook } from '../../notebook.tsx'
import { toldWords } from '../../language/problems.ts'
import { addressOf, go, useView } from '../../store.ts'

const mostShown = 20

export function Paste() {
  const { t } = useTranslation('rehearse')
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  const [text, setText] = useState('')
  const { drafts, problems } = useMemo(() => readLog(text), [text])

  function keep(): void {
    const ids = perform(addScenarios(doc, drafts.map(({ domain, mode, situation, options }) => ({ domain, mode, situation, options: [...options], source: 'imported' })), newMaker()))
    if (ids === null) return
    say(t('paste.kept', { count: ids.length }))
    go({ room: 'rehearse', scenario: ids.length === 1 ? (ids[0] ?? null) : null })
  }

  return (
    <div className="column">
      <p className="crumb"><a href={addressOf({ room: 'rehearse', scenario: null })}>{t('crumb')}</a></p>
      <h1 tabIndex={-1}>{t('paste.title')}</h1>
      <p className="lead">{t('paste.lead')}</p>
      <Field isLoose isPlain isLong rows={6} label={t('paste.field')} value={text} onChange={setText} autoFocus />
      <output className="said">{text.trim() !== '' && <span>{drafts.length === 0 ? t('paste.nothing') : t('paste.found', { count: drafts.length })}</span>}</output>
      <ul className="found">
        {drafts.slice(0, mostShown).map((draft, at) => (
          <li key={at} className="panel">
            <p className="own" dir="auto">{draft.situation}</p>
            <ul>{draft.options.map((option, index) => <li key={index} className="own" dir="auto">{option}</li>)}</ul>
            <p className="quiet">{t(`mode.${draft.mode}`)}{draft.domain === '' ? '' : ` · ${draft.domain}`}</p>
          </li>
        ))}
      </ul>
      {problems.length > 0 && (
        <section aria-label={t('paste.problems')} className="problems">
          <h2>{t('paste.problems')}</h2>
          <ul>{problems.map((problem, at) => <li key={at}>{toldWords(problem)}</li>)}</ul>
        </section>
      )}
      <div className="actions">
        <Button className="button primary" isDisabled={drafts.length === 0} onPress={keep}>{t('paste.keep', { count: Math.max(1, drafts.length) })}</Button>
      </div>
    </div>
  )
}
