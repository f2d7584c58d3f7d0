/** What was said of a situation before, one rehearsal after the other, to look at; and whether each counts. */
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { withdrawRehearsal } from '../../../shared/commands/rehearsal.ts'
import { verdictOf, type Rehearsal } from '../../../shared/rehearsal.ts'
import { useOutcomeWords, useOwnWords } from '../../components/Answer.tsx'
import { Told } from '../../components/Told.tsx'
import { newMaker, perform, useNotebook } from '../../notebook.tsx'
import { timeWords } from '../../words.ts'
import { Judge } from './Judge.tsx'

export function Past({ rehearsals }: { readonly rehearsals: readonly Rehearsal[] }) {
  const { t } = useTranslation('rehearse')
  const { doc } = useNotebook()
  const outcomeWords = useOutcomeWords()
  const ownWords = useOwnWords()
  return (
    <ol className="past">
      {[...rehearsals].reverse().map((rehearsal) => {
        const { id, startedAt, own, agent, options, burnedAt, withdrawnAt } = rehearsal
        const verdict = verdictOf(rehearsal)
        return (
          <li key={id} className="panel">
            <h3>{t('record', { date: timeWords(startedAt) })}</h3>
            <p><Told text={ownWords(own, options)} /></p>
            <p><Told text={agent === null ? t('agent.none') : outcomeWords(agent.outcome, options)} /></p>
            {verdict !== null && <p>{t('verdict.said', { verdict: t(`verdict.${verdict.verdict}`) })}</p>}
            {verdict === null && agent !== null && <Judge rehearsal={rehearsal} />}
            {burnedAt !== null && <p className="quiet">{t('burned')}</p>}
            <p className="actions">
              <Button className="button" onPress={() => perform(withdrawRehearsal(doc, id, withdrawnAt === null, newMaker()))}>{t(withdrawnAt === null ? 'withdraw' : 'unwithdraw')}</Button>
              {withdrawnAt !== null && <span className="quiet">{t('withdrawn')}</span>}
            </p>
          </li>
        )
      })}
    </ol>
  )
}
