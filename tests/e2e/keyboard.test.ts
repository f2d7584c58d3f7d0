/**
 * Everything that a person comes to this window for, by keyboard alone, in a real Chromium. The list is the tests' names; each stop
 * on the way must be in sight, show its focus and be 24 px or more; no pointer is used, and nothing is dragged.
 */
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openChromium, openPage, startApp, type App } from '../support/window.ts'

let browser: Browser
let app: App
let page: Page
let errors: string[]
beforeAll(async () => {
  browser = await openChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  app = await startApp()
  ;({ page, errors } = await openPage(browser, app.address, { reducedMotion: 'reduce' }))
})
afterEach(async () => {
  await page.context().close()
  await app.end()
  /* As a failed assertion would be. */
  if (errors.length > 0) throw new Error(errors.join('\n'))
})

interface Stop {
  readonly names: readonly string[]
  readonly trouble: string | null
}

/** What has the focus, by every name it goes by, and what is wrong with it as a stop. */
async function stopHere(): Promise<Stop | null> {
  return await page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null
    if (element === null || element === document.body) return null
    const isChoice = element instanceof HTMLInputElement && (element.type === 'radio' || element.type === 'checkbox')
    const shown = isChoice ? (element.closest('label') ?? element) : element
    const box = shown.getBoundingClientRect()
    const labelled = element.getAttribute('aria-labelledby')?.split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ')
    const names = [element.getAttribute('aria-label'), labelled, element.textContent, (element as HTMLInputElement).labels?.[0]?.textContent].flatMap((each) => (each === null || each === undefined ? [] : [each.trim().replace(/\s+/gu, ' ')]))
    const isInline = element.matches('p a, td a, th a, li p a, dt a')
    const trouble = box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth ? 'it is out of sight'
      : getComputedStyle(shown.querySelector('.dot, .box') ?? shown).outlineStyle === 'none' ? 'its focus cannot be seen'
      : !isInline && (box.width < 24 || box.height < 24) ? `it is ${Math.round(box.width)} by ${Math.round(box.height)} px` : null
    return { names, trouble }
  })
}

/** Tab by tab to the control of this name. */
async function tabTo(name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const seen: string[] = []
  for (let step = 0; step < 150; step += 1) {
    await page.keyboard.press(key)
    const stop = await stopHere()
    if (stop === null) continue
    if (stop.trouble !== null) throw new Error(`${JSON.stringify(stop.names)}: ${stop.trouble}`)
    seen.push(stop.names[0] ?? '')
    if (stop.names.some((each) => (typeof name === 'string' ? each === name : name.test(each)))) return
  }
  throw new Error(`there is no way to ${String(name)} by keyboard, only to ${[...new Set(seen)].join(' | ')}`)
}

async function press(name: string | RegExp, key = 'Enter'): Promise<void> {
  await tabTo(name)
  await page.keyboard.press(key)
}

async function write(name: string | RegExp, words: string): Promise<void> {
  await tabTo(name)
  await page.keyboard.press('Control+a')
  await page.keyboard.type(words)
}

const heading = async (name: string | RegExp): Promise<void> => await page.getByRole('heading', { level: 1, name }).waitFor()

/** By Ctrl-K and the words of what one wants. */
async function ask(words: string, wanted: string | RegExp = words): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.type(words)
  await page.waitForFunction(([source]) => new RegExp(source, 'iu').test(document.getElementById(document.activeElement?.getAttribute('aria-activedescendant') ?? '')?.textContent ?? ''), [typeof wanted === 'string' ? wanted.replace(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`) : wanted.source] as const)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

async function openExample(): Promise<void> {
  await press('Show me an example instead')
  await heading('Values')
}

describe('by keyboard alone', () => {
  it('go to every room, and back and forward', async () => {
    await openExample()
    for (const [room, title] of [['Map', 'Map'], ['Rehearse', 'Rehearse'], ['Trust', 'Trust'], ['Agents', 'Agents'], ['Devices', 'Devices'], ['Settings', 'Settings'], ['Help', 'Help'], ['Values', 'Values']] as const) {
      await page.keyboard.press('Control+Home')
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
      await press(room)
      await heading(title)
    }
    /* What the browser's own keys for back and forward do. */
    await page.goBack()
    await heading('Help')
    await page.goForward()
    await heading('Values')
  }, 240_000)

  it('mend a card: its name, a line, its order, one more and one less, when it shows up, and take all of it back', async () => {
    await openExample()
    await ask('being there')
    await heading('Being there')
    await write('Its name', 'Being near')
    await heading('Being near')
    await press('Move line 1 down')
    await page.getByText('is now line 2 of').waitFor()
    await write('Another line', 'HANDS that are held')
    await page.keyboard.press('Enter')
    await page.getByLabel('Line 3', { exact: true }).waitFor()
    await page.getByRole('heading', { level: 1 }).focus()
    await press('Take away line 3')
    await page.getByLabel('Line 3', { exact: true }).waitFor({ state: 'detached' })
    await write('A kind of situation', 'when it is late')
    await press('Add')
    await page.getByRole('button', { name: 'Take away “when it is late”' }).waitFor()
    await tabTo('Its name', 'Shift+Tab')
    for (let step = 0; step < 40 && (await page.getByText('Nothing to take back.').count()) === 0; step += 1) await page.keyboard.press('Control+z')
    await heading('Being there')
    expect(await page.getByRole('button', { name: 'Take away “when it is late”' }).count()).toBe(0)
  }, 240_000)

  it('retire a card, put it in force again, bring back what it was, and forget it after one question', async () => {
    await openExample()
    await ask('keeping my word')
    await heading('Keeping my word')
    await write('Its name', 'Keeping every word')
    await press(/^How it was before/u)
    await press('Bring this back')
    await heading('Keeping my word')
    await ask('retire')
    await page.locator('.standing', { hasText: 'Retired' }).waitFor()
    await page.getByRole('heading', { level: 1 }).focus()
    await press('Put it in force')
    await page.locator('.standing', { hasText: 'In force' }).waitFor()
    await page.getByRole('heading', { level: 1 }).focus()
    await press('Retire it')
    await page.locator('.standing', { hasText: 'Retired' }).waitFor()
    await page.getByRole('heading', { level: 1 }).focus()
    await press('Forget for good')
    await page.getByRole('alertdialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('alertdialog').waitFor({ state: 'detached' })
    /* The focus goes back to where the question was asked. */
    await expect.poll(async () => (await stopHere())?.names).toContain('Forget for good')
    await page.keyboard.press('Enter')
    await page.getByRole('alertdialog').waitFor()
    await press('Forget for good')
    await page.getByText('Forgotten.').waitFor()
    await heading('Values')
  }, 240_000)

  it('rehearse: say what one stands behind and expects, see the answer, judge it, open a door; say in Trust what is enough there, what it is called, and what does not count', async () => {
    await openExample()
    await ask('your friend', /Your friend’s father/u)
    await heading('What would my agent do?')
    await tabTo('Drive over and sit with her this evening, though the report will be late')
    await page.keyboard.press('Space')
    await press('All the same')
    await page.getByText('Together 100.').waitFor()
    await press('What would my agent do?')
    await page.locator('.outcome').waitFor({ timeout: 90_000 })
    await tabTo('Yes')
    await page.keyboard.press('ArrowRight')
    await page.getByText('Kept: Not that.').waitFor()
    await press('It ignored this')
    await press('Show the whole argument')
    await press('Check it')
    await page.getByText('Checked: each step follows').waitFor()
    await ask('trust', 'Trust')
    await heading('Trust')
    await press('friendship')
    await heading('friendship')
    await write('I would let it act if I approved of at least (%)', '70')
    await press('Keep it')
    await page.getByText('enough for you: 70\u00A0%').waitFor()
    await write('Name', 'Being a friend')
    await press('Call it that')
    await heading('Being a friend')
    await press('Do not count it')
    await page.getByRole('button', { name: 'Count it again' }).waitFor()
  }, 150_000)

  it('take in a file, choose what stays where it clashes, and take it back; add a pack of situations, and take it away; save the notebook; print', async () => {
    await openExample()
    await throwAway()
    await page.goto(`${new URL(app.address).origin}/#/settings/import`)
    await heading('Take in a file')
    const give = async (text: string, name = 'cards.json'): Promise<void> => {
      await page.getByRole('heading', { level: 1 }).focus()
      await tabTo('Choose a file …')
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Enter')])
      await chooser.setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) })
    }
    await give(JSON.stringify([{ title: 'Calm', policies: ['MOMENTS of silence'], contexts: [] }]))
    await press('Take in 1 thing')
    await page.getByText('Taken in from “cards.json”').waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), ask('save the notebook')])
    const saved = await readFile(await download.path(), 'utf8')
    await give(saved.replace('MOMENTS of silence', 'MOMENTS of great silence'))
    await tabTo('Keep mine')
    await page.keyboard.press('ArrowDown')
    await page.getByText('Yours stays: 0. The file’s comes: 1.').waitFor()
    await press('Take in 1 thing')
    await page.getByText('Taken in from “cards.json”').waitFor()
    await press('Take it all back')
    await page.getByText('All of it is taken back.').waitFor()
    await give(`${JSON.stringify({ id: 'friends', title: 'Friends', licence: 'CC0-1.0', author: 'Ana', language: 'en' })}\n${JSON.stringify({ id: 'late', domain: 'friendship', mode: 'theory', situation: 'Ana is late for the ferry again.', options: ['Wait', 'Go'], reversibility: 'easily', stakes: 'low' })}`, 'friends.jsonl')
    await press('Add it to Rehearse')
    await heading('Rehearse')
    await write('Search the situations', 'late for the ferry')
    await page.getByText('1 situation', { exact: true }).waitFor()
    await press('Where they are from')
    await press('Take “Friends” away')
    await page.getByRole('alertdialog').waitFor()
    await press('Take “Friends” away')
    await page.getByText('“Friends” is taken away.').waitFor()
    await page.getByText('Nothing here fits.').waitFor()
    expect(await page.locator('.packs li button').count()).toBe(0)
    await page.evaluate(() => void (window.print = () => document.body.setAttribute('data-printed', 'yes')))
    await ask('print all values', 'Print or save all values')
    await page.locator('body[data-printed]').waitFor()
  }, 240_000)

  it('put a value into words question by question, say on the map which is wiser and take it back, and pair with another device', async () => {
    await openExample()
    await putIntoWords()
    await sayOnTheMap()
    await throwAway()
    await pairByKeys()
  }, 240_000)

  it('change the look and the language in Settings, and look at the models and at the devices', async () => {
    await openExample()
    await ask('settings', 'Settings')
    await heading('Settings')
    await tabTo('As this computer has it')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark')
    /* The second group of choices is the language. */
    await tabTo('As this computer has it')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await heading('Einstellungen')
    await ask('sprache: english')
    await heading('Settings')
    await ask('models on this device')
    await heading('Models')
    await ask('add or remove a device')
    await heading('Devices')
  }, 240_000)
})

/** A whole session, left in the middle and gone on with. */
/** Another room stands there once it is gone, and with it another focus. */
async function throwAway(): Promise<void> {
  await ask('throw the example away')
  await page.getByText('An example: nothing is kept').waitFor({ state: 'detached' })
}

async function putIntoWords(): Promise<void> {
  await press('Put a value into words')
  await heading('Put a value into words')
  await press('With a choice')
  await tell(/^Think of a choice/u, 'A new colleague made a mistake in front of the client. I saw how red he got, and nobody was helping him. I said that the wrong numbers were mine.')
  await heading('Which of this did you look at when you chose?')
  await write('Line 1', 'SIGNS that somebody is left alone with a mistake')
  await write('Line 2', 'MOMENTS when nobody is helping')
  await press('Another line')
  await page.getByRole('region', { name: 'Put a value into words' }).getByLabel('Line 4', { exact: true }).waitFor()
  await write('Line 3', 'PEOPLE who cannot defend themselves just now')
  await press('Go on')
  await page.getByText('Question 2 of at most 12').waitFor()
  await press('Leave it for today')
  await heading('Values')
  await ask('put a value into words')
  await heading('Put a value into words')
  await press(/Go on · Last on/u)
  await page.locator('.turn').waitFor()
  const confirm = page.getByRole('button', { name: 'This is what I mean: put it in force' })
  for (let turn = 0; turn < 12 && (await confirm.isDisabled()); turn += 1) await answerByKeys()
  await press('This is what I mean: put it in force')
  await heading('‘Standing beside people’ is in words, and in force.')
}

async function tell(question: string | RegExp, words: string): Promise<void> {
  await heading(question)
  /* The question itself has the focus where one comes by a link, its field where one goes on from the one before. */
  if (await page.evaluate(() => document.activeElement?.matches('textarea, input') !== true)) await page.keyboard.press('Tab')
  await page.keyboard.type(words)
  await press('Go on')
}

/** Whatever is asked: a story, its lines, a name, a kind of situation, or one of several. */
async function answerByKeys(): Promise<void> {
  const asked = (await page.locator('.asking h1').textContent()) ?? ''
  const options = page.locator('.asking .radio')
  if ((await options.count()) > 0) {
    await tabTo(((await options.first().textContent()) ?? '').trim())
    await page.keyboard.press('ArrowDown')
    await press('Go on')
  } else if (asked.startsWith('What do you call it')) await tell(asked, 'Standing beside people')
  else if (asked.startsWith('In which kind of situation')) await tell(asked, 'when somebody is exposed')
  else if (asked.startsWith('When is this not called for')) await tell(asked, 'when somebody would rather get through it alone')
  else if (asked.startsWith('When did this last decide')) await tell(asked, 'In the spring I stayed late because I saw that he was afraid to say it.')
  else await press('Go on')
  await page.waitForFunction((before) => document.querySelector('.asking h1')?.textContent !== before, asked)
}

async function sayOnTheMap(): Promise<void> {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await press('Map')
  await heading('Map')
  await page.locator('.place').first().waitFor()
  /* One stop for all of it; arrow keys go on from there. */
  await tabTo('when a friend needs me')
  await page.keyboard.press('PageDown')
  await page.keyboard.press('ArrowRight')
  await expect.poll(async () => (await stopHere())?.names).toContain('Keeping my word')
  await page.keyboard.press('m')
  await page.getByRole('dialog').waitFor()
  await press('Say what it is wiser than')
  await expect.poll(async () => (await stopHere())?.names).toContain('is wiser than')
  await page.keyboard.type('Respecting')
  await write('When? In which kind of situation?', 'when the report is due')
  await press('Say it')
  const lane = page.locator('.lane').filter({ hasText: 'when the report is due' })
  await lane.waitFor()
  await page.getByRole('heading', { level: 1 }).focus()
  await press('Table')
  await page.getByRole('region', { name: 'Which is wiser, where' }).waitFor()
  await press('Take back: ‘Keeping my word’ is wiser than ‘Respecting quiet’ when the report is due')
  await page.getByText('Taken back: ‘Keeping my word’ is wiser than ‘Respecting quiet’').waitFor()
  await page.keyboard.press('Control+z')
  await page.getByRole('row', { name: /Keeping my word Respecting quiet when the report is due/u }).waitFor()
}

/** The other device is gone through by keys too. */
async function pairByKeys(): Promise<void> {
  const there = await startApp()
  try {
    const other = await openPage(browser, there.address, { reducedMotion: 'reduce' })
    const both = [page, other.page] as const
    const on = async (which: 0 | 1, deeds: () => Promise<void>): Promise<void> => {
      page = both[which]
      await deeds()
    }
    await ask('add or remove a device')
    await heading('Devices')
    await press('Show a code here')
    const code = (await page.locator('.pairing .code').textContent()) ?? ''
    await on(1, async () => {
      await ask('add or remove a device')
      await heading('Devices')
      await write('The code', code)
      await page.keyboard.press('Enter')
    })
    for (const which of [0, 1] as const) {
      await on(which, async () => {
        await page.getByRole('heading', { name: 'Compare these six words' }).waitFor()
        await press('They are the same')
      })
    }
    for (const which of [0, 1] as const) {
      await on(which, async () => {
        await page.getByText('Your notebook comes over now').waitFor()
        await press('Done')
        await page.getByText('connected', { exact: true }).waitFor()
      })
    }
    await on(0, async () => undefined)
    await other.page.context().close()
    errors.push(...other.errors)
  } finally {
    await there.end()
  }
}

it('under reduced motion nothing moves, in any room', async () => {
  await openExample()
  const moving: string[] = []
  for (const room of ['values', 'map', 'map/table', 'rehearse', 'trust', 'agents', 'devices', 'settings', 'settings/models', 'settings/import', 'help', 'words']) {
    await page.evaluate((to) => void (location.hash = `#/${to}`), room)
    await page.locator('h1').first().waitFor()
    moving.push(...await page.evaluate((where) => [...document.querySelectorAll('*')].flatMap((element) => {
      const { transitionDuration, animationDuration, animationName } = getComputedStyle(element)
      const longest = Math.max(...[transitionDuration, ...(animationName === 'none' ? [] : [animationDuration])].join(',').split(',').map((time) => Number.parseFloat(time) * (time.includes('ms') ? 1 : 1_000)))
      return longest > 1 ? [`${where}: ${element.tagName}.${element.className.toString()} for ${longest} ms`] : []
    }), room))
  }
  expect(moving).toEqual([])
}, 240_000)
