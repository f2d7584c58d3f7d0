/** The verdict: yes, not that, unsure. Each is kept as it is said, and the last one counts. */
import { useTranslation } from 'react-i18next'
import { Label, RadioGroup } from 'react-aria-components'
import { addVerdict } from '../../../shared/commands/rehearsal.ts'
import { Judgement, verdictOf, type Rehearsal } from '../../../shared/rehearsal.ts'
import { Pick } from '../../components/fields/Pick.tsx'
import { newMaker, perform, useNotebook } from '../../notebook.tsx'

export function Judge({ rehearsal }: { readonly rehearsal: Rehearsal }) {
  const { t } = useTranslation('rehearse')
  const { doc } = useNotebook()
  const said = verdictOf(rehearsal)?.verdict ?? null
  return (
    <section className="judge" aria-label={t('verdict')}>
      <h3>{t('verdict')}</h3>
      <RadioGroup className="radios row" value={said} onChange={(next) => {
        const read = Judgement.safeParse(next)
        if (read.success) perform(addVerdict(doc, rehearsal.id, { verdict: read.data, door: null, card: null, note: '' }, newMaker()))
      }}>
        <Label>{t('verdict.question')}</Label>
        {Judgement.options.map((verdict) => <Pick key={verdict} value={verdict}>{t(`verdict.${verdict}`)}</Pick>)}
      </RadioGroup>
      <output className="quiet">{said !== null && t('verdict.kept', { verdict: t(`verdict.${said}`) })}</output>
    </section>
  )
}
