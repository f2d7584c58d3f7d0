/** A question before something that cannot be taken back. */
import { useTranslation } from 'react-i18next'
import { Button, DialogTrigger } from 'react-aria-components'
import { Question } from './Question.tsx'

export interface AskProps {
  /** On the button that asks, and on the one that does it. */
  readonly action: string
  readonly question: string
  readonly text: string
  readonly onYes: () => void
}

export function Ask({ action, question, text, onYes }: AskProps) {
  const { t } = useTranslation('frame')
  return (
    <DialogTrigger>
      <Button className="button danger">{action}</Button>
      <Question heading={question} isGrave>
        {(close) => (
          <>
            <p>{text}</p>
            <div className="actions">
              <Button className="button danger" onPress={() => {
                close()
                onYes()
              }}>{action}</Button>
              <Button className="button" onPress={close}>{t('leave')}</Button>
            </div>
          </>
        )}
      </Question>
    </DialogTrigger>
  )
}
