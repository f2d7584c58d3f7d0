/**
 * The models on this device: which one predicts, what each needs and under which licence, those that can be had, and the one door to
 * the network, which says where it leads, how much comes and on which terms before it opens.
 */
import { useCallback, useEffect, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import type { CallArgument } from '../../shared/ipc.ts'
import type { Benchmark } from '../../shared/ports.ts'
import type { Result } from '../../shared/result.ts'
import type { Shelf, ShelfJob } from '../../shared/shelf.ts'
import { testJob } from '../../shared/work.ts'
import { Here, Import, Other, useSizes, type Act } from '../components/Shelf.tsx'
import { useFocusKept } from '../components/frame/kept.ts'
import { useSteward } from '../notebook.tsx'
import { sentenceOf, toldWords } from '../language/problems.ts'
import { percent } from '../language/words.ts'

export function Models() {
  const { t } = useTranslation('models')
  const { size } = useSizes()
  const { shelf, trouble, said, act, speed } = useShelf()
  const here = shelf?.models.filter(({ state }) => state === 'installed' || state === 'broken') ?? []
  const others = shelf?.models.filter(({ state }) => state === 'absent' || state === 'partial') ?? []
  return (
    <div className="column models">
      <p className="crumb"><a href="#/settings">{t('back')}</a></p>
      <h1 tabIndex={-1}>{t('title')}</h1>
      <p>{t('lead')}</p>
      <output className="said">
        {shelf === null && trouble === null && <p className="quiet">{t('loading')}</p>}
        {trouble !== null && <p className="notice">{trouble}</p>}
        {said !== null && <p>{said}</p>}
      </output>
      {shelf !== null && (
        <>
          {shelf.notice !== null && <p className="notice">{sentenceOf(shelf.notice)}</p>}
          <h2>{t('here')}</h2>
          <ul className="shelf">{here.map((model) => <Here key={model.name} model={model} shelf={shelf} act={act} />)}</ul>
          <Speed speed={speed} />
          <h2>{t('catalogue')}</h2>
          <p>{t('network', { host: shelf.host })}</p>
          {shelf.machine.free !== null && <p className="quiet">{t('free', { free: size(shelf.machine.free) })}</p>}
          {others.length === 0 ? <p>{t('none')}</p> : <ul className="shelf">{others.map((model) => <Other key={model.name} model={model} shelf={shelf} act={act} />)}</ul>}
          <Import job={shelf.job} act={act} />
        </>
      )}
    </div>
  )
}

function Speed({ speed }: { readonly speed: () => Promise<Result<Benchmark>> }) {
  const { t } = useTranslation('models')
  const { t: tell } = useTranslation('words-model')
  const { bridge } = useSteward()
  const [share, setShare] = useState(0)
  useEffect(() => bridge.onEvent((event) => {
    if (event.kind === 'work' && event.job === testJob) setShare(event.share)
  }), [bridge])
  const { size, number } = useSizes()
  const [isTesting, setIsTesting] = useState(false)
  const [result, setResult] = useState<Result<Benchmark> | null>(null)
  const button = useFocusKept<HTMLButtonElement>(isTesting)
  async function test(): Promise<void> {
    /* The button stays as it is meanwhile, so that the focus stays on it. */
    if (isTesting) return
    setIsTesting(true)
    setShare(0)
    setResult(null)
    const found = await speed()
    setResult(found.ok || found.error.kind !== 'cancelled' ? found : null)
    setIsTesting(false)
  }
  return (
    <>
      <div className="actions">
        <Button ref={button} className="button" onPress={() => void test()}>{t('test')}</Button>
        {isTesting && <Button className="button" onPress={() => void bridge.call('stopWork', { job: testJob })}>{tell('stop')}</Button>}
        {isTesting && <progress value={share} aria-label={t('test')} />}
      </div>
      <p className="hint">{t('testText')}</p>
      <output className="said">
        {isTesting && <p className="quiet">{t('testing')}</p>}
        {result !== null && !result.ok && <p className="notice">{sentenceOf(result.error)}</p>}
        {result?.ok === true && (
          <p>
            {t('testResult', { model: result.value.model, read: number(result.value.tokensPerSecond.read), write: number(result.value.tokensPerSecond.write), device: result.value.device === 'cpu' ? t('deviceCpu') : result.value.device })}{' '}
            {t('testMemory', { bandwidth: size(result.value.memoryBandwidth) })}{' '}{tell('test.share', { share: percent(Math.min(1, result.value.share)) })}{' '}
            {result.value.notes.map((note) => toldWords(note)).join(' ')}
          </p>
        )}
      </output>
    </>
  )
}

/** The list, always as it is now; what was done last and what went wrong, in words. */
function useShelf() {
  const { t } = useTranslation('models')
  const { bridge } = useSteward()
  const [shelf, setShelf] = useState<Shelf | null>(null)
  const [trouble, setTrouble] = useState<string | null>(null)
  const [said, setSaid] = useState<string | null>(null)
  const last = useRef<ShelfJob | null>(null)

  const take = useCallback((next: Shelf) => {
    setShelf(next)
    const { job } = next
    const before = last.current
    last.current = job
    /* Only what happens while one looks is said. */
    if (job === null || (before !== null && before.state === job.state && before.name === job.name) || (before === null && job.state !== 'running')) return
    const isCopy = job.kind === 'import'
    switch (job.state) {
      case 'running':
        setTrouble(null)
        return setSaid(t(isCopy ? 'copyStarted' : 'jobStarted', { name: job.name }))
      case 'done':
        return setSaid(t('jobDone', { name: job.name }))
      case 'stopped':
        return setSaid(t(isCopy ? 'copyStopped' : 'jobStopped', { name: job.name }))
      case 'failed':
        setSaid(null)
        return setTrouble(job.problem === null ? null : sentenceOf(job.problem))
    }
  }, [t])

  useEffect(() => {
    const read = (): void => void bridge.call('models', null).then((result) => (result.ok ? take(result.value) : setTrouble(sentenceOf(result.error))))
    read()
    const ends = [
      bridge.onEvent((event) => void (event.kind === 'models' && take(event.models))),
      /* What was told while the line was broken was not heard. */
      bridge.sync.onConnected((isConnected) => void (isConnected && read()))
    ]
    return () => ends.forEach((end) => end())
  }, [bridge, take])

  const act = useCallback<Act>(async (name, argument) => {
    setTrouble(null)
    setSaid(name === 'chooseModel' ? t('choosing', argument as CallArgument<'chooseModel'>) : null)
    const done = await bridge.call(name, argument) as Result<Shelf>
    if (!done.ok) {
      setSaid(null)
      setTrouble(sentenceOf(done.error))
      return false
    }
    take(done.value)
    if (name === 'chooseModel') setSaid(t('chosen', argument as CallArgument<'chooseModel'>))
    if (name === 'removeModel') setSaid(t('removed', argument as CallArgument<'removeModel'>))
    return true
  }, [bridge, take, t])

  const speed = useCallback(() => bridge.call('testModel', null), [bridge])
  return { shelf, trouble, said, act, speed }
}
