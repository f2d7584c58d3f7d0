/**
 * Asked again: the same situation some days later, the old answer hidden until the new one is given; and whether one still stands by
 * it. Shows nothing where nothing is due, and never more than a handful: what is not answered is not known, and counts as that.
 */
import { useMemo, useRef, useState } from 'react'
import { Button, Label, RadioGroup } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { addReask } from '../../../shared/commands/rehearsal.ts'
import { valuesOf } from '../../../shared/graph.ts'
import type { Own } from '../../../shared/rehearsal.ts'
import { dueAgain, isSameChoice, type Due } from '../../../shared/trust/again.ts'
import { Pick } from '../../components/fields/Pick.tsx'
import { useShown } from '../../tasks/library.ts'
import { newMaker, perform, useNotebook, useReading } from '../../notebook.tsx'
import { useView } from '../../store.ts'
import { OwnWords } from './Answers.tsx'
import { useFigures } from './figures.ts'
import { useBurned } from './known.ts'

const most = 3

export function Again() {
  const { t } = useTranslation('trust')
  const { rehearsals } = useReading()
  const burned = useBurned()
  /* Opened once a visit: what one is answering stays until it is done. */
  const [opened] = useState(() => Date.now())
  const [put, setPut] = useState<ReadonlySet<string>>(new Set())
  const [open, setOpen] = useState<Due | null>(null)
  const due = useMemo(() => dueAgain(valuesOf(rehearsals), burned, opened).filter((one) => !put.has(keyOf(one))), [rehearsals, burned, opened, put])
  const heading = useRef<HTMLHeadingElement>(null)
  const shownOf = useShown()
  if (due.length === 0 && open === null) return null
  return (
    <section className="panel again" aria-labelledby="again">
      <h2 id="again" ref={heading} tabIndex={-1}>{t('again')}</h2>
      {open !== null ? (
        <Question key={keyOf(open)} due={open} onDone={(isAnswered) => {
          if (!isAnswered) setPut(new Set([...put, keyOf(open)]))
          setOpen(null)
          heading.current?.focus()
        }} />
      ) : (
        <>
          <p>{t('againHow')}</p>
          <ul className="due">
            {due.slice(0, most).map((one) => (
              <li key={keyOf(one)}>
                <span className="own" dir="auto">{shownOf(one.rehearsal).situation.slice(0, 120)}</span>
                <Button className="button" onPress={() => setOpen(one)}>{t('againAnswer')}</Button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function Question({ due, onDone }: { readonly due: Due; readonly onDone: (isAnswered: boolean) => void }) {
  const { t } = useTranslation('trust')
  const { date } = useFigures()
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  const { rehearsal } = due
  const { situation, options } = useShown()(rehearsal)
  const [choice, setChoice] = useState<string | null>(null)
  const [given, setGiven] = useState<Own | null>(null)
  const [stands, setStands] = useState<string | null>(null)

  function give(): void {
    if (choice === null) return
    const own: Own = choice === 'par' || choice === 'ask' ? { kind: choice } : { kind: 'option', option: Number(choice) }
    if (due.kind === 'choice' && perform(addReask(doc, rehearsal.id, { kind: 'choice', choice: own }, newMaker())) === null) return
    setGiven(own)
  }

  function keep(): void {
    if (due.kind !== 'stand' || (stands !== 'yes' && stands !== 'no' && stands !== 'unsure')) return
    if (perform(addReask(doc, rehearsal.id, { kind: 'stand', days: due.days, stands }, newMaker())) === null) return
    say(t('againKept'))
    onDone(true)
  }

  return (
    <>
      <p className="situation own" dir="auto">{situation}</p>
      {given === null ? (
        <>
          <RadioGroup className="radios yours" value={choice} onChange={setChoice}>
            <Label>{t('againChoose')}</Label>
            {options.map((option, at) => <Pick key={at} value={String(at)} isOwn>{option}</Pick>)}
            <Pick value="par">{t('own_par')}</Pick>
            <Pick value="ask">{t('own_ask')}</Pick>
          </RadioGroup>
          <p className="quiet">{t('againHidden')}</p>
          <div className="actions">
            <Button className="button primary" isDisabled={choice === null} onPress={give}>{t('againGive')}</Button>
            <Button className="button" onPress={() => onDone(false)}>{t('againLater')}</Button>
          </div>
        </>
      ) : (
        <>
          <p><span className="mark-you">● {t('againNow')}</span> <OwnWords own={given} options={options} /></p>
          <p><span className="mark-you">● {t('againThen', { date: date(rehearsal.startedAt) })}</span> <OwnWords own={rehearsal.own} options={options} /></p>
          {due.kind === 'choice' ? (
            <>
              <p>{t(isSameChoice(given, rehearsal.own) ? 'againSame' : 'againOther')}</p>
              <div className="actions"><Button className="button" onPress={() => onDone(true)}>{t('againDone')}</Button></div>
            </>
          ) : (
            <>
              <RadioGroup className="radios yours" value={stands} onChange={setStands}>
                <Label>{t('againStand')}</Label>
                {(['yes', 'no', 'unsure'] as const).map((word) => <Pick key={word} value={word}>{t(`stand_${word}`)}</Pick>)}
              </RadioGroup>
              <div className="actions">
                <Button className="button primary" isDisabled={stands === null} onPress={keep}>{t('againKeep')}</Button>
                <Button className="button" onPress={() => onDone(false)}>{t('againLater')}</Button>
              </div>
            </>
          )}
        </>
      )}
    </>
  )
}

function keyOf(due: Due): string {
  return `${due.rehearsal.id} ${due.kind === 'stand' ? due.days : 'choice'}`
}
