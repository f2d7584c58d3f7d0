/** The Models page in a real Chromium, against a real source on loopback: fetch, stop, go on, import, choose, remove. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { builtIn } from '../../models/manifest.ts'
import { faultsOf } from '../support/axe.ts'
import { everyLookWithGerman, inEachLook } from '../support/looks.ts'
import { goTo } from '../support/notebook.ts'
import { entryOf, modelFiles, startSource, type TestSource } from '../support/source.ts'
import { openChromium, openPage, startApp, type App } from '../support/window.ts'

let browser: Browser
let source: TestSource
let folder: string
const files = modelFiles(3_000_000)
const apps: App[] = []

beforeAll(async () => {
  browser = await openChromium()
  folder = await mkdtemp(join(tmpdir(), 'models-'))
  source = await startSource(files)
  const models = [entryOf(files), entryOf(files, { name: 'Termed', terms: true, unknown: ['config.json'] })]
  await writeFile(join(folder, 'catalogue.json'), JSON.stringify({ models }))
})
afterAll(async () => {
  for (const app of apps) await app.end()
  await browser.close()
  await source.close()
  await rm(folder, { recursive: true, force: true })
})

async function start(options: BrowserContextOptions = {}): Promise<{ app: App; page: Page; errors: string[] }> {
  source.pace = null
  source.asked.length = 0
  const app = await startApp({ VALUES_STEWARD_MODELS_AT: source.base, VALUES_STEWARD_CATALOGUE: join(folder, 'catalogue.json') })
  apps.push(app)
  const { page, errors } = await openPage(browser, app.address, { reducedMotion: 'reduce', ...options })
  await page.getByText(/Saved on this device|Think of a choice/u).first().waitFor()
  await goTo(page, 'Settings')
  await page.getByRole('link', { name: 'Models on this device' }).click()
  await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor()
  await page.getByRole('heading', { name: new RegExp(`^${builtIn}`, 'u') }).waitFor()
  return { app, page, errors }
}

const entry = (page: Page, name: string) => page.locator('li', { has: page.getByRole('heading', { name: new RegExp(`^${name}`, 'u') }) })

async function install(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Install ${name} …` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Install' }).click()
}

it('a model is fetched only after the person said so, and was told from where, how much and that this uses the network', async () => {
  const { page, errors } = await start()
  await page.getByText(`The files come from ${new URL(source.base).host}; nothing about you is sent.`).waitFor()
  expect(await entry(page, builtIn).textContent()).toMatch(/Predicts now.*Size.*MB.*Memory.*English.*Apache-2\.0.*comes with the app/u)
  expect(await entry(page, 'Tiny').textContent()).toMatch(/3 MB.*English, German.*Apache-2\.0.*people\/tiny-ONNX/u)
  await page.getByRole('button', { name: 'Install Tiny …' }).click()
  const dialog = page.getByRole('dialog', { name: 'Install Tiny?' })
  expect(await dialog.textContent()).toContain(`3 MB are fetched from ${new URL(source.base).host}/people/tiny-ONNX. This uses the network.`)
  await dialog.getByRole('button', { name: 'Leave it' }).click()
  await page.waitForTimeout(300)
  expect(source.asked).toEqual([])

  source.pace = 400_000
  await install(page, 'Tiny')
  await page.getByText('Fetching Tiny has begun.').waitFor()
  const progress = page.getByRole('progressbar', { name: 'Fetching Tiny' })
  await expect.poll(async () => Number(await progress.getAttribute('aria-valuenow')), { timeout: 20_000 }).toBeGreaterThan(300_000)
  expect(await progress.getAttribute('aria-valuetext')).toMatch(/of 3 MB/u)
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByText('Tiny was stopped. What was fetched is kept.').waitFor()

  source.pace = null
  const sent = source.sent
  await page.reload()
  await expect.poll(() => entry(page, 'Tiny').textContent()).toMatch(/(kB|MB) of 3 MB are here/u)
  await page.getByRole('button', { name: 'Go on fetching Tiny …' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Install' }).click()
  await page.getByText('Tiny is installed. It predicts once you choose it.').waitFor()
  expect(source.sent - sent).toBeLessThan(2_800_000)

  await page.getByRole('button', { name: 'Remove Tiny' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Leave it' }).click()
  await page.getByRole('button', { name: 'Remove Tiny' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Tiny was removed.').waitFor()
  await page.getByRole('button', { name: 'Install Tiny …' }).waitFor()
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('terms are read and accepted before the first byte', async () => {
  const { page, errors } = await start()
  await page.getByRole('button', { name: 'Install Termed …' }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.textContent()).toMatch(/one of its files nobody can say beforehand.*Its terms: Terms of Nobody.*may be used by anybody.*https:\/\/example\.org\/terms/u)
  const yes = dialog.getByRole('button', { name: 'Install' })
  expect(await yes.isDisabled()).toBe(true)
  await dialog.getByText('I have read the terms and accept them').click()
  await yes.click()
  await page.getByText('Termed is installed.').waitFor()
  expect(await entry(page, 'Termed').textContent()).toMatch(/Terms of Nobody, terms accepted on/u)
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('a model that cannot be loaded is not left in the seat: the built-in one answers, why is said, and it can be removed', async () => {
  const { page, errors } = await start()
  await install(page, 'Tiny')
  await page.getByText('Tiny is installed.').waitFor()
  await page.getByRole('button', { name: 'Let Tiny predict' }).click()
  await page.getByText('the built-in model answers instead').waitFor()
  await entry(page, builtIn).getByText('Predicts now').waitFor()
  await entry(page, 'Tiny').getByText('Chosen, but not in use').waitFor()
  await page.getByRole('button', { name: `Let ${builtIn} predict` }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Remove Tiny' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Tiny was removed.').waitFor()
  await page.getByText('the built-in model answers instead').waitFor({ state: 'detached' })
  await entry(page, builtIn).getByText('Predicts now').waitFor()
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('a source that is away, and a folder that holds no model, are said in plain words; a good folder is taken in', async () => {
  const { page, errors } = await start()
  source.mischief = (_request, response) => (response.writeHead(404).end(), true)
  await install(page, 'Tiny')
  await page.getByText(/has no file config\.json \(any more\)\. Nothing can be done from here/u).waitFor()
  source.mischief = null
  await mkdir(join(folder, 'holiday'), { recursive: true })
  await page.getByLabel('Where the folder is').fill(join(folder, 'holiday'))
  await page.getByRole('button', { name: 'Import' }).click()
  await page.getByText(/holds no model that can be used: it has no config\.json of a model\./u).waitFor()
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(folder, 'Tiny', path, '..'), { recursive: true })
    await writeFile(join(folder, 'Tiny', path), bytes)
  }
  await page.getByLabel('Where the folder is').fill(join(folder, 'Tiny'))
  await page.keyboard.press('Enter')
  await page.getByText('Tiny is installed.').waitFor()
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('nothing is in anybody’s way: no axe violation, nothing runs out of the window, in any look', async () => {
  const { page, errors } = await start(everyLookWithGerman.options)
  await page.locator('.shelf .panel').nth(2).waitFor()
  source.pace = 200_000
  await page.locator('.shelf').nth(1).getByRole('button').first().click()
  await page.getByRole('dialog').waitFor()
  await expectFit(page, 'the question')
  await page.getByRole('dialog').locator('.button.primary').click()
  await page.getByRole('progressbar').waitFor()
  await expectFit(page, 'on its way')
  source.pace = null
  await page.locator('.shelf').first().locator('li').nth(1).waitFor()
  await expectFit(page, 'installed')
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

async function expectFit(page: Page, where: string): Promise<void> {
  await inEachLook(page, everyLookWithGerman, async (look) => {
    expect(await faultsOf(page), `${look}, ${where}`).toEqual([])
  })
}

it('by keyboard alone: to the page, into the question, out of it, and installed', async () => {
  const { page, errors } = await start()
  const keys = page.keyboard
  await page.getByRole('button', { name: 'Install Tiny …' }).focus()
  await keys.press('Enter')
  await page.getByRole('dialog').waitFor()
  await keys.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  /* The focus is given back a frame after the dialog is gone. */
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Install Tiny …')
  await keys.press('Enter')
  await page.getByRole('dialog').waitFor()
  for (let step = 0; step < 6 && (await page.evaluate(() => document.activeElement?.textContent)) !== 'Install'; step += 1) await keys.press('Tab')
  await keys.press('Enter')
  await page.getByText('Tiny is installed.').waitFor()
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('while this machine is tested the keyboard stays where it is, and after the test was stopped it is on the button that began it', async () => {
  const { page, errors } = await start()
  const here = (): Promise<string | null | undefined> => page.evaluate(() => document.activeElement?.textContent)
  await page.getByRole('button', { name: 'Test this machine' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Stop' }).waitFor()
  expect(await here()).toBe('Test this machine')
  /* Once is enough. */
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  expect(await here()).toBe('Stop')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
  expect(await here()).toBe('Test this machine')
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)
