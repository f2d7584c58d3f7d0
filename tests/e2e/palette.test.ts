/** Ctrl-K in a real Chromium: every deed of every room is found by its words, in English and in German, and does what it says. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeValue } from '../support/notebook.ts'
import { root } from '../support/terminal.ts'
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

const wordsOf = (language: string): Readonly<Record<string, string>> => JSON.parse(readFileSync(join(root, 'renderer', 'language', language, 'palette.json'), 'utf8')) as Record<string, string>

/** Looks for these words; gives what is offered first. */
async function ask(page: Page, words: string): Promise<string> {
  if ((await page.getByRole('dialog').count()) === 0) await page.keyboard.press('Control+k')
  const field = page.getByRole('dialog').getByRole('searchbox').or(page.getByRole('dialog').getByRole('textbox')).or(page.getByRole('dialog').getByRole('combobox')).first()
  await field.fill(words)
  await page.getByRole('menuitem').first().waitFor()
  return (await page.getByRole('menuitem').allInnerTexts()).join('\n')
}

async function choose(page: Page, words: string): Promise<void> {
  await ask(page, words)
  await page.getByRole('menuitem', { name: words }).first().click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

it('finds every deed in either language, and what depends on the card one is at', async () => {
  const { page, errors } = await openPage(browser, app.address)
  await writeValue(page, { story: 'I told my friend the truth.', lines: ['WORDS nobody else will say'], name: 'Honesty', when: 'when a friend asks me' })
  for (const [code, own] of [['en', 'Language: Deutsch'], ['de', 'Sprache: English']] as const) {
    const missing: string[] = []
    for (const [key, sentence] of Object.entries(wordsOf(code))) {
      if (key === 'card.endorse' || key === 'example.leave') continue
      const words = sentence.replace('{{title}}', 'Honesty').replace('{{language}}', '').replace(/[‘’‚]/gu, ' ').trim()
      if (!(await ask(page, words).catch(() => '')).includes(sentence.split('{{')[0] ?? sentence)) missing.push(sentence)
    }
    expect(missing).toEqual([])
    await choose(page, own)
  }
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('does what it says: retires and takes back, changes the look, opens rooms, shows an example and throws it away', async () => {
  await app.end()
  app = await startApp()
  const { page, errors } = await openPage(browser, app.address)
  await writeValue(page, { story: 'I told my friend the truth.', lines: ['WORDS nobody else will say'], name: 'Honesty', when: 'when a friend asks me' })
  await choose(page, 'Retire ‘Honesty’')
  await page.locator('.standing', { hasText: 'Retired' }).waitFor()
  await choose(page, 'Take back the last edit')
  await page.locator('.standing', { hasText: 'In force' }).waitFor()
  await choose(page, 'Make again what was taken back')
  await page.locator('.standing', { hasText: 'Retired' }).waitFor()
  await choose(page, 'Put ‘Honesty’ in force')
  await page.locator('.standing', { hasText: 'In force' }).waitFor()
  await choose(page, 'Look: dark')
  expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark')
  for (const [deed, heading] of [['Paste situations from an agent’s log', 'From an agent’s log'], ['How far do your values help?', 'How far do your values help?'], ['Take in a file', 'Take in a file'], ['Models on this device', 'Models'], ['Rehearse a situation', 'A situation'], ['Put a value into words', 'Put a value into words']] as const) {
    await choose(page, deed)
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
  }
  /* A situation of the library as well as one's own. */
  await choose(page, 'Karim')
  await page.getByText('Two years ago you lent Karim 900 dollars.').waitFor()
  await choose(page, 'Show an example')
  await page.getByText('This is an example.').waitFor()
  await choose(page, 'Throw the example away')
  await page.getByRole('link', { name: /Honesty/u }).waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), choose(page, 'Save the notebook to a file')])
  expect(download.suggestedFilename()).toBe('values-steward.json')
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)
