/** The Trust room of somebody with ten thousand answers, in Chromium: how long it takes to open, beside that of somebody with ten. */
import type { Browser } from 'playwright-core'
import { writeAnswers } from '../support/answers.ts'
import { openChromium, openPage, startApp } from '../support/window.ts'
import { timeOf } from './map.ts'
import type { Measurement } from './run.ts'

const [many, few] = [10_000, 10]
const rounds = 5

export async function benchAnswers(): Promise<readonly Measurement[]> {
  const browser = await openChromium()
  try {
    const [ours, reference] = [await openingOf(browser, many), await openingOf(browser, few)]
    return [{ name: `trust room: opening, ${many} answers`, value: ours, unit: 'ms', reference, reference_name: `${few} answers`, ratio: ours / reference }]
  } finally {
    await browser.close()
  }
}

/** Milliseconds, the median of some openings. */
async function openingOf(browser: Browser, count: number): Promise<number> {
  const app = await startApp({}, (home) => writeAnswers(home, count))
  try {
    const { page } = await openPage(browser, app.address)
    const times: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      await page.evaluate(() => void (location.hash = '#/values'))
      await page.getByRole('link', { name: /Being there/u }).waitFor()
      times.push(await timeOf(page, '#/trust', '.domain .says'))
    }
    return times.toSorted((left, right) => left - right)[Math.floor(rounds / 2)] ?? 0
  } finally {
    await app.end()
  }
}
