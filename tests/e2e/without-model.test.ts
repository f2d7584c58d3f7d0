/** The app whose model is missing, in a real Chromium: every room has a way on, what is said is kept, and it predicts once the model is there. */
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { askAgent, describeSituation, goTo, writeValue } from '../support/notebook.ts'
import { root } from '../support/terminal.ts'
import { openChromium, openPage, startApp, type App } from '../support/window.ts'

let browser: Browser
let app: App
/** The app's files without any weights. */
let tree: string
beforeAll(async () => {
  browser = await openChromium()
  tree = await mkdtemp(join(tmpdir(), 'steward-tree-'))
  const left = [join(root, 'models', 'weights'), join(root, 'models', 'training')]
  for (const name of ['main', 'shared', 'models', 'package.json']) await cp(join(root, name), join(tree, name), { recursive: true, filter: (path) => !left.includes(path) })
  for (const name of ['node_modules', 'out']) await symlink(join(root, name), join(tree, name))
  await mkdir(join(tree, 'models', 'weights'))
  app = await startApp({}, async () => undefined, tree)
})
afterAll(async () => {
  await app.end()
  await browser.close()
  await rm(tree, { recursive: true, force: true })
})

it('goes on without its model, says so in a sentence, keeps what is said, and predicts once the model is there', async () => {
  const { page, errors } = await openPage(browser, app.address)
  const why = /built-in model cannot be used: the file all-MiniLM-L6-v2\/config\.json is missing\. Install the app again\. Everything but previews works without it/u
  await page.locator('footer').getByText(why).waitFor()

  /* A value is put into words; the situation that follows is found by words alone. */
  await writeValue(page, { story: 'I told my friend the truth about his book.', lines: ['FRIENDS who hear the truth from me', 'WORDS nobody else will say to him'], name: 'Honesty', when: 'when a friend asks me' })
  await goTo(page, 'Rehearse')
  const options = ['Tell her the truth about it', 'Say that it is fine']
  await describeSituation(page, 'A friend asks what you think of the book that she has written.', options)
  await page.getByRole('radiogroup', { name: 'What would you stand behind?' }).getByText(options[0] ?? '').click()
  await page.getByRole('button', { name: 'What would my agent do?' }).click()
  await page.locator('.notice', { hasText: 'Your notebook is safe.' }).getByText(why).waitFor()
  expect(await page.locator('.outcome').count()).toBe(0)
  const situation = page.url()

  await page.goto(situation.replace(/#.*$/u, '#/rehearse/compare'))
  await page.getByRole('button', { name: 'Go over them' }).click()
  await page.locator('.notice').getByText(why).waitFor()
  await goTo(page, 'Map')
  await page.locator('.lane').first().waitFor()
  await goTo(page, 'Values')
  await page.getByRole('link', { name: /Honesty/u }).waitFor()
  await goTo(page, 'Trust')
  await page.getByRole('heading', { level: 1, name: 'Trust' }).waitFor()
  await goTo(page, 'Settings')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save it to a file' }).click()
  await download
  await page.getByRole('link', { name: 'Models on this device' }).click()
  await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor()

  /* What was said first was written down then, and need not be said again. */
  await rm(join(tree, 'models', 'weights'), { recursive: true })
  await symlink(join(root, 'models', 'weights'), join(tree, 'models', 'weights'))
  await page.goto(situation)
  await page.reload()
  await page.getByText('You had said what you stand behind').waitFor()
  expect(await askAgent(page)).toMatch(/^It would /u)
  await page.getByText(`You said: “${options[0]}”`).waitFor()
  expect(await page.getByText('No prediction for now').count()).toBe(0)
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)
