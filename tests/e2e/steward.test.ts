/** What a person can do with the first rooms, from beginning to end: real window, real host, real model, and a kill -9. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { askAgent, describeSituation, goTo, judge, sayWiser, whenSaved, writeValue } from '../support/notebook.ts'
import { openChromium, openPage, portOf, startApp, type App } from '../support/window.ts'

let browser: Browser
let app: App

beforeAll(async () => {
  browser = await openChromium()
  app = await startApp()
})
afterAll(async () => {
  await browser.close()
  await app.end()
})

it('write values, say which is wiser, see what an agent would do and why, mend a card, see the choice change; killed, it is all there', async () => {
  const { page, errors } = await openPage(browser, app.address)
  expect(page.url()).not.toContain('token')
  await page.getByRole('heading', { name: /Think of a choice you made lately/u }).waitFor()

  await writeValue(page, { story: 'My sister was ill, so I cooked for her instead of going to the concert.', lines: ['FAMILY who are ill and need somebody with them'], name: 'Caring for family', when: 'when somebody in my family is ill' })
  await goTo(page, 'Values')
  await page.getByRole('link', { name: 'Put a value into words' }).click()
  await writeValue(page, { story: 'I went to hear the orchestra though I was tired.', lines: ['CONCERTS and music that I have looked forward to'], name: 'Music', when: 'when there is a concert' })

  await goTo(page, 'Map')
  await sayWiser(page, 'Caring for family', 'Music', 'when somebody in my family is ill')
  await page.getByText('‘Caring for family’ is wiser than ‘Music’ when somebody in my family is ill.').waitFor()
  await page.getByRole('link', { name: 'Table' }).click()
  await page.getByRole('row', { name: /Caring for family Music/u }).waitFor()

  await goTo(page, 'Rehearse')
  const options = ['Go to the concert and enjoy the music', 'Stay with my mother, who is ill, and care for her']
  await describeSituation(page, 'My mother is ill this evening, and there is a concert that I have a ticket for.', options)
  const first = await askAgent(page)
  expect(first).toBe(`It would choose “${options[1]}”`)
  const shares = await page.locator('.share').allTextContents()
  expect(shares).toHaveLength(2)
  expect(shares.map((share) => Number(/\d+/u.exec(share)?.[0])).reduce((sum, share) => sum + share, 0)).toBe(100)
  expect(await page.locator('.because q').allTextContents()).toContain('FAMILY who are ill and need somebody with them')
  expect(await page.getByRole('heading', { name: 'What would change it' }).locator('xpath=following-sibling::p[1]').textContent()).toMatch(/^(Without|If) .*\.$/u)
  await page.getByText('Show the whole argument').click()
  await expect.poll(() => page.locator('.label').count()).toBeGreaterThan(0)
  await page.getByRole('button', { name: 'Check it' }).click()
  await page.getByText('Checked: each step follows from your cards').waitFor()

  await judge(page, 'Not that')
  await page.getByRole('button', { name: 'Not in this kind of situation' }).click()
  await page.getByLabel('Which card?').selectOption({ label: 'Caring for family' })
  await page.getByRole('button', { name: 'Make it a draft' }).click()
  const second = await askAgent(page, 'See what this changes')
  expect(second).toBe(`It would choose “${options[0]}”`)
  await expect.poll(() => page.locator('.difference').textContent()).toContain(`Before: ${first}Now: ${second}`)

  await page.keyboard.press('Control+z')
  await page.getByText('Taken back: ‘Caring for family’ is in force again.').waitFor()
  expect(await askAgent(page, 'See what this changes')).toBe(first)

  await whenSaved(page)
  await page.context().close()
  await app.kill()
  await app.start()

  const again = await openPage(browser, app.address)
  await again.page.getByRole('link', { name: /Caring for family/u }).waitFor()
  await again.page.getByRole('link', { name: /Music/u }).waitFor()
  await goTo(again.page, 'Rehearse')
  await again.page.getByRole('link', { name: /My mother is ill this evening/u }).click()
  await again.page.getByRole('button', { name: 'Rehearse it again' }).click()
  expect(await askAgent(again.page)).toBe(first)
  expect([...errors, ...again.errors]).toEqual([])
  await again.page.context().close()
}, 240_000)

it('the fresh link of a host that was started again opens a window that was left open, and leaves no token in its address', async () => {
  const { page, errors } = await openPage(browser, app.address)
  await goTo(page, 'Help')
  const port = portOf(app.address)
  await app.kill()
  await app.start(port)
  await page.getByText('This browser has no open session').waitFor()
  const isSame = await page.evaluate(() => ((globalThis as { mark?: boolean }).mark = true))
  await page.goto(app.address)
  await page.getByText('Saved on this device').waitFor()
  expect(page.url()).not.toContain('token')
  /* The window itself, with what was written in it, not a new one. */
  expect(await page.evaluate(() => (globalThis as { mark?: boolean }).mark)).toBe(isSame)
  expect(errors).toEqual([])
  await page.context().close()
})
