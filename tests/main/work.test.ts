/** Work of the local language model that windows follow and stop by its name. */
import { expect, it } from 'vitest'
import { createWorks } from '../../main/work.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { WritingJob } from '../../shared/ports.ts'
import type { WorkEvent } from '../../shared/work.ts'

/** Ends when it is told to, or is stopped. */
function held(): { readonly work: (job: WritingJob) => Promise<Result<string>>; readonly job: () => WritingJob; readonly end: () => void } {
  let [given, finish]: [WritingJob, () => void] = [{}, () => undefined]
  return {
    work: (job) => new Promise((resolve) => {
      given = job
      finish = () => resolve(ok('done'))
      job.signal?.addEventListener('abort', () => resolve({ ok: false, error: { kind: 'cancelled', message: 'stopped', remedy: 'ask again' } }))
    }),
    job: () => given,
    end: () => finish()
  }
}

it('tells the words as they come and how far it is, under the name that was given', async () => {
  const heard: WorkEvent[] = []
  const works = createWorks((event) => heard.push(event))
  const one = held()
  const done = works.run('a', one.work)
  one.job().onWords?.('Because')
  one.job().onProgress?.(0.5)
  one.job().onProgress?.(0.501)
  one.job().onWords?.('Because it')
  one.end()
  expect(await done).toEqual(ok('done'))
  expect(heard.map(({ job, share, text }) => [job, share, text])).toEqual([['a', 0, 'Because'], ['a', 0.5, 'Because'], ['a', 0.5, 'Because it']])
})

it('stops one by its name and not another, and what was stopped says nothing more', async () => {
  const heard: WorkEvent[] = []
  const works = createWorks((event) => heard.push(event))
  const [one, two] = [held(), held()]
  const [first, second] = [works.run('a', one.work), works.run('b', two.work)]
  works.stop('a')
  expect(await first).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
  one.job().onWords?.('late')
  two.job().onWords?.('still here')
  two.end()
  expect(await second).toEqual(ok('done'))
  expect(heard.map(({ text }) => text)).toEqual(['still here'])
  expect(works.stop('nothing of this name')).toEqual(ok(undefined))
})

it('refuses a name that runs already, and a fifth piece of work; all of it stops at the end', async () => {
  const works = createWorks(() => undefined)
  const running = ['a', 'b', 'c', 'd'].map((name) => works.run(name, held().work))
  for (const name of ['a', 'e']) expect(await works.run(name, held().work)).toMatchObject({ ok: false, error: { kind: 'conflict' } })
  works.close()
  for (const result of await Promise.all(running)) expect(result).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
  const again = held()
  const next = works.run('a', again.work)
  again.end()
  expect(await next).toEqual(ok('done'))
})
