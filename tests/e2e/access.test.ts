/** Every screen for everyone: no axe violation in any look, targets that can be hit, and the main path by keyboard alone. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faultsOf } from '../support/axe.ts'
import { everyLookFromNarrow, inEachLook } from '../support/looks.ts'
import { goTo, judge } from '../support/notebook.ts'
import { openChromium, openPage, startApp, type App } from '../support/window.ts'

let browser: Browser
let app: App

beforeAll(async () => {
  browser = await openChromium()
})
afterAll(() => browser.close())

/** Each screen of the sample, one after another, as it stands; `look` is called on each. */
async function walk(page: Page, look: (screen: string) => Promise<void>): Promise<void> {
  await look('first question')
  await page.getByRole('button', { name: 'Show me an example instead' }).click()
  await page.getByRole('heading', { level: 1, name: 'Values' }).waitFor()
  await look('values')
  await page.getByRole('link', { name: /Being there/u }).click()
  await page.getByRole('heading', { level: 1, name: 'Being there' }).waitFor()
  await page.getByText('How it was before').click()
  await page.getByRole('button', { name: 'Put by as it is now' }).click()
  await page.getByRole('button', { name: 'Retire it' }).click()
  await look('card')
  await page.getByRole('button', { name: 'Forget for good' }).click()
  await page.getByRole('alertdialog').waitFor()
  await look('question before forgetting')
  await page.getByRole('button', { name: 'Leave it' }).click()
  await page.getByRole('button', { name: 'Put it in force' }).click()
  await goTo(page, 'Map')
  await page.locator('.place').first().waitFor()
  await look('map')
  await page.getByRole('link', { name: 'Table' }).click()
  await page.getByRole('table').first().waitFor()
  await look('map as a table')
  await goTo(page, 'Rehearse')
  await look('rehearse')
  await page.getByRole('link', { name: 'Rehearse a situation' }).click()
  await look('new situation')
  await goTo(page, 'Rehearse')
  await page.getByRole('link', { name: /Your friend’s father/u }).click()
  await page.getByRole('radio', { name: /Drive over/u }).first().waitFor({ state: 'attached' })
  await look('situation')
  await page.getByRole('button', { name: 'What would my agent do?' }).click()
  await page.locator('.outcome').waitFor()
  await page.getByText('Show the whole argument').click()
  await look('answer')
  await judge(page, 'Not that')
  for (const door of ['This card is wrong', 'Not in this kind of situation', 'Another value is wiser here', 'It ignored this']) {
    await page.getByRole('button', { name: door }).click()
    await look(door)
  }
  await goTo(page, 'Rehearse')
  await page.getByLabel('Search the situations').fill('client asks for Thursday')
  await page.getByRole('link', { name: /Your biggest client/u }).click()
  await page.getByText('What each option does').click()
  await page.getByRole('button', { name: 'All the same' }).click()
  await look('a situation of an agent that acts')
  await page.getByRole('button', { name: 'What would my agent do?' }).click()
  await page.locator('.modes').waitFor()
  await look('an answer by words and by deeds')
  await goTo(page, 'Rehearse')
  await page.getByRole('link', { name: 'How far do your values help?' }).click()
  await look('how far values help')
  await goTo(page, 'Rehearse')
  await page.getByRole('link', { name: 'Paste from an agent’s log' }).click()
  await page.getByLabel('The log').fill('Something came up.\n- Say it\n- Wait\n\nAgain.\n- One')
  await page.getByText('1 situation was found.').waitFor()
  await look('an agent’s log')
  await goTo(page, 'Trust')
  await look('trust')
  await goTo(page, 'Settings')
  await look('settings')
  await page.getByRole('link', { name: 'Take in a file …' }).click()
  await page.getByLabel('The file to take in').setInputFiles({ name: 'cards.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify([{ title: 'Calm', policies: ['MOMENTS of silence'], contexts: ['when it is loud'] }])) })
  await page.getByRole('button', { name: 'Take in 2 things' }).waitFor()
  await look('taking in a file')
  await page.getByLabel('The file to take in').setInputFiles({ name: 'VALUES.md', mimeType: 'text/markdown', buffer: Buffer.from('# What I value\n') })
  await page.getByText('This is a page of text').waitFor()
  await look('a file that belongs elsewhere')
  await page.evaluate(() => void (location.hash = '#/nowhere'))
  await page.getByRole('heading', { level: 1, name: 'There is nothing at this address' }).waitFor()
  await look('an address of nothing')
  await goTo(page, 'Help')
  await look('help')
}

describe('in every look', () => {
  beforeAll(async () => {
    app = await startApp()
  })
  afterAll(() => app.end())

  /* Walked in the narrow window, where less is in sight; every other test walks in the wide one. */
  it('no screen has an axe violation, a target under 24 px, or words that run out of the window', async () => {
    const { page, errors } = await openPage(browser, app.address, { reducedMotion: 'reduce', ...everyLookFromNarrow.options })
    const found: string[] = []
    await walk(page, async (screen) => {
      await inEachLook(page, everyLookFromNarrow, async (look) => {
        const where = `${screen}, ${look}`
        for (const fault of await faultsOf(page)) found.push(`${where}: ${fault}`)
        for (const target of await smallTargets(page)) found.push(`${where}: ${target} is under 24 px`)
      })
    })
    expect(found).toEqual([])
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)
})

/** What can be pressed and is narrower or lower than 24 px, links within a sentence left out (WCAG 2.2, 2.5.8). */
async function smallTargets(page: Page): Promise<readonly string[]> {
  return await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, select, input, textarea, summary, a, label.radio, label.check')].flatMap((element) => {
      const box = element.getBoundingClientRect()
      if (box.width === 0 || getComputedStyle(element).visibility === 'hidden' || element.closest('[aria-hidden], .skip, p, td, th, dt, .hidden-file, .react-flow__viewport, [style*="clip"]') !== null) return []
      const isHiddenInput = element instanceof HTMLInputElement && (element.type === 'radio' || element.type === 'checkbox' || element.type === 'file')
      return isHiddenInput || (box.width >= 24 && box.height >= 24) ? [] : [`${element.tagName} "${element.textContent?.slice(0, 30) ?? ''}" (${Math.round(box.width)} × ${Math.round(box.height)})`]
    })
  )
}

describe('by keyboard alone', () => {
  beforeAll(async () => {
    app = await startApp()
  })
  afterAll(() => app.end())

  it('a value is written, a situation described and an answer read, with the focus in sight all the way', async () => {
    const { page, errors } = await openPage(browser, app.address)
    const keys = page.keyboard
    await keys.type('I stayed with my ill brother and missed the party.')
    await tabTo(page, 'Go on')
    await keys.press('Enter')
    await page.getByRole('heading', { name: 'What did you pay attention to?' }).waitFor()
    await tabTo(page, 'Go on')
    await keys.press('Enter')
    await keys.type('Caring')
    await tabTo(page, 'When does it show up?')
    await keys.type('when my brother is ill')
    await tabTo(page, 'Keep it')
    await keys.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'One situation that ‘Caring’ bears on' }).waitFor()
    await tabTo(page, 'To the card')
    await keys.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Caring', exact: true }).waitFor()
    await tabTo(page, 'Rehearse a situation')
    await keys.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'A situation' }).waitFor()
    await tabTo(page, 'What is the situation?')
    await keys.type('My brother is ill and there is a party.')
    await tabTo(page, 'Option 1')
    await keys.type('Stay with my ill brother')
    await tabTo(page, 'Option 2')
    await keys.type('Go to the party')
    await tabTo(page, 'Rehearse it')
    await keys.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'What would my agent do?' }).waitFor()
    await tabTo(page, 'Stay with my ill brother')
    await keys.press('Space')
    await tabTo(page, 'What would my agent do?')
    await keys.press('Enter')
    await page.locator('.outcome').waitFor()
    expect(await page.locator('.outcome').textContent()).toContain('Stay with my ill brother')
    await tabTo(page, 'Show the whole argument')
    await keys.press('Enter')
    await tabTo(page, 'Check it')
    await keys.press('Enter')
    await page.getByText('Checked: each step follows').waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)
})

/** Tab by tab to the control of this name; each stop on the way must be in sight and show its focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let step = 0; step < 80; step += 1) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null
      if (element === null || element === document.body) return null
      const shown = element instanceof HTMLInputElement && (element.type === 'radio' || element.type === 'checkbox') ? (element.closest('label') ?? element) : element
      const box = shown.getBoundingClientRect()
      const mark = shown.querySelector('.dot, .box') ?? shown
      const labelled = element.getAttribute('aria-labelledby')?.split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ')
      return {
        names: [element.getAttribute('aria-label'), labelled, element.textContent, (element as HTMLInputElement).labels?.[0]?.textContent].map((each) => each?.trim()),
        isInSight: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        outline: getComputedStyle(mark).outlineStyle
      }
    })
    if (stop === null) continue
    if (!stop.isInSight || stop.outline === 'none') throw new Error(`the focus cannot be seen on ${JSON.stringify(stop)}`)
    if (stop.names.includes(name)) return
  }
  throw new Error(`there is no way to ${name} by keyboard`)
}
