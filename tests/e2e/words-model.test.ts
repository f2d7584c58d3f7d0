/** Words of a local language model in a real Chromium: not there without one; with one, streamed, labelled, stopped, taken or left. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { builtIn } from '../../models/manifest.ts'
import { axeViolations } from '../support/axe.ts'
import { install, tinyFolder } from '../support/language.ts'
import { askAgent, goTo } from '../support/notebook.ts'
import { openChromium, openPage, startApp, type App } from '../support/window.ts'

let browser: Browser
let app: App
beforeAll(async () => {
  browser = await openChromium()
  app = await startApp()
  await install(tinyFolder, app.home, 'tiny-llama')
})
afterAll(async () => {
  await app.end()
  await browser.close()
})

it('explains in a sentence and makes one like this once a local language model is chosen, and keeps nothing that was not taken', async () => {
  const { page, errors } = await openPage(browser, app.address, { reducedMotion: 'reduce' })
  page.setDefaultTimeout(120_000)
  await page.getByRole('button', { name: 'Show me an example instead' }).click()
  await page.getByRole('heading', { level: 1, name: 'Values' }).waitFor()
  await choose(page, 'tiny-llama')
  await goTo(page, 'Rehearse')
  await page.getByRole('link', { name: /Your friend’s father/u }).click()
  await askAgent(page)

  await page.getByRole('button', { name: 'Explain in a sentence' }).click()
  const explained = page.getByRole('region', { name: 'Explain in a sentence' })
  await explained.getByText(/Written by tiny-llama, on this device/u).waitFor()
  await explained.getByText(/Asked straight out/u).waitFor()
  expect(await explained.locator('.by-model').evaluate((element) => getComputedStyle(element).textDecorationStyle)).toBe('dotted')

  const made = page.getByRole('region', { name: 'Make one like this' })
  await made.getByRole('button', { name: 'Make one like this' }).click()
  for (let round = 0; round < 8 && (await made.getByRole('button', { name: 'Take it and rehearse it' }).count()) === 0; round += 1) {
    await made.getByRole('button', { name: 'Once more' }).waitFor()
    if ((await made.getByRole('button', { name: 'Take it and rehearse it' }).count()) === 0) await made.getByRole('button', { name: 'Once more' }).click()
  }
  expect(await axeViolations(page)).toEqual([])
  const situation = ((await made.locator('.by-model').textContent()) ?? '').split('\n')[0]?.replace('Situation: ', '') ?? ''
  const shot = process.env['STEWARD_SHOTS']
  if (shot !== undefined) await page.screenshot({ path: `${shot}/words-model.png`, fullPage: true })
  await made.getByRole('button', { name: 'Take it and rehearse it' }).click()
  await page.locator('.situation', { hasText: situation }).waitFor()

  /* A line of a card in other words: nothing of them is in the card before they are taken, and then they are the model's. */
  await goTo(page, 'Values')
  await page.getByRole('heading', { level: 1, name: 'Values' }).waitFor()
  await page.getByRole('link', { name: /Being there/u }).click()
  const line = page.getByLabel('Line 1', { exact: true })
  const own = await line.inputValue()
  const other = page.getByRole('region', { name: 'Line 1 in other words' })
  await other.getByRole('button', { name: 'Line 1 in other words' }).click()
  const takes = other.getByRole('button', { name: 'Take these words' })
  for (let round = 0; round < 8; round += 1) {
    await takes.or(other.locator('.notice')).first().waitFor()
    if ((await takes.count()) > 0) break
    await other.getByRole('button', { name: 'Line 1 once more in other words' }).click()
  }
  expect(await line.inputValue()).toBe(own)
  expect(await page.getByRole('region', { name: 'Whose words these are' }).count()).toBe(0)
  const words = ((await other.locator('.by-model').textContent()) ?? '').replace(/\s+/gu, ' ').trim()
  expect(await other.locator('.by-model').evaluate((element) => getComputedStyle(element).textDecorationStyle)).toBe('dotted')
  await other.getByText(/Written by tiny-llama, on this device/u).waitFor()
  await takes.click()
  await expect.poll(() => line.inputValue()).toBe(words)
  await page.getByText(/tiny-llama, accepted on/u).first().waitFor()
  await page.locator('.standing', { hasText: 'In force' }).waitFor()
  await page.getByText('These words stand in the line now').waitFor()
  await page.getByLabel('Its name').focus()
  await page.keyboard.press('Control+z')
  await expect.poll(() => line.inputValue()).toBe(own)
  /* And one that is stopped leaves nothing. */
  await other.getByRole('button', { name: /Line 1 (?:once more )?in other words/u }).click()
  const stops = other.getByRole('button', { name: 'Stop' })
  if (await stops.isVisible()) await stops.click({ timeout: 2_000 }).catch(() => undefined)
  expect(await line.inputValue()).toBe(own)

  /* Without a model that writes, the answer stands there alone. */
  await choose(page, builtIn)
  await goTo(page, 'Rehearse')
  await page.getByRole('link', { name: /Your friend’s father/u }).click()
  await page.locator('.outcome').waitFor()
  await expect.poll(() => page.getByRole('button', { name: /Explain in a sentence|Make one like this/u }).count()).toBe(0)
  await goTo(page, 'Values')
  await page.getByRole('heading', { level: 1, name: 'Values' }).waitFor()
  await page.getByRole('link', { name: /Being there/u }).click()
  await page.getByLabel('Line 1', { exact: true }).waitFor()
  await expect.poll(() => page.getByRole('button', { name: /in other words/u }).count()).toBe(0)
  expect(errors).toEqual([])
  await page.context().close()
}, 480_000)

it('in a German window the model is asked in German, about the words that the person reads', async () => {
  const { page, errors } = await openPage(browser, app.address, { reducedMotion: 'reduce', locale: 'de-DE' })
  page.setDefaultTimeout(120_000)
  await page.getByRole('button', { name: 'Zeig mir stattdessen ein Beispiel' }).click()
  await page.getByRole('heading', { level: 1, name: 'Werte' }).waitFor()
  await page.evaluate(() => void (location.hash = '#/settings/models'))
  await page.getByRole('button', { name: 'Mit tiny-llama voraussagen' }).click()
  await page.getByRole('button', { name: 'Mit tiny-llama voraussagen' }).waitFor({ state: 'detached' })
  const asked: { readonly name: string; readonly argument: Readonly<Record<string, unknown>> }[] = []
  await page.exposeFunction('hear', (message: string) => void asked.push(JSON.parse(message) as (typeof asked)[number]))
  await page.evaluate(() => {
    const { send } = WebSocket.prototype
    WebSocket.prototype.send = function (message) {
      if (typeof message === 'string') (globalThis as unknown as { hear(message: string): void }).hear(message)
      send.call(this, message)
    }
    location.hash = '#/rehearse/friendship%3Aloan'
  })
  const situation = page.locator('.situation')
  await situation.waitFor()
  expect(await situation.getAttribute('lang')).toBe('de')
  await page.locator('.you-first .actions button.primary').click()
  for (const [button, name] of [['In einem Satz erklären', 'explain'], ['Noch eine wie diese', 'makeScenario']] as const) {
    await page.getByRole('button', { name: button }).click()
    await expect.poll(() => asked.find((one) => one.name === name)?.argument).toMatchObject({ language: 'de', situation: await situation.textContent() })
    await page.getByRole('region', { name: button }).getByRole('button', { name: 'Noch einmal' }).waitFor()
  }
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

async function choose(page: Page, model: string): Promise<void> {
  await goTo(page, 'Settings')
  await page.getByRole('link', { name: 'Models on this device' }).click()
  await page.getByRole('button', { name: `Let ${model} predict` }).click()
  await page.locator('li', { has: page.getByRole('heading', { name: new RegExp(`^${model}`, 'u') }) }).getByText('Predicts now').waitFor()
}
