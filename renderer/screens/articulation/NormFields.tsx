/** What can be said of a rule; every letter is kept. */
import { Button, Label, RadioGroup } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { editNorm } from '../../../shared/commands/norm.ts'
import { NormForce, type Norm } from '../../../shared/schema.ts'
import { Choice } from '../../components/fields/Choice.tsx'
import { Field } from '../../components/fields/Field.tsx'
import { Pick } from '../../components/fields/Pick.tsx'
import { perform, useNotebook } from '../../notebook.tsx'
import { percent } from '../../language/words.ts'

const strengths = [0.25, 0.5, 0.75, 1] as const

export function NormFields({ norm, onDone }: { readonly norm: Norm; readonly onDone?: () => void }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const write = (changes: Partial<Omit<Norm, 'id'>>): void => void perform(editNorm(doc, norm.id, changes))
  const nearest = strengths.toSorted((left, right) => Math.abs(left - norm.strength) - Math.abs(right - norm.strength))[0] ?? 0.5
  return (
    <div className="norm-fields">
      <Field label={t('norms.text')} isLong rows={1} value={norm.text} onChange={(text) => text.trim() !== '' && write({ text })} />
      <Choice label={t('norms.force')} value={norm.force} options={NormForce.options.map((key) => ({ key, text: t(`norms.force.${key}`) }))} onChange={(force) => write({ force })} />
      <Field label={t('norms.holder')} value={norm.holder} onChange={(holder) => write({ holder })} placeholder={t('norms.holder.placeholder')} />
      <Field label={t('norms.purpose')} isLong rows={1} value={norm.purpose} onChange={(purpose) => write({ purpose })} />
      <Field label={t('norms.exceptions')} isLong rows={1} value={norm.exceptions} onChange={(exceptions) => write({ exceptions })} />
      <Choice label={t('norms.strength')} value={String(nearest)} options={strengths.map((strength) => ({ key: String(strength), text: t('norms.strength.value', { percent: percent(strength) }) }))} onChange={(strength) => write({ strength: Number(strength) })} />
      <RadioGroup className="radios" value={String(norm.intrinsic)} onChange={(value) => write({ intrinsic: value === 'true' })}>
        <Label className="unseen">{t('norms.about', { text: norm.text })}</Label>
        <Pick value="true">{t('norms.intrinsic')}</Pick>
        <Pick value="false">{t('norms.extrinsic')}</Pick>
      </RadioGroup>
      {onDone !== undefined && <div className="actions"><Button className="button" onPress={onDone}>{t('norms.close')}</Button></div>}
    </div>
  )
}
