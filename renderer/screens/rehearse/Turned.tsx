/** Which other rehearsals a change of the values turns: found in the background, each as it was and as it would be now. */
import { useTranslation } from 'react-i18next'
import { Told } from '../../components/frame/Told.tsx'
import { useOutcomeWords } from '../../components/Answer.tsx'
import { sentenceOf } from '../../language/problems.ts'
import type { JobState } from '../../tasks/job.ts'
import type { Subject } from '../../tasks/library.ts'
import { addressOf } from '../../store.ts'
import { Progress } from './Progress.tsx'

export interface TurnedProps {
  readonly job: JobState & { readonly stop: () => void }
  /** How many others there are, and their words by id. */
  readonly count: number
  readonly subjects: ReadonlyMap<string, Subject>
}

export function Turned({ job, count, subjects }: TurnedProps) {
  const { t } = useTranslation('rehearse')
  const outcomeWords = useOutcomeWords()
  const { state, turned } = job
  return (
    <section className="turned" aria-label={t('turned')}>
      <h3>{t('turned')}</h3>
      {count === 0 && <p className="quiet">{t('turned.alone')}</p>}
      {state === 'running' && <Progress label={t('turned.running', { count })} share={job.share} onStop={job.stop} />}
      <output className="said">
        {state === 'finished' && turned.length === 0 && <span className="quiet">{t('turned.none', { count })}</span>}
        {state === 'stopped' && <span className="quiet">{t('turned.stopped')}</span>}
        {typeof state === 'object' && <span className="notice">{sentenceOf(state)}</span>}
      </output>
      <ul className="cards">
        {turned.map(({ id, before, after }) => {
          const shown = subjects.get(id)?.shown
          const options = shown?.options ?? []
          return (
            <li key={id}>
              <a className="card" href={addressOf({ room: 'rehearse', scenario: id })}>
                <span className="line own" dir="auto">{shown?.situation ?? id}</span>
                <span className="quiet"><Told text={t('turned.line', { before: outcomeWords(before, options), after: outcomeWords(after, options) })} /></span>
              </a>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
