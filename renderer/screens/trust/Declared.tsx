/** What the person says of a domain before they look: how much is enough, what they expect, where it ends, and when they look. */
import { useState } from 'react'
import { Button, Label, RadioGroup } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { declareDomain } from '../../../shared/commands/domain.ts'
import type { DomainTrust } from '../../../shared/trust/domain.ts'
import { usualThreshold } from '../../../shared/trust/badge.ts'
import { Field } from '../../components/fields/Field.tsx'
import { Pick } from '../../components/fields/Pick.tsx'
import { newMaker, perform, useNotebook } from '../../notebook.tsx'
import { useView } from '../../store.ts'
import { useFigures } from './figures.ts'

export function Declared({ domain }: { readonly domain: DomainTrust }) {
  const { t } = useTranslation('trust')
  const { percent } = useFigures()
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  const { declared, counted, badge } = domain
  const [threshold, setThreshold] = useState(inPercent(declared?.threshold ?? usualThreshold))
  const [expected, setExpected] = useState(inPercent(declared?.expected ?? null))
  const [edge, setEdge] = useState(declared?.edge ?? '')
  const [plan, setPlan] = useState<string>(declared?.plan?.kind ?? 'sequence')
  const [answers, setAnswers] = useState(declared?.plan?.kind === 'fixed' ? String(declared.plan.answers) : '12')
  const [trouble, setTrouble] = useState<string | null>(null)

  function keep(): void {
    const [enough, share, number] = [fromPercent(threshold), expected.trim() === '' ? null : fromPercent(expected), Number(answers)]
    if (enough === undefined || share === undefined) return setTrouble(t('declareShare'))
    if (plan === 'fixed' && !(Number.isInteger(number) && number >= 1 && number <= 10_000)) return setTrouble(t('declareNumber'))
    setTrouble(null)
    const done = perform(declareDomain(doc, domain.name, { threshold: enough, expected: share, edge: edge.trim(), plan: plan === 'fixed' ? { kind: 'fixed', answers: number } : { kind: 'sequence' } }, newMaker()))
    if (done !== null) say(t('declared'))
  }

  const came = counted.answers.length === 0 ? null : badge.approval.rate
  return (
    <section aria-labelledby="declared">
      <h2 id="declared">{t('declare')}</h2>
      <p className="quiet">{t(declared?.declaredAt == null ? 'declareNone' : 'declareHow')}</p>
      <div className="pair">
        <Field isPlain isLoose label={t('declareThreshold')} value={threshold} onChange={setThreshold} hint={t('declareThresholdHint')} />
        <Field isPlain isLoose label={t('declareExpected')} value={expected} onChange={setExpected} hint={declared?.expected != null && came !== null ? t('declareCame', { expected: percent(declared.expected), came: percent(came) }) : t('declareExpectedHint')} />
      </div>
      <Field isLoose isLong label={t('declareEdge')} value={edge} onChange={setEdge} placeholder={t('declareEdgeExample')} />
      <RadioGroup className="radios" value={plan} onChange={setPlan}>
        <Label>{t('declarePlan')}</Label>
        <Pick value="sequence">{t('planSequence')}</Pick>
        <Pick value="fixed">{t('planFixed')}</Pick>
      </RadioGroup>
      {plan === 'fixed' && <Field isPlain isLoose label={t('planAnswers')} value={answers} onChange={setAnswers} hint={t('planHint')} />}
      <output className="said">{trouble !== null && <p className="notice">{trouble}</p>}</output>
      <div className="actions"><Button className="button" onPress={keep}>{t('declareKeep')}</Button></div>
    </section>
  )
}

function inPercent(share: number | null): string {
  return share === null ? '' : String(Math.round(share * 100))
}

/** undefined: not a number from 0 to 100. */
function fromPercent(text: string): number | undefined {
  const number = Number(text.replace('%', '').replace(',', '.').trim())
  return text.trim() === '' || !Number.isFinite(number) || number < 0 || number > 100 ? undefined : number / 100
}
