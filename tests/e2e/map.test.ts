/**
 * The map as a person has it: a circle is found and opened, what pulls apart is seen, and everything is done by keyboard or from
 * the tables; with a thousand cards it pans without a rendering; every look of it is for everyone.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type * as Y from 'yjs'
import { addCard } from '../../shared/commands/card.ts'
import { setPriority } from '../../shared/commands/priority.ts'
import type { CardId, ContextId } from '../../shared/schema.ts'
import { faultsOf } from '../support/axe.ts'
import { createMaker, valueOf } from '../support/document.ts'
import { everyLook, inEachLook } from '../support/looks.ts'
import { countCommits, fillMap, rehearse, writeHome } from '../support/map.ts'
import { askAgent, goTo, sayWiser } from '../support/notebook.ts'
import { openChromium, openPage, startApp, type App } from '../support/window.ts'

let browser: Browser
let app: App

beforeAll(async () => {
  browser = await openChromium()
})
afterAll(() => browser.close())
afterEach(() => app.end())

/** Fills a home, starts the app on it, and opens its map. */
async function openMap(write: (doc: Y.Doc) => void, options: BrowserContextOptions = {}): Promise<{ readonly page: Page; readonly errors: string[] }> {
  app = await startApp({}, (home) => writeHome(home, write))
  const opened = await openPage(browser, app.address, options)
  await opened.page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Map' }).click()
  await opened.page.getByRole('heading', { level: 1, name: 'Map' }).waitFor()
  await opened.page.locator('.lane').first().waitFor()
  return opened
}

/** Six cards, three of which run in a circle where the sister grieves, and what three of them said in two situations. */
function circleAndPull(doc: Y.Doc): void {
  const { cards, contexts } = fillMap(doc, 6)
  const [being, word, quiet] = cards as [CardId, CardId, CardId]
  const maker = createMaker('more')
  for (const [from, to] of [[being, word], [word, quiet], [quiet, being]] as const) valueOf(setPriority(doc, { from, to, context: contexts[0] as ContextId }, maker))
  rehearse(doc, 'Two promises for one evening.', { [being]: [0.8, -0.2], [word]: [-0.4, 0.6] })
  rehearse(doc, 'Another evening.', { [being]: [0.5, -0.5], [word]: [-0.1, 0.3] })
}

async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '')
}

it('a circle is said in a sentence; one press leads to its arrow, another takes it back, and undo brings it back', async () => {
  const { page, errors } = await openMap(circleAndPull)
  const notice = page.getByText(/Look at this: when my sister is grieving, ‘.*’ is held wiser than ‘.*They run in a circle, and none of these counts/u)
  await notice.waitFor()
  expect(await page.locator('.arrow-words.circle').count()).toBe(3)
  await page.getByRole('button', { name: /^Look at this: ‘Being there’ is wiser than ‘Respecting quiet’/u }).press('Enter')
  await expect.poll(() => focused(page)).toBe('Being there is wiser than Respecting quiet')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('It runs in a circle with others').waitFor()
  await dialog.getByRole('button', { name: 'Take back' }).press('Enter')
  await notice.waitFor({ state: 'detached' })
  await page.getByText('Taken back: ‘Being there’ is wiser than ‘Respecting quiet’ when my sister is grieving.').waitFor()
  expect(await page.locator('.arrow-words.circle').count()).toBe(0)
  await page.keyboard.press('Control+z')
  await notice.waitFor()
  /* And once more, from the notice itself. */
  await page.getByRole('button', { name: /^Take back: ‘Respecting quiet’ is wiser than ‘Keeping my word’/u }).press('Enter')
  await notice.waitFor({ state: 'detached' })
  expect(errors).toEqual([])
  await page.context().close()
})

it('what pulls apart is shown when asked for, as a jagged line, a sentence and a cell; what shared no situation is “?”, never 0', async () => {
  const { page, errors } = await openMap(circleAndPull)
  expect(await page.locator('.pull').count()).toBe(0)
  await page.getByRole('button', { name: 'What pulls apart' }).press('Enter')
  const said = /‘Being there’ and ‘Keeping my word’ pull apart \(−0\.92\), in 2 situations that both bear on\./u
  await page.getByRole('list', { name: 'What pulls apart' }).getByText(said).waitFor()
  expect(await page.locator('path.pull').count()).toBeGreaterThan(0)
  await page.getByRole('button', { name: /^Look at this: Being there, Keeping my word/u }).press('Enter')
  await expect.poll(() => focused(page)).toMatch(said)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByText('Two promises for one evening.').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Say which is wiser' }).press('Enter')
  await expect.poll(() => page.getByLabel('When? In which kind of situation?').evaluate((element) => element === document.activeElement)).toBe(true)
  expect(await page.getByLabel('This one').evaluate((select: HTMLSelectElement) => select.selectedOptions[0]?.textContent)).toBe('Being there')

  await page.getByRole('link', { name: 'Table' }).click()
  const matrix = page.getByRole('region', { name: 'Matrix of values' })
  await matrix.waitFor()
  expect(await matrix.getByRole('button').allTextContents()).toEqual(['−0.92', '−0.92'])
  expect(errors).toEqual([])
  await page.context().close()
})

it('a rehearsal with the real model is what is counted; cells are walked by arrow keys, and say what they hold', async () => {
  app = await startApp()
  const { page, errors } = await openPage(browser, app.address)
  await page.getByRole('button', { name: 'Show me an example instead' }).click()
  await page.getByRole('heading', { level: 1, name: 'Values' }).waitFor()
  await goTo(page, 'Map')
  await page.getByRole('link', { name: 'Table' }).click()
  await page.getByText('Nothing is known yet.').waitFor()
  await goTo(page, 'Rehearse')
  await page.getByRole('link', { name: /Your friend’s father/u }).click()
  await page.getByRole('radiogroup').getByText('Drive over and sit with her').click()
  await askAgent(page)
  await goTo(page, 'Map')
  await page.getByRole('link', { name: 'Table' }).click()
  const matrix = page.getByRole('region', { name: 'Matrix of values' })
  await matrix.getByRole('button').first().focus()
  const first = await focused(page)
  expect(first).toMatch(/in 1 situation that both bear on\.$/u)
  await page.locator('.matrix-said').getByText(first.slice(first.indexOf('‘')), { exact: true }).waitFor()
  await page.keyboard.press('ArrowDown')
  await expect.poll(() => focused(page)).not.toBe(first)
  expect(await focused(page)).toMatch(/^\S+ ‘.*’ and ‘.*’/u)
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('two values that shared no situation are said to be unknown, between others that are known', async () => {
  const { page, errors } = await openMap((doc) => {
    const [one, two, three, four] = fillMap(doc, 4).cards as [CardId, CardId, CardId, CardId]
    rehearse(doc, 'One evening.', { [one]: [1, 0], [two]: [0, 1] })
    rehearse(doc, 'Another evening.', { [three]: [1, 0], [four]: [0, 0] })
  })
  await page.getByRole('link', { name: 'Table' }).click()
  const matrix = page.getByRole('region', { name: 'Matrix of values' })
  const cell = (label: RegExp) => matrix.getByRole('button', { name: label }).first().textContent()
  await matrix.waitFor()
  expect(await cell(/‘Being there’ and ‘Keeping my word’ pull apart/u)).toBe('−1.00')
  expect(await cell(/‘Being there’ and ‘Respecting quiet’: not known\./u)).toBe('?')
  expect(await cell(/‘Respecting quiet’ and ‘Honest feedback’ pull neither/u)).toBe('0.00')
  expect(errors).toEqual([])
  await page.context().close()
})

it('all that the picture offers is done from the tables too: words, part of, the same as, hidden, folded, taken back, look', async () => {
  const { page, errors } = await openMap(circleAndPull)
  await page.getByRole('link', { name: 'Table' }).click()
  const kinds = page.getByRole('region', { name: 'Kinds of situation', exact: true })
  await kinds.getByRole('button', { name: 'Change: when a neighbour is grieving' }).press('Enter')
  await kinds.getByLabel('In your words').fill('when the neighbours argue')
  await kinds.getByLabel('Is part of').selectOption({ label: 'when my sister is grieving' })
  await kinds.getByRole('button', { name: 'Done' }).press('Enter')
  const row = kinds.getByRole('row', { name: /when the neighbours argue when my sister is grieving/u })
  await row.waitFor()
  await row.getByRole('button', { name: /^Hide it on the map/u }).press('Enter')
  await row.getByRole('cell', { name: 'hidden', exact: true }).waitFor()
  await page.getByRole('link', { name: 'Picture' }).click()
  await expect.poll(() => page.locator('.lane').count()).toBe(1)
  await page.getByRole('button', { name: 'Show 1 hidden kind of situation' }).press('Enter')
  await page.getByText('part of: when my sister is grieving').waitFor()

  await page.getByRole('link', { name: 'Table' }).click()
  await page.getByRole('button', { name: /^Change: ‘Being there’ is wiser than ‘Respecting quiet’/u }).press('Enter')
  await page.getByLabel('What ‘Respecting quiet’ was really about').fill('Not to add to it')
  await page.getByRole('button', { name: 'Done' }).press('Enter')
  await page.getByRole('row', { name: /Being there Respecting quiet when my sister is grieving .*Not to add to it/u }).waitFor()
  await page.getByRole('button', { name: /^Look at this: ‘Being there’ is wiser than ‘Respecting quiet’/u }).last().press('Enter')
  await expect.poll(() => focused(page)).toBe('Being there is wiser than Respecting quiet')

  await page.getByRole('link', { name: 'Table' }).click()
  await kinds.getByRole('button', { name: 'Change: when the neighbours argue' }).press('Enter')
  await kinds.getByLabel('Means the same as').selectOption({ label: 'when my sister is grieving' })
  await page.getByRole('link', { name: 'Picture' }).click()
  await expect.poll(() => page.locator('.lane').count()).toBe(1)
  await page.reload()
  await page.locator('.lane').first().waitFor()
  expect(await page.locator('.lane').count()).toBe(1)
  expect(errors).toEqual([])
  await page.context().close()
})

it('with nothing said yet, the tables say so, and each way down the page leads somewhere', async () => {
  const { page, errors } = await openMap((doc) => {
    const maker = createMaker('bare')
    for (const title of ['Being there', 'Keeping my word']) valueOf(addCard(doc, { title, policies: ['MOMENTS of it'] }, maker))
  })
  await page.getByRole('link', { name: 'Table' }).click()
  await page.getByText('You have not said of any value that it is wiser than another.').waitFor()
  const jumps = page.getByRole('navigation', { name: 'On this page' }).getByRole('button')
  const names = await jumps.allTextContents()
  expect(names).toEqual(['Which is wiser, where', 'Where each value stands', 'What pulls apart, and what goes together'])
  for (const name of names) {
    await jumps.filter({ hasText: name }).click()
    expect(await focused(page)).toBe(name)
  }
  expect(errors).toEqual([])
})

it('by keyboard: one stop by Tab, arrow keys from thing to thing, M for what else can be done, + and − for the size', async () => {
  const { page, errors } = await openMap((doc) => void fillMap(doc, 12))
  await page.getByRole('button', { name: 'What pulls apart' }).focus()
  await page.keyboard.press('Tab')
  await expect.poll(() => focused(page)).toBe('when a neighbour is grieving')
  const walked: string[] = []
  for (let step = 0; step < 3; step += 1) {
    await page.keyboard.press('ArrowRight')
    walked.push(await focused(page))
  }
  expect(new Set(walked).size).toBe(3)
  await page.keyboard.press('m')
  await page.getByRole('dialog').getByRole('button', { name: 'Say what it is wiser than' }).press('Enter')
  await expect.poll(() => page.getByLabel('is wiser than').evaluate((element) => element === document.activeElement)).toBe(true)
  expect(await page.getByLabel('This one').evaluate((select: HTMLSelectElement) => select.selectedOptions[0]?.textContent)).toBe(walked[2])

  await page.locator('[data-current] [data-item]').focus()
  await page.keyboard.press('+')
  await page.getByRole('button', { name: 'In its own size, now 120 %' }).waitFor()
  await page.keyboard.press('0')
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.locator('.lane').first().getByRole('button', { name: 'when a neighbour is grieving', exact: true }).getAttribute('aria-expanded')).toBe('false')
  await page.reload()
  await page.locator('.lane').first().waitFor()
  expect(await page.locator('.lane.folded').count()).toBe(1)
  await page.keyboard.press('Escape')
  expect(errors).toEqual([])
  await page.context().close()
})

it('a new card, another device’s order of writing and a later visit leave everything where it stood', async () => {
  const { page, errors } = await openMap((doc) => void fillMap(doc, 24))
  const places = () => page.evaluate(() => Object.fromEntries([...document.querySelectorAll<HTMLElement>('.lane')].flatMap((lane) => {
    const { left, top } = lane.getBoundingClientRect()
    return [...lane.querySelectorAll<HTMLElement>('.place')].map((place) => {
      const box = place.getBoundingClientRect()
      return [`${lane.dataset['lane']} ${place.textContent}`, [Math.round(box.left - left), Math.round(box.top - top)]]
    })
  })))
  const before = await places()
  await goTo(page, 'Map')
  await sayWiser(page, 'Being there', 'Asking first', 'when nobody else is there')
  await page.locator('.lane').filter({ hasText: 'when nobody else is there' }).waitFor()
  const after = await places()
  for (const [name, spot] of Object.entries(before)) expect([name, after[name]]).toEqual([name, spot])
  await page.reload()
  await page.locator('.lane').first().waitFor()
  expect(await places()).toEqual(after)
  expect(errors).toEqual([])
  await page.context().close()
})

/** Until an element has not been scrolled for some frames. */
async function standsStill(element: Element): Promise<void> {
  for (let [last, frames] = [Number.NaN, 0]; frames < 12; ) {
    await new Promise((resolve) => requestAnimationFrame(resolve))
    frames = element.scrollTop === last ? frames + 1 : 0
    last = element.scrollTop
  }
}

/** How many lanes are not as high once they are drawn as they were taken for while they are out of sight. */
async function misjudged(): Promise<number> {
  const lanes = [...document.querySelectorAll<HTMLElement>('.lane')]
  const heights = (): readonly number[] => lanes.map((lane) => lane.offsetHeight)
  const draw = (how: string): void => lanes.forEach((lane) => lane.style.setProperty('content-visibility', how))
  draw('hidden')
  const taken = heights()
  draw('visible')
  const drawn = heights()
  draw('auto')
  return lanes.filter((_, at) => taken[at] !== drawn[at]).length
}

describe('with a thousand cards', () => {
  it('it opens as its kinds of situation; panned by wheel and by hand it moves without one rendering; the tables show their first rows', async () => {
    const { page, errors } = await openMap((doc) => void fillMap(doc, 1_000))
    expect(await page.locator('.lane.folded').count()).toBe(125)
    expect(await page.evaluate(misjudged)).toBe(0)
    await page.getByRole('button', { name: 'Open all' }).press('Enter')
    const commits = await countCommits(page)
    await expect.poll(() => page.locator('.place').count()).toBeGreaterThanOrEqual(1_000)
    expect(await page.evaluate(misjudged)).toBe(0)
    await page.getByText('The model is getting ready').waitFor({ state: 'detached' })
    const view = page.locator('.map-view')
    await view.scrollIntoViewIfNeeded()
    const box = await view.boundingBox()
    const [x, y] = [(box?.x ?? 0) + 500, (box?.y ?? 0) + 200]
    await page.mouse.move(x, y)
    const before = await commits()
    await page.mouse.wheel(0, 3_000)
    await expect.poll(() => view.evaluate((element) => element.scrollTop)).toBeGreaterThan(2_000)
    /* The wheel goes on turning for a moment. What is held goes with the hand, to the pixel, also near the edge. */
    await view.evaluate(standsStill)
    await page.evaluate((top) => [...document.querySelectorAll('.lane')].find((lane) => lane.getBoundingClientRect().bottom > top)?.setAttribute('data-held', ''), y)
    const held = () => page.locator('[data-held]').evaluate((lane) => Math.round(lane.getBoundingClientRect().top))
    const taken = await held()
    await page.mouse.down()
    for (let step = 1; step <= 10; step += 1) await page.mouse.move(x, y - step * 15)
    await page.mouse.up()
    await view.evaluate(standsStill)
    expect(Math.abs(taken - (await held()) - 150)).toBeLessThanOrEqual(2)
    expect(await commits()).toBe(before)
    expect(page.url()).toMatch(/#\/map$/u)
    /* What is out of sight is not drawn, and yet there for whoever searches or listens. */
    expect(await page.locator('.lane').last().evaluate((lane) => lane.checkVisibility({ contentVisibilityAuto: true }) && lane.querySelector('.place')?.checkVisibility({ contentVisibilityAuto: true }))).toBe(false)

    await page.getByRole('link', { name: 'Table' }).click()
    await page.getByRole('region', { name: 'Kinds of situation', exact: true }).waitFor()
    expect(await page.getByRole('row').count()).toBeLessThan(200)
    expect(await page.locator('select').count()).toBe(2)
    await page.getByLabel('Find in the tables').fill('Guarding sleep for the team, 433')
    await page.getByRole('region', { name: 'Where each value stands' }).getByText('1 value', { exact: true }).waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)
})

it('there is no axe violation, no target under 24 px, and nothing runs out of the window, in any look', async () => {
  const { page, errors } = await openMap((doc) => {
    circleAndPull(doc)
    const maker = createMaker('near')
    for (let at = 0; at < 10; at += 1) valueOf(addCard(doc, { title: `Calling grandmother ${at}`, policies: ['PHONE calls that grandmother waits for'] }, maker))
  }, { reducedMotion: 'reduce', ...everyLook.options })
  const found: string[] = []
  const look = async (room: string): Promise<void> => await inEachLook(page, everyLook, async (name) => {
    const screen = `${room}, ${name}`
    for (const fault of await faultsOf(page)) found.push(`${screen}: ${fault}`)
    found.push(...(await page.evaluate(() => [...document.querySelectorAll<HTMLElement>('.map-view :is(a, button), .map-tools button, .matrix button, .row-actions button, [role="dialog"] :is(button, select, input)')].flatMap((element) => {
      const box = element.getBoundingClientRect()
      return box.width === 0 || (box.width >= 24 && box.height >= 24) ? [] : [`${element.className} is ${Math.round(box.width)} × ${Math.round(box.height)}`]
    }))).map((target) => `${screen}: ${target}`))
  })
  await look('picture')
  await page.getByRole('button', { name: 'What pulls apart' }).press('Enter')
  await page.locator('path.pull').first().waitFor({ state: 'attached' })
  await page.getByRole('button', { name: /‘Calling grandmother 0’ and 9 near it/u }).press('Enter')
  await look('picture with pulls and a group')
  await page.locator('.arrow-words').first().press('Enter')
  await page.getByRole('dialog').waitFor()
  await look('an arrow')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'What can be done with when my sister is grieving' }).press('Enter')
  await page.getByRole('dialog').waitFor()
  await look('a kind of situation')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Fold all' }).press('Enter')
  await look('folded')
  await page.getByRole('link', { name: 'Table' }).click()
  await page.getByRole('table').first().waitFor()
  await look('tables')
  expect(found).toEqual([])
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('in languages that nobody speaks no word of the map is cut off at 200 %, and arrows lead the way one reads', async () => {
  const { page, errors } = await openMap(circleAndPull, { viewport: { width: 640, height: 800 }, deviceScaleFactor: 2 })
  for (const language of ['en-XA', 'en-XB']) {
    await page.goto(`${new URL(app.address).origin}/?language=${language}#/map`)
    await page.locator('.lane').first().waitFor()
    const cut = await page.evaluate(() => [...document.querySelectorAll<HTMLElement>('.map-tools button, .lane-name, .facts, .arrow-words > span, .place > span, .legend, .circle-notice *, .views a')].flatMap((element) => (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) || element.scrollHeight > element.clientHeight + 3 && element.clientHeight > 0 ? [`${element.className}: ${element.textContent}`] : []))
    expect(cut).toEqual([])
    const [from, to, isMirrored] = await page.evaluate(() => {
      const lane = [...document.querySelectorAll('.lane')].find((one) => one.querySelector('.arrow-words:not(.circle)') !== null)
      const key = lane?.querySelector<HTMLElement>('.words-box:not(.far) .arrow-words:not(.circle)')?.dataset['arrow']?.split('|') ?? []
      const at = (card: string | undefined) => lane?.querySelector(`[data-card="${card}"]`)?.getBoundingClientRect().left ?? 0
      return [at(key[0]), at(key[1]), new DOMMatrix(getComputedStyle(lane?.querySelector('.lane-lines') as Element).transform).a < 0] as const
    })
    expect(language === 'en-XB' ? from > to : from < to).toBe(true)
    expect(isMirrored).toBe(language === 'en-XB')
  }
  expect(errors).toEqual([])
  await page.context().close()
})
