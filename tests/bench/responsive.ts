/**
 * Does anything stand still while the model works? In the host's main thread and in a window in Chromium: how long somebody waits
 * who comes at a random moment (tests/support/loop.ts), at the 99th percentile and at the longest. First while nothing is asked, then while thirty
 * situations are gone over in the background, by every arm and every change of wording, and while an agent is asked about new ones.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { openHome } from '../../main/replica.ts'
import { addCard, setStatus } from '../../shared/commands/card.ts'
import { addContext } from '../../shared/commands/context.ts'
import { beginRehearsal } from '../../shared/commands/rehearsal.ts'
import { ScenarioId } from '../../shared/schema.ts'
import { valueOf } from '../support/document.ts'
import { tick, waitsOf } from '../support/loop.ts'
import { describeSituation } from '../support/notebook.ts'
import { openChromium, openPage, startApp, type App } from '../support/window.ts'
import type { Measurement } from './run.ts'

const answered = 30
const questions = 6
const seconds = { idle: 10, compare: 45 }
/** Milliseconds, as promised. */
const most = { main: 50, window: 16 }

export async function benchResponsive(): Promise<readonly Measurement[]> {
  const found: Measurement[] = []
  for (const cards of [20, 200]) found.push(...(await measureHome(cards)))
  return found
}

async function measureHome(cards: number): Promise<readonly Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-bench-'))
  const loop = join(folder, 'ticks.json')
  const probe = pathToFileURL(join(import.meta.dirname, '..', 'support', 'loop.ts')).href
  const app = await startApp({ NODE_OPTIONS: `--import=${probe}`, STEWARD_LOOP: loop }, (home) => writeValues(home, cards))
  const browser = await openChromium()
  try {
    const { page } = await openPage(browser, app.address)
    await page.getByRole('link', { name: 'Values' }).first().waitFor()
    await page.evaluate(() => void (location.hash = '#/rehearse/compare'))
    const go = page.getByRole('button', { name: 'Go over them' })
    await go.waitFor()
    await page.getByText('The model is getting ready').waitFor({ state: 'detached' })
    const watch = { app, page, loop }
    const idle = await watched(watch, () => pause(seconds.idle))
    const compared = await watched(watch, async () => {
      await go.click()
      await pause(seconds.compare)
    })
    const running = await page.getByRole('progressbar').count()
    if (running === 0) throw new Error('the comparison was over before it could be watched')
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.evaluate(() => void (location.hash = '#/rehearse'))
    const asked: Waits = { main: [], window: [] }
    for (let question = 0; question < questions; question += 1) {
      await describeSituation(page, `In week ${question} you promised to help a friend move house, and your mother asks you to come on the same day.`, ['Keep the promise', 'Go to your mother', `Ask both to change the day, in week ${question}`])
      const button = page.getByRole('button', { name: 'What would my agent do?' })
      await button.waitFor()
      const waits = await watched(watch, async () => {
        await button.click()
        await page.locator('.outcome').waitFor({ timeout: 300_000 })
      })
      asked.main.push(...waits.main)
      asked.window.push(...waits.window)
      await page.evaluate(() => void (location.hash = '#/rehearse'))
    }
    return [['nothing is asked', idle] as const, [`${answered} situations are gone over`, compared] as const, ['an agent is asked and its answer shown', asked] as const].flatMap(([what, waits]) =>
      (['main', 'window'] as const).flatMap((where) => {
        const name = `responsive: ${where}, ${cards} cards, while ${what}`
        process.stderr.write(`${name}: longest ${Math.round(Math.max(...waits[where]))} ms, ${waits[where].length} looks\n`)
        return [measure(`${name}, p99`, quantile(waits[where], 0.99), most[where])]
      })
    )
  } finally {
    await browser.close()
    await app.end()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Waits {
  readonly main: number[]
  readonly window: number[]
}

/** How long one waited in the host and in the page while `work` was done. */
async function watched({ app, page, loop }: { readonly app: App; readonly page: Page; readonly loop: string }, work: () => Promise<void>): Promise<Waits> {
  await takeTicks(app, loop)
  await page.evaluate((every) => {
    const ticks: number[] = []
    const channel = new MessageChannel()
    let isOver = false
    channel.port1.addEventListener('message', () => {
      ticks.push(performance.now())
      if (!isOver) setTimeout(() => channel.port2.postMessage(null), every)
    })
    channel.port1.start()
    channel.port2.postMessage(null)
    Object.assign(window, { endTicks: () => ((isOver = true), ticks) })
  }, tick)
  await work()
  const ticks = await page.evaluate(() => (window as unknown as { readonly endTicks: () => number[] }).endTicks())
  return { main: [...waitsOf(await takeTicks(app, loop))], window: [...waitsOf(ticks)] }
}

/** What the host noted since it was asked last. */
async function takeTicks(app: App, loop: string): Promise<readonly number[]> {
  await rm(loop, { force: true })
  app.process.kill('SIGUSR2')
  for (;;) {
    const text = await readFile(loop, 'utf8').catch(() => '')
    if (text.endsWith(']')) return JSON.parse(text) as number[]
    await pause(0.02)
  }
}

/** Values in force of four lines each, a kind of situation for every two of them, and situations that the person has answered. */
async function writeValues(directory: string, cards: number): Promise<void> {
  const home = valueOf(await openHome({ directory, mode: 'write', random: { bytes: (length) => randomBytes(length) } }))
  const maker = { now: Date.now(), newId: () => randomUUID() }
  home.doc.transact(() => {
    const contexts = Array.from({ length: Math.ceil(cards / 2) }, (_, at) => valueOf(addContext(home.doc, `when ${whom[at % 5]} ${what[at % 4]}${at < 20 ? '' : ` for the ${at}th time`}`, maker)))
    for (let card = 0; card < cards; card += 1) {
      const context = contexts[Math.floor(card / 2)]
      const id = valueOf(addCard(home.doc, { title: `Value ${card}`, contexts: context === undefined ? [] : [context], policies: Array.from({ length: 4 }, (_, line) => `MOMENTS of kind ${line} when ${whom[(card + line) % 5]} ${what[(card + 2 * line) % 4]}, ${card}`) }, maker))
      valueOf(setStatus(home.doc, id, 'endorsed', maker))
    }
    for (let at = 0; at < answered; at += 1) {
      const situation = `On day ${at} ${whom[at % 5]} ${what[at % 4]}, and you have promised to be somewhere else at that hour.`
      const scenario = { id: ScenarioId.parse(randomUUID()), domain: 'friends', mode: 'theory' as const, situation, options: [`Go to ${whom[at % 5]} at once`, 'Keep the promise and call', 'Ask somebody else to go'] }
      valueOf(beginRehearsal(home.doc, { scenario, pack: null, shown: 'cards', own: { kind: 'option', option: at % 3 }, forecast: { kind: 'skipped' } }, maker))
    }
  })
  valueOf(await home.saved())
  await home.close()
}

const whom = ['my sister', 'a neighbour', 'the team', 'an old friend', 'my mother']
const what = ['is ill and alone', 'asks for money', 'has made a mistake', 'needs a decision today']

function pause(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1_000 * time))
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((left, right) => left - right)[Math.ceil(values.length * share) - 1] ?? Number.NaN
}

function measure(name: string, value: number, reference: number): Measurement {
  const round = (number: number): number => Math.round(number * 100) / 100
  return { name, value: round(value), unit: 'ms', reference, reference_name: `the ${reference} ms that are promised`, ratio: round(value / reference) }
}
