/** What was said of a situation before, one rehearsal after the other, to look at; whether each counts; and one of them at an address of its own. */
import { useTranslation } from 'react-i18next'
import { Gone } from '../../components/frame/Gone.tsx'
import { Button } from 'react-aria-components'
import { withdrawRehearsal } from '../../../shared/commands/rehearsal.ts'
import { verdictOf, type Rehearsal } from '../../../shared/rehearsal.ts'
import type { RehearsalId } from '../../../shared/schema.ts'
import { useOutcomeWords, useOwnWords } from '../../components/Answer.tsx'
import { Original } from '../../components/Original.tsx'
import { PrintButton } from '../../components/Paper.tsx'
import { Told } from '../../components/frame/Told.tsx'
import { useShown } from '../../tasks/library.ts'
import { newMaker, perform, useNotebook, useReading } from '../../notebook.tsx'
import { addressOf } from '../../store.ts'
import { timeWords } from '../../language/words.ts'
import { useBurned } from '../trust/known.ts'
import { Judge } from './Judge.tsx'

export function Past({ rehearsals }: { readonly rehearsals: readonly Rehearsal[] }) {
  const { t } = useTranslation('rehearse')
  const { doc } = useNotebook()
  const outcomeWords = useOutcomeWords()
  const ownWords = useOwnWords()
  const shownOf = useShown()
  const burned = useBurned()
  return (
    <ol className="past">
      {[...rehearsals].reverse().map((rehearsal) => {
        const { id, scenario, startedAt, own, agent, withdrawnAt } = rehearsal
        const { options } = shownOf(rehearsal)
        const verdict = verdictOf(rehearsal)
        return (
          <li key={id} className="panel">
            <h3><a href={addressOf({ room: 'rehearse', scenario, said: id })}>{t('record', { date: timeWords(startedAt) })}</a></h3>
            <p><Told text={ownWords(own, options)} /></p>
            <p><Told text={agent === null ? t('agent.none') : outcomeWords(agent.outcome, options)} /></p>
            {verdict !== null && <p>{t('verdict.said', { verdict: t(`verdict.${verdict.verdict}`) })}</p>}
            {verdict === null && agent !== null && <Judge rehearsal={rehearsal} />}
            {burned.has(rehearsal) && <p className="quiet">{t('burned')}</p>}
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

/** One of them, by its own address. */
export function Decision({ id }: { readonly id: string }) {
  const { t } = useTranslation('rehearse')
  const { rehearsals } = useReading()
  const shownOf = useShown()
  const rehearsal = Object.hasOwn(rehearsals, id) ? rehearsals[id as RehearsalId] : undefined
  if (rehearsal === undefined) return <Gone title={t('decision.gone')} text={t('gone.hint')} back={t('back')} to={{ room: 'rehearse', scenario: null }} />
  const shown = shownOf(rehearsal)
  return (
    <article className="column rehearsal">
      <p className="crumb"><a href={addressOf({ room: 'rehearse', scenario: null })}>{t('crumb')}</a></p>
      <h1 tabIndex={-1}>{t('decision')}</h1>
      <p className="situation own" dir="auto" lang={shown.language ?? undefined}>{shown.situation}</p>
      <ul>{shown.options.map((option, at) => <li key={at} className="own" dir="auto">{option}</li>)}</ul>
      <Original shown={shown} situation={rehearsal.situation} options={rehearsal.options} />
      <Past rehearsals={[rehearsal]} />
      <div className="actions"><a className="button" href={addressOf({ room: 'rehearse', scenario: rehearsal.scenario })}>{t('decision.situation')}</a> <PrintButton /></div>
    </article>
  )
}
