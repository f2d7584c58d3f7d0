/**
 * One situation, rehearsed: the person first, blind; then what an agent guided by their values would do, and why; then the
 * verdict, what is mended for it in place, the answer before and after, and which other rehearsals that turns.
 *
 * Invariants: nothing of the agent's is shown, or even asked for, before the person has answered or left it out; what they
 * said is written down before the agent is asked; a mend that follows burns the situation, whatever is undone afterwards.
 */
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Gone } from '../components/frame/Gone.tsx'
import { Button } from 'react-aria-components'
import { agentAnswer } from '../../shared/decision/answered.ts'
import { addVerdict, beginRehearsal, recordAgent, recordMend } from '../../shared/commands/rehearsal.ts'
import { toLists } from '../../shared/graph.ts'
import type { Preview } from '../../shared/ipc.ts'
import { inForce } from '../../shared/decision/priority.ts'
import { contentOf, digestOfGraph, orderOf, type Door, type Rehearsal as Record } from '../../shared/rehearsal.ts'
import type { Problem, Result } from '../../shared/result.ts'
import { limits, type CardId, type Graph, type Outcome, type RehearsalId, type ScenarioId } from '../../shared/schema.ts'
import { Answer, useOutcomeWords } from '../components/Answer.tsx'
import { Mend } from '../components/Mend.tsx'
import { Original } from '../components/Original.tsx'
import { Told } from '../components/frame/Told.tsx'
import { PrintButton } from '../components/Paper.tsx'
import { Explain } from '../components/words/Explain.tsx'
import { MakeOne } from '../components/words/MakeOne.tsx'
import { useJob } from '../tasks/job.ts'
import { contentOfSubject, goneOf, subjectOf, useLibrary, useSubjects, type Subject } from '../tasks/library.ts'
import { newMaker, perform, useNotebook, useReading, useSteward, type Answered } from '../notebook.tsx'
import { sentenceOf } from '../language/problems.ts'
import { addressOf } from '../store.ts'
import { changeWords, dateWords, listWords } from '../language/words.ts'
import { Compare } from './rehearse/Compare.tsx'
import { First, type Said } from './rehearse/First.tsx'
import { Judge } from './rehearse/Judge.tsx'
import { Past } from './rehearse/Past.tsx'
import { Paste } from './rehearse/Paste.tsx'
import { SituationForm } from './rehearse/SituationForm.tsx'
import { Turned } from './rehearse/Turned.tsx'

export function Rehearsal({ id }: { readonly id: string }) {
  switch (id) {
    case 'new':
      return <SituationForm />
    case 'paste':
      return <Paste />
    case 'compare':
      return <Compare />
    default:
      return <Found id={id} />
  }
}

function Found({ id }: { readonly id: string }) {
  const { t } = useTranslation('rehearse')
  const library = useLibrary()
  const subjects = useSubjects()
  const { rehearsals } = useReading()
  const byId = useMemo(() => new Map(subjects.map((subject) => [subject.scenario.id as string, subject])), [subjects])
  const known = byId.get(id)
  /* One that is gone can still be looked at by what was said of it. */
  const last = known === undefined ? Object.values(rehearsals).filter(({ scenario }) => scenario === id).sort((left, right) => left.startedAt - right.startedAt).at(-1) : undefined
  const subject = known ?? (last === undefined ? undefined : subjectOf(last, byId))
  if (subject !== undefined) return <Situation subject={subject} subjects={byId} />
  if (library.kind === 'loading') return <div className="column"><output className="quiet">{t('loading')}</output></div>
  return <Gone title={t('gone')} text={library.kind === 'failed' ? t('failed', { problem: sentenceOf(library.problem) }) : t('gone.hint')} back={t('back')} to={{ room: 'rehearse', scenario: null }} />
}

interface SubjectProps {
  readonly subject: Subject
  /** All others, by id. */
  readonly subjects: ReadonlyMap<string, Subject>
}

function Situation({ subject, subjects }: SubjectProps) {
  const { t } = useTranslation('rehearse')
  const { scenarios } = useReading()
  const { scenario, library, judged, shown } = subject
  const [isMending, setIsMending] = useState(false)
  if (isMending) return <SituationForm scenario={scenario} onDone={() => setIsMending(false)} />
  return (
    <article className="column rehearsal">
      <p className="crumb"><a href={addressOf({ room: 'rehearse', scenario: null })}>{t('crumb')}</a></p>
      <h1 tabIndex={-1}>{t('question')}</h1>
      <p className="situation own" dir="auto" lang={shown.language ?? undefined}>{shown.situation}</p>
      {library !== null && (
        <p className="quiet">{shown.affected.length > 0 && `${t('affected', { who: listWords(shown.affected) })} `}{t(`reversible.${library.reversibility}`)}{library.mode === 'action' && ` ${t('acts.hint')}`}</p>
      )}
      {library !== null && library.calls !== null && (
        <details className="reminder">
          <summary>{t('calls')}</summary>
          <ul>{shown.options.map((option, at) => <li key={at}><span className="own" dir="auto">{option}</span><p className="log quiet" dir="auto">{shown.judged[at]}</p></li>)}</ul>
        </details>
      )}
      <Original shown={shown} situation={scenario.situation} options={scenario.options} judged={judged} />
      {Object.hasOwn(scenarios, scenario.id) && <p className="under"><Button className="plain words" onPress={() => setIsMending(true)}>{t('change')}</Button></p>}
      {/* An answer is about these very words in this order: with others, also where an edit is taken back or another window writes, one asks anew. */}
      <Steps key={contentOf(scenario) + orderOf(scenario.options) + scenario.domain} subject={subject} subjects={subjects} />
    </article>
  )
}

/** Where one is: to answer first, answered and waiting, or looking at the answer. */
function Steps({ subject, subjects }: SubjectProps) {
  const { t } = useTranslation('rehearse')
  const steward = useSteward()
  const { notebook, status } = steward
  const { graph, rehearsals } = useReading()
  const { scenario, shown } = subject
  const content = contentOfSubject(subject)
  const order = orderOf(scenario.options)
  const kept = notebook.answers.get(scenario.id)
  const [current, setCurrent] = useState<RehearsalId | null>(kept !== undefined && contentOf(kept.answered.scenario) === content && orderOf(kept.answered.scenario.options) === order ? kept.rehearsal : null)
  const [before, setBefore] = useState<Answered | null>(current === null ? null : (kept?.before ?? null))
  const [answered, setAnswered] = useState<Answered | null>(current === null ? null : (kept?.answered ?? null))
  const [isLooking, setIsLooking] = useState(false)
  const [isAsking, setIsAsking] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  /* What was said is written down then, and need not be said again. */
  const [hasFailed, setHasFailed] = useState(false)
  const isFresh = useRef(false)
  const outcome = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    /* What was asked for is read out, and the keyboard goes on from there; an answer that was there already takes nothing. */
    if (isFresh.current) outcome.current?.focus()
    isFresh.current = false
  }, [answered])

  const past = useMemo(() => Object.values(rehearsals).filter((one) => one.content === content).sort((left, right) => left.startedAt - right.startedAt), [rehearsals, content])
  const record = current === null ? undefined : rehearsals[current]
  /* As it was on coming here: what another window does meanwhile takes nothing of what is being said in this one. */
  const [isAgain, setIsAgain] = useState(past.length === 0)
  const begun = current === null && !isAgain ? past.find((one) => one.agent === null && one.withdrawnAt === null && orderOf(one.options) === order) : record

  async function ask(id: RehearsalId, isFirst: boolean): Promise<Answered | null> {
    /* The button stays as it is meanwhile, so that the focus stays on it. */
    if (isAsking) return null
    setIsAsking(true)
    setProblem(null)
    const asked = await askAgent(steward, subject, inForce(graph, Date.now()))
    setIsAsking(false)
    if (!asked.ok) {
      setProblem(asked.error)
      setHasFailed(true)
      return null
    }
    const next = asked.value
    /* Refused where another window was asked the same in the same moment: one answer is enough. */
    if (isFirst) recordAgent(notebook.doc, id, agentAnswer(next.preview.decision.certificate, next.graph, next.preview.evidence, Date.now(), next.theory === null ? null : { theory: next.theory.decision.outcome, action: next.preview.decision.outcome }))
    const previous = isFirst ? null : answered
    notebook.answers.set(scenario.id, { rehearsal: id, before: previous, answered: next })
    isFresh.current = true
    setCurrent(id)
    setBefore(previous)
    setAnswered(next)
    return next
  }

  function begin({ own, forecast, shown }: Said): void {
    if (isAsking) return
    const id = perform(beginRehearsal(notebook.doc, { scenario, pack: subject.library?.pack ?? null, own, forecast, shown }, newMaker()))
    if (id === null) return
    setCurrent(id)
    void ask(id, true)
  }

  const said = (
    <output className="said">
      {isAsking && status?.model.kind === 'loading' && <p className="quiet">{t('getting')}</p>}
      {problem !== null && <p className="notice">{t('safe', { problem: sentenceOf(problem) })}</p>}
      {answered !== null && before !== null && <Difference before={before} after={answered} options={shown.options} />}
    </output>
  )
  if (record !== undefined && answered !== null) {
    return (
      <>
        {said}
        <Answer heading={outcome} preview={answered.preview} theory={answered.theory} graph={answered.graph} shown={shown} own={record.own} forecast={record.forecast} before={before?.preview.decision.probabilities ?? null} />
        <Explain key={`${answered.preview.evidence.model.sha256} ${answered.preview.decision.probabilities.join(' ')}`} preview={answered.preview} shown={shown} />
        <After record={record} answered={answered} before={before} subjects={subjects} isAsking={isAsking} onAsk={() => ask(record.id, false)} />
        {scenario.mode === 'theory' && <MakeOne shown={shown} domain={scenario.domain} />}
        {!isAsking && (
          <p className="under again"><PrintButton />{' '}<Button className="plain words" onPress={() => {
            notebook.answers.delete(scenario.id)
            setCurrent(null)
            setAnswered(null)
            setBefore(null)
            setHasFailed(false)
            setIsAgain(true)
          }}>{t('again')}</Button></p>
        )}
      </>
    )
  }
  if (begun !== undefined && (hasFailed || !isAgain)) {
    return (
      <>
        <p>{t('resume')}</p>
        <div className="actions"><Button className="button primary" onPress={() => void ask(begun.id, true)}>{t(isAsking ? 'asking' : 'go')}</Button></div>
        {said}
      </>
    )
  }
  if (past.length > 0 && !isAgain) {
    return (
      <>
        <p>{t('past', { count: past.length, date: dateWords(past.at(-1)?.startedAt ?? 0) })}</p>
        <div className="actions">
          <Button className="button primary" onPress={() => setIsAgain(true)}>{t('again')}</Button>
          <Button className="button" aria-expanded={isLooking} onPress={() => setIsLooking(!isLooking)}>{t('look')}</Button>
        </div>
        {isLooking ? <Past rehearsals={past} /> : <p className="quiet">{t('look.hint')}</p>}
      </>
    )
  }
  return (
    <>
      <First subject={subject} isAsking={isAsking} onSaid={begin} />
      {said}
    </>
  )
}

/** The verdict and what follows from it. */
function After({ record, answered, before, subjects, isAsking, onAsk }: {
  readonly record: Record; readonly answered: Answered; readonly before: Answered | null; readonly subjects: SubjectProps['subjects']; readonly isAsking: boolean
  /** Asks again; gives the new answer, or null. */
  readonly onAsk: () => Promise<Answered | null>
}) {
  const { t } = useTranslation('rehearse')
  const { doc, isSandbox } = useNotebook()
  const reading = useReading()
  const { graph, rehearsals } = reading
  const job = useJob()
  const [door, setDoor] = useState<Door | null>(null)
  const [card, setCard] = useState<CardId | null>(null)
  /* The notebook as it was when the door was opened, to say what was mended. */
  const start = useRef(reading)
  const noted = useRef(false)
  const verdict = record.verdicts.at(-1)?.verdict ?? null
  const [opened] = useState(() => Date.now())
  const isChanged = useMemo(() => digestOfGraph(inForce(graph, opened)) !== digestOfGraph(answered.graph), [graph, answered, opened])
  const others = useMemo(() => latestOf(rehearsals, record), [rehearsals, record])
  const asThen = useMemo(() => new Map(others.map((other) => [other.scenario as string, subjectOf(other, subjects)])), [others, subjects])

  function note(after: Answered | null, turned: readonly ScenarioId[]): void {
    perform(recordMend(doc, record.id, {
      door, card, words: changeWords(start.current, reading), before: answered.preview.decision.outcome, after: after?.preview.decision.outcome ?? null, turned: turned.slice(0, limits.turned)
    }, newMaker()))
  }
  useEffect(() => {
    /* Burned as soon as something is mended for it, whether or not one asks again. */
    if (door === null || !isChanged || noted.current) return
    noted.current = true
    note(null, [])
  })

  async function see(): Promise<void> {
    if (isAsking || !isChanged) return
    if (!noted.current) note(null, [])
    const next = await onAsk()
    if (next === null) return
    noted.current = false
    start.current = reading
    if (others.length === 0) return note(next, [])
    job.start({
      kind: 'turned', arms: [], flips: [], profile: null, scenarios: others.map((other) => goneOf(subjectOf(other, subjects), other.agent?.outcome ?? null)),
      ...(isSandbox ? { sandbox: toLists(next.graph) } : {})
    }, ({ turned }) => note(next, turned.map(({ id }) => id)))
  }

  return (
    <>
      <Judge rehearsal={record} />
      {verdict === 'not-that' && (
        <>
          <Mend preview={answered.preview} asked={answered.graph} onDoor={(next, id) => {
            if (door === null) start.current = reading
            setDoor(next)
            setCard(id)
            perform(addVerdict(doc, record.id, { verdict: 'not-that', door: next, card: id, note: '' }, newMaker()))
          }} />
          <p className="quiet">{t('burns')}</p>
        </>
      )}
      {(verdict === 'not-that' || isChanged || before !== null) && (
        <div className="actions">
          <Button className="button primary" isDisabled={!isAsking && !isChanged} onPress={() => void see()}>{t(isAsking ? 'asking' : 'see')}</Button>
          <span className="quiet">{t(isChanged ? 'changed' : 'mendFirst')}</span>
        </div>
      )}
      {before !== null && <Turned job={job} count={others.length} subjects={asThen} />}
    </>
  )
}

/** The latest answered rehearsal of every other situation (of one whose words were changed since, of the words it came to), the newest of them where there are very many. */
function latestOf(rehearsals: Readonly<{ [id: string]: Record }>, own: Record): readonly Record[] {
  const newest = Object.values(rehearsals).filter((one) => one.agent !== null && one.withdrawnAt === null && one.content !== own.content && one.scenario !== own.scenario).sort((left, right) => right.startedAt - left.startedAt)
  const [contents, scenarios] = [new Set<string>(), new Set<string>()]
  return newest.filter(({ content, scenario }) => {
    if (contents.has(content) || scenarios.has(scenario)) return false
    contents.add(content)
    scenarios.add(scenario)
    return true
  }).slice(0, limits.turned)
}

async function askAgent({ bridge, notebook }: ReturnType<typeof useSteward>, { scenario, judged }: Subject, graph: Graph): Promise<Result<Answered>> {
  const { domain, mode, situation } = scenario
  const ask = (options: readonly string[]): Promise<Result<Preview>> => bridge.call('preview', { domain, mode, situation, options: [...options], content: contentOf(scenario), ...(notebook.isSandbox ? { sandbox: toLists(graph) } : {}) })
  const preview = await ask(judged)
  if (!preview.ok) return preview
  const isActing = judged.some((each, at) => each !== scenario.options[at])
  const theory = isActing ? await ask(scenario.options) : null
  if (theory !== null && !theory.ok) return theory
  return { ok: true, value: { preview: preview.value, theory: theory?.value ?? null, scenario, graph } }
}

function Difference({ before, after, options }: { readonly before: Answered; readonly after: Answered; readonly options: readonly string[] }) {
  const { t } = useTranslation('rehearse')
  const outcomeWords = useOutcomeWords()
  const [was, is] = [before, after].map(({ preview }): Outcome => preview.decision.outcome).map((outcome) => outcomeWords(outcome, options))
  return (
    <div className="difference">
      <p><span className="quiet">{t('before')}</span> <Told text={was ?? ''} /></p>
      <p><span className="quiet">{t('now')}</span> <strong><Told text={is ?? ''} /></strong></p>
      {was === is && <p className="quiet">{t('sameChoice')}</p>}
    </div>
  )
}
