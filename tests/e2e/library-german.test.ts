/** The library that comes with the app, read in German: rehearsed from the list to trust without a word of English, and kept as it was written. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readLibrary } from '../../main/packs.ts'
import { judgedOptions, type LibraryScenario } from '../../shared/packs/pack.ts'
import type { NativeFile } from '../../shared/file/native.ts'
import { contentOf } from '../../shared/rehearsal.ts'
import { runHere } from '../support/terminal.ts'
import { openChromium, openPage, startApp, type App } from '../support/window.ts'

const cards = [
  { title: 'Ruhe lassen', contexts: ['wenn jemand schläft'], policies: ['BRIEFE, die warten können, bis ich ausgeschlafen bin', 'GELD, das zwischen Freunden nicht alles ist'] },
  { title: 'Offen reden', contexts: ['wenn jemand mir schreibt'], policies: ['MENSCHEN, die auf eine Antwort warten', 'SCHULDEN, über die zwei Freunde reden können'] },
  /* One in the model's own language, so that there are reasons to tell. */
  { title: 'Answering', contexts: ['when somebody writes to me'], policies: ['LETTERS from somebody who is sorry, which I answer in my own time'] }
]

let browser: Browser
let app: App
let scenarios: readonly LibraryScenario[]
/** Every text of the library as it was written. */
let english: readonly string[]
beforeAll(async () => {
  const library = await readLibrary(null)
  scenarios = library.scenarios
  english = [...new Set([
    ...scenarios.flatMap((each) => [each.situation, ...each.options, ...judgedOptions(each), ...each.affected, each.domain]),
    ...library.packs.map(({ title }) => title)
  ])]
  browser = await openChromium()
  app = await startApp({}, async (home) => {
    const added = await runHere(['cards', 'add', '-', '--home', home], { input: JSON.stringify(cards) })
    if (added.code !== 0) throw new Error(added.errors)
  })
})
afterAll(async () => {
  await app.end()
  await browser.close()
})

const one = (id: string): LibraryScenario => scenarios.find((each) => each.id === id) ?? never()

/** Texts of the library that stand on the page in English, but for what is marked as English. */
async function englishOn(page: Page): Promise<readonly string[]> {
  return await page.evaluate((texts) => {
    const found: string[] = []
    const look = (text: string): void => void found.push(...texts.filter((each) => text.trim() === each || (each.includes(' ') && each.length > 12 && text.includes(each))))
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement
      if (element?.checkVisibility() === true && element.closest('[lang="en"], script, style') === null) look(node.textContent ?? '')
    }
    for (const element of document.querySelectorAll('[aria-label], [title], input, textarea')) look(element.getAttribute('aria-label') ?? element.getAttribute('title') ?? (element as HTMLInputElement).value)
    return [...new Set(found)]
  }, english)
}

async function at(page: Page, address: string, there: string): Promise<void> {
  await page.evaluate((next) => {
    location.hash = next
  }, address)
  await page.locator(there).first().waitFor()
}

/** Its own choice and the same chance for all, then what the agent would do. */
async function rehearse(page: Page, button: string, even: string): Promise<string> {
  await page.locator('.you-first .radio').first().click()
  await page.getByRole('button', { name: even }).click()
  await page.getByRole('button', { name: button }).click()
  await page.locator('.outcome').waitFor()
  return (await page.locator('.outcome').textContent()) ?? ''
}

/** As the home's own file has it. */
async function written(): Promise<NativeFile> {
  const { output } = await runHere(['export', '--format', 'native', '--home', app.home])
  return JSON.parse(output) as NativeFile
}

it('a situation of an agent that acts is found, rehearsed, judged, looked up and counted in German; the original is there, marked as that', async () => {
  const letter = one('mail:ex-letter')
  const { page, errors } = await openPage(browser, app.address, { locale: 'de-DE' })
  await page.locator('.cards .card').first().waitFor()
  await at(page, '#/rehearse', '.rows a.card')
  for (const step of [0, 1, 2, 3]) {
    await page.mouse.wheel(0, step * 4_000)
    expect(await englishOn(page)).toEqual([])
  }
  await page.locator('summary', { hasText: 'Woher sie sind' }).click()
  await page.getByText('Einkäufe: Values Steward, CC0-1.0, 8').waitFor()
  expect(await page.getByLabel('Lebensbereich').locator('option').allTextContents()).toContain('Freundschaft')
  expect(await englishOn(page)).toEqual([])
  await page.getByLabel('Situationen suchen').fill('dein früherer Mann')
  await page.getByText('1 Situation', { exact: true }).waitFor()
  await page.locator('.rows a.card').click()

  await page.locator('.situation', { hasText: 'Spät schreibt dein früherer Mann' }).waitFor()
  await page.locator('summary', { hasText: 'Was jede Möglichkeit tut' }).click()
  await page.getByText('Antwortet auf den Brief deines früheren Mannes: „Danke, dass du geschrieben hast. Ich habe es gelesen und antworte, wenn ich so weit bin.“').waitFor()
  expect(await englishOn(page)).toEqual([])
  const original = page.locator('details', { hasText: 'Original (Englisch)' })
  expect(await original.getByText(letter.situation).isVisible()).toBe(false)
  await original.locator('summary').click()
  for (const text of [letter.situation, ...letter.options, ...judgedOptions(letter)]) await expect.poll(() => original.locator('[lang="en"]', { hasText: text }).count()).toBeGreaterThan(0)

  expect(await rehearse(page, 'Was würde mein Agent tun?', 'Alles gleich')).toMatch(/^Er würde /u)
  await page.locator('.argument summary').click()
  await page.getByText('Der Agent hat das Original gelesen (Englisch)').waitFor()
  await page.getByRole('button', { name: 'Nachprüfen' }).click()
  await page.getByText('Geprüft: Jeder Schritt folgt').waitFor()
  expect(await page.locator('.outline').textContent()).toContain('„Tut nichts, bis du wach bist.“')
  expect(await englishOn(page)).toEqual([])
  await page.locator('.judge .radio').first().click()
  await page.getByText('Behalten: Ja.').waitFor()

  const [kept] = Object.values((await written()).rehearsals ?? {})
  expect(kept).toMatchObject({ scenario: 'mail:ex-letter', pack: 'mail', domain: 'mail', situation: letter.situation, options: letter.options, content: contentOf(letter) })
  expect(JSON.stringify(await written())).not.toContain('Nachtschicht')
  await at(page, `#/rehearse/mail%3Aex-letter/${kept?.id ?? ''}`, '.past')
  expect(await englishOn(page)).toEqual([])
  await at(page, '#/trust', '.domain')
  await page.getByRole('link', { name: 'E-Mail', exact: true }).click()
  await page.locator('.answers li').waitFor()
  const modes = page.getByRole('table', { name: 'Wo der Agent handelt' })
  for (const way of ['nach den Worten der Möglichkeiten', 'nach dem, was die Aufrufe tun']) expect(await modes.getByRole('row', { name: way }).textContent()).toMatch(/[01] von 1 /u)
  expect(await page.getByText('Beide widersprachen sich in').textContent()).toMatch(/[01] von 1 /u)
  expect(await page.getByLabel('Name', { exact: false }).first().inputValue()).toBe('E-Mail')
  expect(await englishOn(page)).toEqual([])
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('searchbox').or(page.getByRole('dialog').getByRole('textbox')).or(page.getByRole('dialog').getByRole('combobox')).first().fill('E-Mail')
  await page.getByRole('menuitem', { name: 'E-Mail' }).waitFor()
  expect(errors).toEqual([])
  await page.context().close()
})

it('what was begun in English is looked at, asked for and gone on with in German, and a part of life that is typed in German is the same', async () => {
  const loan = one('friendship:loan')
  const before = await openPage(browser, app.address, { locale: 'en-GB' })
  await before.page.locator('.cards .card').first().waitFor()
  await at(before.page, '#/rehearse/friendship%3Aloan', '.you-first')
  expect(await before.page.locator('.situation').textContent()).toBe(loan.situation)
  expect(await before.page.locator('details', { hasText: 'Original' }).count()).toBe(0)
  await rehearse(before.page, 'What would my agent do?', 'All the same')
  await before.page.getByText('Saved on this device').waitFor()
  await before.page.context().close()

  const { page, errors } = await openPage(browser, app.address, { locale: 'de-DE' })
  await page.locator('.cards .card').first().waitFor()
  await at(page, '#/rehearse/friendship%3Aloan', '.rehearsal .actions')
  await page.getByRole('button', { name: 'Ansehen, was gesagt wurde' }).click()
  await page.getByText('Du sagtest: „Es gut sein lassen und es als Geschenk ansehen“').waitFor()
  expect(await englishOn(page)).toEqual([])
  await page.getByRole('button', { name: 'Noch einmal proben' }).click()
  await rehearse(page, 'Was würde mein Agent tun?', 'Alles gleich')
  expect(await englishOn(page)).toEqual([])
  const kept = Object.values((await written()).rehearsals ?? {}).filter(({ scenario }) => scenario === 'friendship:loan')
  expect(new Set(kept.map(({ content, situation, domain }) => `${content} ${situation} ${domain}`)).size).toBe(1)
  expect(kept).toHaveLength(2)

  await at(page, '#/rehearse/new', 'textarea')
  await page.getByLabel('Was ist die Situation?').fill('Meine Freundin zieht um, und am selben Tag ist ein Fest.')
  for (const [number, words] of [[1, 'Ihr beim Umzug helfen'], [2, 'Auf das Fest gehen']] as const) await page.getByLabel(`Möglichkeit ${number}`, { exact: true }).fill(words)
  await page.getByLabel('Welcher Lebensbereich ist es?').fill('Freundschaft')
  await page.getByRole('button', { name: 'Proben', exact: true }).click()
  await page.locator('.you-first').waitFor()
  await at(page, '#/rehearse', '.rows a.card')
  expect((await page.getByLabel('Lebensbereich').locator('option').allTextContents()).filter((name) => name === 'Freundschaft')).toHaveLength(1)

  /* What follows a value that was just kept. */
  await at(page, '#/values', '.cards .card')
  const card = (await page.locator('.cards .card').first().getAttribute('href'))?.split('/').at(-1) ?? ''
  await at(page, `#/words/kept/${card}`, '.outcome')
  expect(await page.locator('.situation').getAttribute('lang')).toBe('de')
  expect(await englishOn(page)).toEqual([])
  expect(errors).toEqual([])
  await page.context().close()
})

function never(): never {
  throw new Error('the library has it')
}
