/** "Why this?" on a line: what can be said of it, each in one plain sentence with an example; a remark can be let stand. */
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { lint, openRemarks } from '../../../shared/articulation/lint.ts'
import type { Session } from '../../../shared/articulation/session.ts'
import { settleRemark } from '../../../shared/commands/session.ts'
import type { LineKind } from '../../../shared/ports.ts'
import type { Policy } from '../../../shared/schema.ts'
import { newMaker, perform, useNotebook } from '../../notebook.tsx'
import { namedWords } from '../../language/words.ts'

export interface WhyProps {
  readonly policy: Policy
  readonly number: number
  readonly kind: LineKind | null
  readonly isByModel: boolean
  /** Where remarks can be let stand. */
  readonly session?: Session | undefined
  /** A slogan is to be a note, and a line no more. */
  readonly onNote: () => void
}

export function Why({ policy, number, kind, isByModel, session, onNote }: WhyProps) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const [isOpen, setIsOpen] = useState(false)
  const isSettled = (rule: string): boolean => session?.settled.some((one) => one.policy === policy.id && one.rule === rule && one.text === policy.text) === true
  const remarks = lint(policy.text)
  const open = openRemarks(policy.text, isSettled).length
  if (policy.text.trim() === '') return null
  return (
    <div className="why">
      <Button className="plain words" aria-expanded={isOpen} aria-label={t('why.line', { number })} onPress={() => setIsOpen(!isOpen)}>{t('why')}</Button>
      {session !== undefined && open > 0 && <span className="remark-count" aria-hidden="true">{open}</span>}
      {isOpen && (
        <ul className="remarks">
          {remarks.length === 0 && (kind === null || kind === 'policy') && <li>{t('why.good')}</li>}
          {remarks.map(({ rule, weight, words }) => (
            <li key={rule}>
              <p>{t(`lint.${rule}`, { words: words ?? '' })}</p>
              <p className="quiet">{t('why.example', { example: t(`lint.${rule}.example`) })}</p>
              {session !== undefined && weight !== 'info' && (isSettled(rule)
                ? <p className="quiet">{t('why.stood')}</p>
                : <Button className="button" aria-label={namedWords(t('why.stand'), t(`lint.${rule}`, { words: words ?? '' }))} onPress={() => perform(settleRemark(doc, session.id, policy.id, rule, policy.text, newMaker()))}>{t('why.stand')}</Button>)}
              {rule === 'slogan' && !isSettled(rule) && <> <Button className="button" aria-label={namedWords(t('why.note'), policy.text)} onPress={onNote}>{t('why.note')}</Button></>}
            </li>
          ))}
          {kind !== null && kind !== 'policy' && kind !== 'slogan' && <li><p>{t(`kind.${kind}`)} {isByModel && <span className="quiet">{t('kind.by')}</span>}</p></li>}
        </ul>
      )}
    </div>
  )
}
