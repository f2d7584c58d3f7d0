/** Two hosts of one person, each with its window in a real Chromium: they are paired by code and words, kept level, and one is let in no more. */
import { cp } from 'node:fs/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type * as Y from 'yjs'
import { openPeersIn } from '../../main/peer/circle/open.ts'
import type { Peers } from '../../main/peer/circle/peers.ts'
import { openHome, type Home } from '../../main/replica.ts'
import { systemRandom } from '../../main/system.ts'
import { addCard, forgetCard } from '../../shared/commands/card.ts'
import { readGraph } from '../../shared/document/document.ts'
import { faultsOf } from '../support/axe.ts'
import { createMaker, valueOf } from '../support/document.ts'
import { everyLook, everyLookWithGerman, inEachLook, type Walk } from '../support/looks.ts'
import { goTo, writeValue } from '../support/notebook.ts'
import { openChromium, openPage, startApp, type App } from '../support/window.ts'

let browser: Browser
const apps: App[] = []

beforeAll(async () => {
  browser = await openChromium()
})
afterAll(async () => {
  await browser.close()
  for (const app of apps) await app.end()
})

async function openDevices(options: BrowserContextOptions = {}): Promise<{ readonly app: App; readonly page: Page; readonly errors: string[] }> {
  const app = await startApp()
  apps.push(app)
  const { page, errors } = await openPage(browser, app.address, { reducedMotion: 'reduce', ...options })
  await openRoom(page)
  return { app, page, errors }
}

async function openRoom(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Devices' }).click()
  await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor()
}

/** To the words, which are the same on both. */
async function compare(left: Page, right: Page): Promise<void> {
  await left.getByRole('button', { name: 'Show a code here' }).click()
  await left.locator('.code').waitFor()
  const code = (await left.locator('.code').textContent()) ?? ''
  await right.getByLabel('The code').fill(code)
  await right.getByRole('button', { name: 'Join it' }).click()
  for (const page of [left, right]) await page.getByRole('heading', { name: 'Compare these six words' }).waitFor()
  const [atLeft, atRight] = await Promise.all([left, right].map((page) => page.locator('.words li').allTextContents()))
  expect(atLeft).toHaveLength(6)
  expect(atRight).toEqual(atLeft)
}

/** Code, words and two times yes; over when both have all. */
async function pair(left: Page, right: Page): Promise<void> {
  await compare(left, right)
  for (const page of [left, right]) await page.getByRole('button', { name: 'They are the same' }).click()
  for (const page of [left, right]) {
    await page.getByText('Your notebook comes over now').waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByText('connected', { exact: true }).waitFor()
  }
  for (const page of [left, right]) await page.getByText(/level now/u).waitFor()
}

async function changeHome(directory: string, change: (doc: Y.Doc) => void): Promise<void> {
  const home = valueOf(await openHome({ directory, mode: 'write', random: systemRandom }))
  change(home.doc)
  valueOf(await home.saved())
  await home.close()
}

/** Two homes that no host has open: the one lets the other in, and nothing more was said between them. */
async function joinInFiles(...[existing, joining]: readonly [string, string]): Promise<void> {
  const opened = await Promise.all([existing, joining].map(async (directory) => {
    const home = valueOf(await openHome({ directory, mode: 'write', random: systemRandom }))
    return { home, peers: valueOf(await openPeersIn(directory, home, 'write', () => undefined)) }
  })) as [Opened, Opened]
  const [first, second] = opened
  valueOf(await second.peers.join(valueOf(await first.peers.admit(valueOf(second.peers.joiningCard())))))
  for (const { home, peers } of opened) {
    await peers.close()
    await home.close()
  }
}

interface Opened {
  readonly home: Home
  readonly peers: Peers
}

/** Its host is off, the notebook in its home is changed, and it is on again, its window in the Devices room. */
async function whileAway({ app, page }: { readonly app: App; readonly page: Page }, change: (doc: Y.Doc) => void): Promise<void> {
  await app.kill()
  await changeHome(app.home, change)
  await app.start()
  await page.goto(app.address)
  await openRoom(page)
}

describe('the Devices room', () => {
  it('says where the notebook lies, and lets nothing out before anybody asks', async () => {
    const { page, errors } = await openDevices()
    await page.getByText('This is the only device that has it').waitFor()
    /* The state line and the room show one list: asked for when the line comes up, and on coming here. */
    let asked = 0
    page.on('websocket', (line) => line.on('framesent', ({ payload }) => void (asked += Number(typeof payload === 'string' && payload.includes('"name":"devices"')))))
    await page.goto(page.url().replace(/#.*$/u, '#/settings'))
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
    await expect.poll(() => asked).toBe(1)
    await openRoom(page)
    await page.getByText('This is the only device that has it').waitFor()
    await expect.poll(() => asked).toBe(2)
    expect(await page.getByRole('heading', { name: 'Anywhere' }).count()).toBe(0)
    await page.getByLabel('The code').fill('123')
    expect(await page.getByRole('button', { name: 'Join it' }).isDisabled()).toBe(true)
    expect(errors).toEqual([])
  })

  it('pairs two by code and words; what is written on one is on the other; a removed one gets nothing more', async () => {
    const left = await openDevices()
    const right = await openDevices()
    await pair(left.page, right.page)
    /* Written on one, read on the other. */
    await goTo(left.page, 'Values')
    await writeValue(left.page, { story: 'A friend sat with me.', lines: ['MOMENTS where nobody has to speak'], name: 'Sitting with someone', when: 'when someone grieves' })
    await goTo(right.page, 'Values')
    await right.page.getByRole('link', { name: /Sitting with someone/u }).waitFor()
    for (const { page } of [left, right]) await openRoom(page)
    /* Anywhere is off until the person switches it on. */
    await left.page.getByText('Off.', { exact: true }).waitFor()
    /* Two clicks. */
    await left.page.getByRole('button', { name: /^Let it in no more: /u }).click()
    await left.page.getByRole('alertdialog').getByRole('button', { name: 'Let it in no more' }).click()
    await left.page.getByText('is let in no more. Your other devices hear of it').waitFor()
    await left.page.getByText('1 device that is let in no more').waitFor()
    expect([...left.errors, ...right.errors]).toEqual([])
  })

  it('holds what would take much away until the person says, shows what it is, and has it back in two clicks', async () => {
    const left = await openDevices()
    const right = await openDevices()
    const names = ['One', 'Two', 'Three', 'Four', 'Five', 'Six']
    await whileAway(left, (doc) => {
      for (const title of names) valueOf(addCard(doc, { title, policies: [`MOMENTS of ${title}`] }, createMaker(title)))
    })
    await pair(left.page, right.page)
    await goTo(right.page, 'Values')
    await right.page.getByRole('link', { name: /Six/u }).first().waitFor()
    /* On the other computer somebody deletes most of it. */
    await whileAway(right, (doc) => {
      for (const card of Object.values(readGraph(doc).cards)) if (card.title !== 'Six') valueOf(forgetCard(doc, card.id))
    })
    const { page } = left
    await page.getByRole('heading', { name: 'Put aside' }).waitFor()
    await goTo(page, 'Values')
    for (const name of names) await page.getByRole('link', { name: new RegExp(name, 'u') }).first().waitFor()
    await openRoom(page)
    await page.getByText('Show me', { exact: true }).click()
    for (const name of names.slice(0, 5)) await page.getByText(`removes the card “${name}”`).waitFor()
    await look(page, everyLook, 'put aside')
    /* Let in, and taken back: two clicks. */
    await page.getByRole('button', { name: 'Let it in', exact: true }).click()
    const back = page.getByRole('button', { name: 'Take back what other devices deleted last' })
    await back.waitFor()
    await look(page, everyLook, 'deleted by other devices')
    await back.click()
    await page.getByText('What other devices deleted last is back.').waitFor()
    await goTo(page, 'Values')
    for (const name of names) await page.getByRole('link', { name: new RegExp(name, 'u') }).first().waitFor()
    await goTo(right.page, 'Values')
    for (const name of names) await right.page.getByRole('link', { name: new RegExp(name, 'u') }).first().waitFor()
    expect([...left.errors, ...right.errors]).toEqual([])
  })

  it('says so, and calls nothing level, while the notebook of the others has not come over', async () => {
    const left = await openDevices()
    const right = await openDevices()
    for (const { app } of [left, right]) await app.kill()
    await changeHome(left.app.home, (doc) => void valueOf(addCard(doc, { title: 'Of the first', policies: ['MOMENTS of it'] }, createMaker('first'))))
    await joinInFiles(left.app.home, right.app.home)
    await right.app.start()
    await right.page.goto(right.app.address)
    await openRoom(right.page)
    await right.page.getByText('has not come over yet').waitFor()
    await right.page.getByRole('contentinfo').getByRole('link', { name: 'your other devices’ notebook is not here yet' }).waitFor()
    expect(await right.page.getByText(/level now|nothing to send/u).count()).toBe(0)
    await look(right.page, everyLook, 'coming')
    await left.app.start()
    await right.page.getByText(/level now/u).waitFor()
    expect(await right.page.getByText('has not come over yet').count()).toBe(0)
    await goTo(right.page, 'Values')
    await right.page.getByRole('link', { name: /Of the first/u }).waitFor()
    expect([...left.errors, ...right.errors]).toEqual([])
  })

  it('says on a home that was copied, and in its state line, that not all that is written there reaches the others, and how to go on', async () => {
    const left = await openDevices()
    const right = await openDevices()
    await pair(left.page, right.page)
    const add = (title: string) => (doc: Y.Doc): void => void valueOf(addCard(doc, { title, policies: [`MOMENTS of ${title}`] }, createMaker(title.replaceAll(' ', ''))))
    await right.app.kill()
    const copy = await startApp({}, async (home) => {
      await cp(right.app.home, home, { recursive: true })
      await changeHome(home, add('Of the copy'))
    })
    apps.push(copy)
    await goTo(left.page, 'Values')
    await left.page.getByRole('link', { name: /Of the copy/u }).waitFor()
    await copy.kill()
    await changeHome(right.app.home, add('Of this one'))
    await right.app.start()
    await right.page.goto(right.app.address)
    await openRoom(right.page)
    await right.page.getByText('This home was copied').waitFor()
    expect(await right.page.getByText(/level now|nothing to send/u).count()).toBe(0)
    await right.page.getByRole('contentinfo').getByRole('link', { name: 'it was copied, and your other devices may not take what you write here' }).waitFor()
    await look(right.page, everyLook, 'copied')
    await openRoom(left.page)
    await left.page.getByText('was copied', { exact: true }).waitFor()
    /* As it is told to: removed there, which it hears of even where nobody else is left, and paired anew. */
    await left.page.getByRole('button', { name: /^Let it in no more: /u }).click()
    await left.page.getByRole('alertdialog').getByRole('button', { name: 'Let it in no more' }).click()
    await left.page.getByText('1 device that is let in no more').waitFor()
    await whileAway(left, () => undefined)
    await right.page.getByText('This device was removed').waitFor()
    await pair(left.page, right.page)
    await goTo(left.page, 'Values')
    for (const title of ['Of the copy', 'Of this one']) await left.page.getByRole('link', { name: new RegExp(title, 'u') }).waitFor()
    expect([...left.errors, ...right.errors]).toEqual([])
  })

  it('ends without a trace where the words are said to be different', async () => {
    const left = await openDevices()
    const right = await openDevices()
    await compare(left.page, right.page)
    await left.page.getByRole('button', { name: 'They are different' }).click()
    for (const { page } of [left, right]) {
      await page.locator('.pairing .notice').waitFor()
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('button', { name: 'Show a code here' }).waitFor()
      await page.getByText('This is the only device that has it').waitFor()
    }
  })
})

it('no step of the Devices room has an axe violation, or words that run out of the window, in any look', async () => {
  const app = await startApp()
  apps.push(app)
  const { page } = await openPage(browser, app.address, { reducedMotion: 'reduce', ...everyLookWithGerman.options })
  await page.evaluate(() => void (location.hash = '#/devices'))
  await page.locator('.devices h2').first().waitFor()
  await look(page, everyLookWithGerman, 'alone')
  await page.locator('section[aria-labelledby=add] .button.primary').click()
  await page.locator('.code').waitFor()
  await look(page, everyLookWithGerman, 'code')
  await app.end()
})

async function look(page: Page, how: Walk, step: string): Promise<void> {
  await inEachLook(page, how, async (name) => {
    expect(await faultsOf(page), `${step}, ${name}`).toEqual([])
    const pictures = process.env['PICTURES']
    if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${step}-${name.replace(/\W/gu, '')}.png`, fullPage: true })
  })
}
