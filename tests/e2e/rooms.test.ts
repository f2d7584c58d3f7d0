/** The small things that make the rooms fit to live in: going by name, coming back to an answer, mending words, two people's hands in one text. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { axeViolations } from '../support/axe.ts'
import { speak } from '../support/looks.ts'
import { askAgent, goTo, judge, whenSaved, writeValue } from '../support/notebook.ts'
import { openChromium, openPage, portOf, startApp, type App } from '../support/window.ts'

let browser: Browser
let app: App
const value = { story: 'I told my friend the truth about his book.', lines: ['WORDS nobody else will say to him'], name: 'Honesty', when: 'when a friend asks me' }

beforeAll(async () => {
  browser = await openChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  app = await startApp()
})
afterEach(() => app.end())

async function openSample(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Show me an example instead' }).click()
  await page.getByRole('heading', { level: 1, name: 'Values' }).waitFor()
}

it('Ctrl-K goes to a card or a room by a few letters of its name, and Escape stays', async () => {
  const { page, errors } = await openPage(browser, app.address, { reducedMotion: 'reduce' })
  await openSample(page)
  await page.keyboard.press('Control+k')
  await page.keyboard.type('keeping')
  await page.getByRole('menuitem', { name: /Keeping my word/u }).waitFor()
  /* The list settles a moment after the last key. */
  await page.waitForFunction(() => document.getElementById(document.activeElement?.getAttribute('aria-activedescendant') ?? '')?.textContent?.includes('Keeping my word'))
  expect(await axeViolations(page)).toEqual([])
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Keeping my word' }).waitFor()
  /* Never the card's own words: a browser keeps titles in its history, for whoever has the disk. */
  expect(await page.title()).toBe('Values · Values Steward')
  await page.keyboard.press('Control+k')
  await page.keyboard.type('map')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('heading', { level: 1, name: 'Keeping my word' }).waitFor()
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'Values' }).waitFor()
  await page.goForward()
  await page.getByRole('heading', { level: 1, name: 'Keeping my word' }).waitFor()
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('an answer is there on coming back from the card that it quotes, and shows what the mending there changed', async () => {
  const { page, errors } = await openPage(browser, app.address)
  await openSample(page)
  await goTo(page, 'Rehearse')
  await page.getByRole('link', { name: /Your friend’s father/u }).click()
  await page.getByRole('radiogroup').getByText('Stay home and finish the report').click()
  const first = await askAgent(page)
  expect(first).toContain('Drive over and sit with her')
  await judge(page, 'Not that')
  await page.locator('.because').getByRole('link', { name: 'Being there' }).first().click()
  await page.getByRole('button', { name: 'Make it a draft' }).click()
  /* It led to that change, though it was not made beside the answer. */
  await goTo(page, 'Trust')
  await page.getByRole('link', { name: 'friendship' }).click()
  await page.getByText('does not count: it led to a change of your values').waitFor()
  await page.goBack()
  await page.goBack()
  await page.goBack()
  await expect.poll(() => page.locator('.outcome').textContent()).toBe(first)
  await page.getByText('You said: “Stay home and finish the report').waitFor()
  const second = await askAgent(page, 'See what this changes')
  expect(second).not.toBe(first)
  await page.locator('.was').first().waitFor()
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('the words of a situation are mended, and what was said of the old words is gone', async () => {
  const { page } = await openPage(browser, app.address)
  await openSample(page)
  await goTo(page, 'Rehearse')
  await page.getByRole('link', { name: /Your friend’s father/u }).click()
  await askAgent(page)
  await page.getByRole('button', { name: 'Change the words of this situation' }).click()
  await page.getByLabel('Option 3', { exact: true }).fill('Write her a letter')
  await page.getByRole('button', { name: 'Keep these words' }).click()
  await page.getByRole('button', { name: 'What would my agent do?' }).waitFor()
  expect(await page.locator('.outcome').count()).toBe(0)
  await page.getByRole('radiogroup').getByText('Write her a letter').waitFor()
  await page.context().close()
}, 240_000)

it('two windows write in one text at once: it merges, and each caret stays where its hand is', async () => {
  const { page } = await openPage(browser, app.address)
  await writeValue(page, value)
  await whenSaved(page)
  const other = await page.context().newPage()
  await other.goto(`http://127.0.0.1:${portOf(app.address)}/#/values`)
  await other.getByRole('link', { name: /Honesty/u }).click()
  const [mine, theirs] = [page.getByLabel('The story behind it'), other.getByLabel('The story behind it')]
  await mine.focus()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(' He was')
  await theirs.focus()
  await other.keyboard.press('Control+Home')
  await other.keyboard.type('Once, ')
  await expect.poll(() => mine.inputValue()).toBe('Once, I told my friend the truth about his book. He was')
  await page.keyboard.type(' glad.')
  await other.keyboard.type('long ago, ')
  await expect.poll(() => Promise.all([mine.inputValue(), theirs.inputValue()])).toEqual(Array(2).fill('Once, long ago, I told my friend the truth about his book. He was glad.'))
  await page.context().close()
}, 240_000)

it('a card’s timeline shows each version beside how it is now, and brings one back', async () => {
  const { page } = await openPage(browser, app.address)
  await writeValue(page, value)
  await page.getByText('How it was before').click()
  await page.getByRole('button', { name: 'Put by as it is now' }).click()
  await page.getByLabel('Line 1', { exact: true }).fill('WORDS nobody else dares to say to him')
  await page.getByLabel('Another line').fill('SILENCES that would mislead')
  await page.keyboard.press('Enter')
  const versions = page.locator('.versions')
  await expect.poll(() => versions.locator('li li del').first().textContent()).toBe('will ')
  expect(await versions.locator('li li ins').allTextContents()).toEqual(['dares to ', 'SILENCES that would mislead'])
  await versions.getByRole('button', { name: 'Bring this back' }).last().click()
  await expect.poll(() => page.getByLabel('Line 1', { exact: true }).inputValue()).toBe('WORDS nobody else will say to him')
  expect(await page.getByLabel('Line 2', { exact: true }).count()).toBe(0)
  await page.context().close()
}, 240_000)

it('at 360 px every room is in sight at the foot, and a code for another device stands on one line', async () => {
  const { page, errors } = await openPage(browser, app.address, { viewport: { width: 360, height: 640 }, reducedMotion: 'reduce' })
  const names = { en: ['Values', 'Map', 'Rehearse', 'Trust', 'Agents', 'Devices', 'Settings', 'Help'], de: ['Werte', 'Landkarte', 'Proben', 'Vertrauen', 'Agenten', 'Geräte', 'Einstellungen', 'Hilfe'] }
  const pictures = process.env['PICTURES']
  for (const [language, expected] of Object.entries(names)) {
    await speak(page, language)
    for (const width of [320, 360, 400, 480, 540, 640, 1280]) {
      await page.setViewportSize({ width, height: 640 })
      /* Its whole box is in the window, and its name in its box. */
      const inSight = (): Promise<readonly unknown[]> => page.locator('.rail a').evaluateAll((links) => links.map((link) => {
        const [box, name] = [link.getBoundingClientRect(), link.querySelector('span')?.getBoundingClientRect()]
        return [link.textContent, box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight && name !== undefined && name.left >= box.left && name.right <= box.right]
      }))
      await expect.poll(inSight, { message: `${language} ${width}` }).toEqual(expected.map((name) => [name, true]))
      if (pictures !== undefined) await page.screenshot({ path: `${pictures}/rail-${language}-${width}.png` })
    }
  }
  /* Names that are longer still are at least all there, and in their boxes. */
  await speak(page, 'en-XA')
  await page.setViewportSize({ width: 360, height: 640 })
  await expect.poll(() => page.locator('.rail ul').evaluate((list) => list.scrollWidth <= list.clientWidth)).toBe(true)
  await speak(page, 'en')
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Devices' }).click()
  await page.getByRole('button', { name: 'Show a code here' }).click()
  const code = page.locator('.pairing .code')
  await code.waitFor()
  expect(await code.evaluate((element) => {
    const range = document.createRange()
    range.selectNodeContents(element)
    return [range.getClientRects().length, range.getBoundingClientRect().right <= element.getBoundingClientRect().right]
  })).toEqual([1, true])
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)
