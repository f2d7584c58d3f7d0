/**
 * How far the values help: the same situations with the person's cards, with none, with mixed-up ones, with a pasted text, with
 * their past choices; and whether the answer holds when the same is put otherwise. Run in the background, stopped at will.
 */
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, CheckboxButton, CheckboxField } from 'react-aria-components'
import { toLists, valuesOf } from '../../../shared/graph.ts'
import { arms, flipKinds, isTrialOf, type Arm, type FlipKind, type Rehearsal, type Trial } from '../../../shared/rehearsal.ts'
import { selfConsistency } from '../../../shared/trust/again.ts'
import { burnedOf } from '../../../shared/trust/counted.ts'
import { isHit } from '../../../shared/trust/domain.ts'
import { rateOf, type Count } from '../../../shared/trust/interval.ts'
import { pairedDifference } from '../../../shared/trust/paired.ts'
import { isOfNow, nowOf } from '../../../shared/trust/stale.ts'
import { Field } from '../../components/fields/Field.tsx'
import { useJob } from '../../tasks/job.ts'
import { goneOf, subjectOf, useSubjects } from '../../tasks/library.ts'
import { useReading, useSteward } from '../../notebook.tsx'
import { numberWords } from '../../language/language.ts'
import { sentenceOf } from '../../language/problems.ts'
import { addressOf } from '../../store.ts'
import { useFigures } from '../trust/figures.ts'
import { Progress } from './Progress.tsx'

export function Compare() {
  const { t } = useTranslation('rehearse')
  const { notebook, status } = useSteward()
  const { graph, rehearsals, trials } = useReading()
  const subjects = useSubjects()
  const job = useJob()
  const [chosen, setChosen] = useState<ReadonlySet<Arm>>(new Set<Arm>(['cards', 'none', 'shuffled', 'past']))
  const [kinds, setKinds] = useState<ReadonlySet<FlipKind>>(new Set(flipKinds))
  const [profile, setProfile] = useState('')
  const answers = useMemo(() => heldOut(valuesOf(rehearsals)), [rehearsals])
  const self = useMemo(() => selfConsistency(valuesOf(rehearsals), burnedOf(valuesOf(rehearsals))), [rehearsals])
  const byId = useMemo(() => new Map(subjects.map((subject) => [subject.scenario.id as string, subject])), [subjects])
  const found = new Map([...(notebook.isSandbox ? [] : valuesOf(trials)), ...job.trials].map((trial) => [trial.content, trial]))
  const tried = answers.flatMap((rehearsal): readonly Tried[] => {
    const trial = found.get(rehearsal.content)
    return trial === undefined || !isTrialOf(trial, rehearsal) ? [] : [{ rehearsal, trial }]
  })
  const model = status?.model.kind === 'ready' ? status.model.sha256 : null
  const now = useMemo(() => nowOf(graph, [], model, status?.rules ?? null), [graph, model, status?.rules])
  const outdated = tried.filter(({ trial }) => !isOfNow(trial, now)).length
  const wanted = arms.filter((arm) => chosen.has(arm) && (arm !== 'profile' || profile.trim() !== ''))

  return (
    <div className="column">
      <p className="crumb"><a href={addressOf({ room: 'rehearse', scenario: null })}>{t('crumb')}</a></p>
      <h1 tabIndex={-1}>{t('compare')}</h1>
      <p className="lead">{t('compare.lead')}</p>
      {answers.length === 0 ? <p>{t('compare.none')} <a href={addressOf({ room: 'rehearse', scenario: null })}>{t('back')}</a></p> : (
        <>
          <p>{t('compare.over')} {t('compare.own', { count: answers.length })}.</p>
          <Boxes legend={t('compare.arms')} options={arms.map((key) => ({ key, text: t(`arm.${key}`) }))} chosen={chosen} onChange={setChosen} always="cards" />
          {chosen.has('profile') && <><Field isLoose isLong rows={4} label={t('profile.field')} value={profile} onChange={setProfile} /><p className="quiet">{t('profile.hint')}</p></>}
          <Boxes legend={t('flips')} options={flipKinds.map((key) => ({ key, text: t(`flip.${key}`) }))} chosen={kinds} onChange={setKinds} />
          <div className="actions">
            <Button className="button primary" isDisabled={job.state === 'running'} onPress={() => job.start({
              kind: 'trials', arms: wanted, flips: flipKinds.filter((kind) => kinds.has(kind)), profile: profile.trim() === '' || !chosen.has('profile') ? null : profile,
              scenarios: answers.map((rehearsal) => goneOf(subjectOf(rehearsal, byId), null)), ...(notebook.isSandbox ? { sandbox: toLists(graph) } : {})
            })}>{t('compare.go')}</Button>
          </div>
          {job.state === 'running' && <Progress label={t('compare.running')} share={job.share} onStop={job.stop} />}
          <output className="said">{typeof job.state === 'object' && <span className="notice">{sentenceOf(job.state)}</span>}{job.state === 'stopped' && t('turned.stopped')}</output>
          {outdated > 0 && <p className="notice">{t('compare.before', { count: outdated })}</p>}
          {tried.length > 0 && <Results tried={tried} self={self} />}
        </>
      )}
    </div>
  )
}

interface Tried {
  readonly rehearsal: Rehearsal
  readonly trial: Trial
}

const mostGone = 2_000

/** The latest of each situation that the person said their own choice of, and that led to no change; the newest where there are very many. */
function heldOut(rehearsals: readonly Rehearsal[]): readonly Rehearsal[] {
  const burned = burnedOf(rehearsals)
  const latest = new Map<string, Rehearsal>()
  for (const one of [...rehearsals].sort((left, right) => left.startedAt - right.startedAt)) {
    if (one.own.kind !== 'skipped' && one.withdrawnAt === null && !burned.has(one)) latest.set(one.content, one)
  }
  return [...latest.values()].slice(-mostGone)
}

/** `self`: how often the person said the same when they were asked again; no way can be right oftener. */
function Results({ tried, self }: { readonly tried: readonly Tried[]; readonly self: Count }) {
  const { t } = useTranslation('rehearse')
  const { percent } = useFigures()
  const points = (share: number): string => numberWords(Math.round(share * 100), { signDisplay: 'exceptZero' })
  const rated = (count: Count): string => {
    const { low, high } = rateOf(count)
    return t('compare.rate', { ...count, low: percent(low), high: percent(high) })
  }
  const scoreOf = ({ rehearsal, trial }: Tried, arm: Arm): number | null => {
    const took = trial.arms[arm]
    return took === undefined ? null : Number(isHit(took.outcome, rehearsal.own))
  }
  return (
    <>
      <h2>{t('compare.result')}</h2>
      <section className="scroll" aria-label={t('compare.result')}>
        <table>
          <thead><tr><th scope="col">{t('compare.way')}</th><th scope="col">{t('compare.right')}</th><th scope="col">{t('compare.against')}</th></tr></thead>
          <tbody>
            {arms.map((arm) => {
              const scores = tried.flatMap((each) => scoreOf(each, arm) ?? [])
              const pairs = tried.flatMap((each): readonly (readonly [number, number])[] => {
                const [cards, other] = [scoreOf(each, 'cards'), scoreOf(each, arm)]
                return cards === null || other === null ? [] : [[cards, other]]
              })
              const { n, difference, low, high } = pairedDifference(pairs)
              const right = { hits: scores.reduce((sum, score) => sum + score, 0), tries: scores.length }
              return (
                <tr key={arm}>
                  <th scope="row">{t(`arm.${arm}`)}</th>
                  <td>{right.tries === 0 ? t('compare.notTried') : rated(right)}</td>
                  <td>{arm === 'cards' || difference === null ? '' : n < 5 ? t('compare.few', { count: n, low: points(low), high: points(high) }) : t('compare.difference', { difference: points(difference), low: points(low), high: points(high) })}</td>
                </tr>
              )
            })}
            <tr>
              <th scope="row">{t('compare.you')}</th>
              <td>{self.tries === 0 ? t('compare.notAsked') : rated(self)}</td>
              <td>{t('compare.ceiling')}</td>
            </tr>
          </tbody>
        </table>
      </section>
      <h2>{t('compare.flips')}</h2>
      <section className="scroll" aria-label={t('compare.flips')}>
        <table>
          <thead><tr><th scope="col">{t('compare.kind')}</th><th scope="col">{t('compare.flipped')}</th></tr></thead>
          <tbody>
            {flipKinds.map((kind) => {
              const counts = tried.flatMap(({ trial }) => trial.flips.filter((flip) => flip.kind === kind))
              const count = { hits: counts.reduce((sum, { flipped }) => sum + flipped, 0), tries: counts.reduce((sum, { asked }) => sum + asked, 0) }
              return <tr key={kind}><th scope="row">{t(`flip.${kind}`)}</th><td>{count.tries > 0 ? rated(count) : t(counts.length === 0 ? 'compare.notTried' : 'compare.nothing')}</td></tr>
            })}
          </tbody>
        </table>
      </section>
      <p className="quiet">{t('compare.note')}</p>
    </>
  )
}

function Boxes<Key extends string>({ legend, options, chosen, onChange, always }: {
  readonly legend: string; readonly options: readonly { readonly key: Key; readonly text: string }[]; readonly chosen: ReadonlySet<Key>; readonly onChange: (next: ReadonlySet<Key>) => void; readonly always?: Key
}) {
  return (
    <fieldset className="boxes">
      <legend>{legend}</legend>
      {options.map(({ key, text }) => (
        <CheckboxField key={key} isSelected={chosen.has(key)} isDisabled={key === always} onChange={(isSelected) => onChange(new Set(isSelected ? [...chosen, key] : [...chosen].filter((other) => other !== key)))}>
          <CheckboxButton className="check"><span className="box" aria-hidden="true" />{text}</CheckboxButton>
        </CheckboxField>
      ))}
    </fieldset>
  )
}
