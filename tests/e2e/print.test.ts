/** What comes out on paper, from a real Chromium: everything that one wrote and what it led to, nothing of the frame, in dark too; no card in two halves. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { setPriority } from '../../shared/commands/priority.ts'
import { createDocument } from '../../shared/document/document.ts'
import { writeNative } from '../../shared/file/native.ts'
import type { CardId, ContextId } from '../../shared/schema.ts'
import { createMaker, valueOf } from '../support/document.ts'
import { fillMap } from '../support/map.ts'
import { askAgent, goTo, judge, sayWiser, takeIn } from '../support/notebook.ts'
import { readPdf, type Pdf } from '../support/pdf.ts'
import { openChromium, openPage, startApp, type App } from '../support/window.ts'

let browser: Browser
let app: App
beforeAll(async () => {
  browser = await openChromium()
  app = await startApp()
})
afterAll(async () => {
  await app.end()
  await browser.close()
})

/* What belongs to the frame and to the screen alone, by words that stand there. */
const frame = ['Devices', 'Settings', 'Help', 'Saved on this device', 'nothing is kept', 'Throw it away', 'Skip to the page', 'Print or save', 'Put a value into words', 'Retire it', 'Another line', 'Known already', 'http', '#/']

async function pdfOf(page: Page, name: string): Promise<Pdf> {
  const bytes = await page.pdf({ format: 'A4' })
  const shots = process.env['STEWARD_SHOTS']
  if (shots !== undefined) await look(page, `${shots}/print-${name}.png`)
  return readPdf(bytes)
}

/** The same as a picture, for a person to look at. */
async function look(page: Page, path: string): Promise<void> {
  await page.emulateMedia({ media: 'print' })
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
  await page.screenshot({ path, fullPage: true })
  await page.evaluate(() => dispatchEvent(new Event('afterprint')))
  await page.emulateMedia({ media: null })
}

function expectNoFrame({ text }: Pdf): void {
  expect(frame.filter((words) => text.includes(words))).toEqual([])
}

it('a card, all cards by kind of situation, an answer, and trust are printed, black on white though the window is dark', async () => {
  const { page, errors } = await openPage(browser, app.address, { colorScheme: 'dark' })
  await page.getByRole('button', { name: 'Show me an example instead' }).click()
  await page.getByRole('heading', { level: 1, name: 'Values' }).waitFor()

  const all = await pdfOf(page, 'values')
  for (const words of ['Being there', 'Keeping my word', 'when']) expect(all.text).toContain(words)
  expectNoFrame(all)
  expect(all.isBlackOnWhite).toBe(true)
  /* It is gone from the screen again. */
  await expect.poll(() => page.locator('.paper').count()).toBe(0)

  await page.getByRole('link', { name: /Being there/u }).click()
  await page.getByRole('heading', { level: 1, name: 'Being there' }).waitFor()
  const lines = await page.locator('.lines textarea').evaluateAll((fields) => fields.map((field) => (field as HTMLTextAreaElement).value))
  expect(lines.length).toBeGreaterThan(1)
  const card = await pdfOf(page, 'card')
  expect(card.pages).toBe(1)
  for (const words of ['Being there', 'In force', ...lines]) expect(card.text).toContain(words)
  expectNoFrame(card)

  await goTo(page, 'Rehearse')
  await page.getByRole('link', { name: /Your friend’s father/u }).click()
  const outcome = await askAgent(page)
  await judge(page, 'Yes')
  const situation = (await page.locator('.situation').textContent()) ?? ''
  const quotes = await page.locator('.because q, .because .own').allTextContents()
  expect(quotes.length).toBeGreaterThan(0)
  const answer = await pdfOf(page, 'answer')
  for (const words of [situation.slice(0, 40), 'Drive over and sit with her', ...quotes.map((words) => words.trim())]) expect(answer.text).toContain(words)
  expect(outcome).toContain('Drive over')
  expectNoFrame(answer)

  /* A circle of two is told, drawn and in the tables. */
  await goTo(page, 'Map')
  await sayWiser(page, 'Keeping my word', 'Being there', 'when I have promised work')
  await sayWiser(page, 'Being there', 'Keeping my word', 'when I have promised work')
  await page.getByText('They run in a circle').waitFor()
  await page.locator('.lane-name').last().press('Enter')
  for (const view of ['Picture', 'Table'] as const) {
    await page.getByRole('link', { name: view }).click()
    const map = await pdfOf(page, `map-${view.toLowerCase()}`)
    for (const words of ['when someone I love is grieving', 'Being there is wiser than Respecting quiet', 'They run in a circle', 'Which is wiser, where', 'Where each value stands', '(in a circle)', 'What pulls apart, and what goes together', '1 situation']) expect(map.text).toContain(words)
    expectNoFrame(map)
    expect(map.isBlackOnWhite).toBe(true)
    expect(await smallestText(page)).toBeGreaterThanOrEqual(9)
  }

  await goTo(page, 'Trust')
  await page.getByRole('heading', { level: 2 }).first().waitFor()
  const domain = (await page.locator('.domain h2 a').first().textContent()) ?? ''
  const trust = await pdfOf(page, 'trust')
  for (const words of ['Where can I let it act?', domain]) expect(trust.text).toContain(words)
  expectNoFrame(trust)
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

/** In px at the width of an A4 sheet between its margins: 8 px are 6 points. */
async function smallestText(page: Page): Promise<number> {
  await page.setViewportSize({ width: 672, height: 900 })
  await page.emulateMedia({ media: 'print' })
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
  const sizes = await page.locator('.paper').evaluate((paper) => [...paper.querySelectorAll('*')].filter((element) => [...element.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent?.trim() !== '')).map((element) => Number.parseFloat(getComputedStyle(element).fontSize)))
  await page.evaluate(() => dispatchEvent(new Event('afterprint')))
  await page.emulateMedia({ media: null })
  await page.setViewportSize({ width: 1280, height: 800 })
  expect(sizes.length).toBeGreaterThan(10)
  return Math.min(...sizes)
}

it('of many cards none is cut: each stands on one page as a whole, with its name', async () => {
  const { page } = await openPage(browser, await fresh())
  await page.goto(`${new URL(page.url()).origin}/#/settings/import`)
  const cards = Array.from({ length: 24 }, (_, at) => ({ title: `Sheet${at}begins`, contexts: [`when it is kind ${at % 3}`], policies: Array.from({ length: 8 }, (_none, line) => `MOMENTS number ${line} of those that come again and again in the course of a long day`).concat(`Sheet${at}ends`) }))
  await page.getByLabel('The file to take in').setInputFiles({ name: 'many.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(cards)) })
  await page.getByRole('button', { name: 'Take in 27 things' }).click()
  await page.getByRole('link', { name: 'To your values' }).click()
  await page.getByRole('heading', { level: 1, name: 'Values' }).waitFor()
  await page.getByText('Sheet0begins').first().waitFor()
  const { pages, texts } = await pdfOf(page, 'many')
  expect(pages).toBeGreaterThan(4)
  for (let at = 0; at < 24; at += 1) {
    const [begins, ends] = [`Sheet${at}begins`, `Sheet${at}ends`].map((words) => texts.findIndex((text) => text.includes(words)))
    expect([at, begins]).toEqual([at, ends])
    expect(begins).toBeGreaterThan(-1)
  }
  /* A map with a long way from one value to ever wiser ones is told where it could not be read as a picture. */
  const doc = createDocument()
  const { cards: made, contexts } = fillMap(doc, 12)
  for (const [at, to] of made.slice(1, 8).entries()) valueOf(setPriority(doc, { from: made[at] as CardId, to, context: contexts[0] as ContextId }, createMaker(`way${at}`)))
  await takeIn(page, { name: 'map.json', text: writeNative(doc) })
  await page.getByRole('button', { name: /^Take in/u }).click()
  await page.getByText('Taken in from “map.json”').waitFor()
  await goTo(page, 'Map')
  await page.locator('.lane').first().waitFor()
  const map = await pdfOf(page, 'map-many')
  for (const words of ['Keeping my word is wiser than Being there', 'Leaving a door open is wiser than Asking first', 'Sheet23begins']) expect(map.text).toContain(words)
  expect(await smallestText(page)).toBeGreaterThanOrEqual(8)
  await page.context().close()
}, 240_000)

it('the command opens the browser’s own dialog, from a button and from Ctrl-K', async () => {
  const { page } = await openPage(browser, await fresh())
  await page.evaluate(() => {
    const noted = window as unknown as { printed: number }
    noted.printed = 0
    window.print = () => void (noted.printed += 1)
  })
  const printed = async (): Promise<number> => await page.evaluate(() => (window as unknown as { printed: number }).printed)
  await page.getByRole('button', { name: 'Show me an example instead' }).click()
  await page.getByRole('button', { name: 'Print or save as PDF' }).click()
  expect(await printed()).toBe(1)
  await page.keyboard.press('Control+k')
  await page.keyboard.type('print')
  await page.getByRole('menuitem', { name: /Print or save this page as PDF/u }).waitFor()
  await page.waitForFunction(() => document.getElementById(document.activeElement?.getAttribute('aria-activedescendant') ?? '')?.textContent?.includes('Print or save this page'))
  await page.keyboard.press('Enter')
  await expect.poll(printed).toBe(2)
  await page.context().close()
}, 240_000)

/** A link for one more browser: each is good for one. */
async function fresh(): Promise<string> {
  await app.end()
  app = await startApp()
  return app.address
}
