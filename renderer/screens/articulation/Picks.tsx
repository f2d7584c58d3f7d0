/** The phrases of an answer, each to keep, mend or leave out, with a blank one for what is missing. */
import { Button, CheckboxButton, CheckboxField } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import type { QuestionKey, Session } from '../../../shared/articulation/session.ts'
import { isSlogan } from '../../../shared/articulation/slogan.ts'
import { settleRemark, writePick } from '../../../shared/commands/session.ts'
import { PolicyId } from '../../../shared/schema.ts'
import { Field } from '../../components/fields/Field.tsx'
import { newMaker, perform, useNotebook } from '../../notebook.tsx'

export function Picks({ session, question }: { readonly session: Session; readonly question: QuestionKey }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const picks = session.picks.filter((pick) => pick.question === question)
  const next = Math.max(-1, ...picks.map(({ place }) => place)) + 1
  const isMine = (text: string): boolean => session.settled.some((one) => one.rule === 'slogan' && one.text === text)
  return (
    <>
      <ol className="lines">
        {picks.map(({ place, text, isKept }, at) => (
          <li key={place}>
            <CheckboxField aria-label={text.trim() === '' ? t('line.keep.blank', { number: at + 1 }) : t('line.keep', { text })} isSelected={isKept} onChange={(kept) => perform(writePick(doc, session.id, question, place, { isKept: kept }, newMaker()))}>
              <CheckboxButton className="check"><span className="box" aria-hidden="true" /></CheckboxButton>
            </CheckboxField>
            <Field label={t('line.label', { number: at + 1 })} isLabelHidden isLong rows={1} value={text} onChange={(words) => perform(writePick(doc, session.id, question, place, { text: words.replace(/\n/gu, ' '), isKept: true }, newMaker()))} placeholder={t('line.placeholder')} />
            {isKept && isSlogan(text) && !isMine(text) && (
              <output className="remark">{t('line.slogan')} <Button className="plain words" onPress={() => perform(settleRemark(doc, session.id, PolicyId.parse(`pick-${place}`), 'slogan', text, newMaker()))}>{t('line.slogan.mine')}</Button></output>
            )}
          </li>
        ))}
      </ol>
      <p><Button className="button" onPress={() => perform(writePick(doc, session.id, question, next, { text: '', isKept: true }, newMaker()))}>{t('line.another')}</Button></p>
    </>
  )
}
