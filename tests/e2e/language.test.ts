/**
 * Every room in another language: in German no English is left, in a made-up language that is 40 % longer nothing is cut off and
 * nothing has gone past the catalogues, and from right to left everything stands the other way round.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endReading, liveIn, type Lived } from '../support/lived.ts'
import { speak } from '../support/looks.ts'
import { readCatalogues } from '../support/sentences.ts'
import { readClipped, readSaid, walkExample, walkHome, type Said } from '../support/walk.ts'
import { root } from '../support/terminal.ts'
import { openChromium, openPage, portOf, startApp, type App } from '../support/window.ts'

const cards = [
  { title: 'Being there', policies: ['FRIENDS who should not have to sit alone when they are ill', 'EVENINGS I can spend beside somebody, saying little'] },
  { title: 'Keeping my word', policies: ['PROMISES that others have planned around', 'REPORTS delivered on the day I said'] }
]
const people = ['My brother', 'My neighbour', 'My friend Jo', 'My aunt', 'My old teacher', 'My cousin', 'My flatmate', 'My colleague', 'My godson', 'My uncle', 'My niece', 'My mother']
const lived = people.map((who, at): Lived => ({
  domain: at < 9 ? 'Friendship' : 'Work', situation: `${who} is ill and alone on the evening that I had planned to go to a party.`,
  options: ['Sit with the one who is ill and alone', 'Go to the party with everybody else'], own: { kind: 'option', option: 0 }, daysAgo: people.length - at
}))

/** Names of programs and places, and what the library that comes with the app says in German, which is no sentence of the app's. */
const library = join(root, 'shared', 'packs', 'library')
const fromElsewhere: readonly string[] = [
  'Values Steward', 'all-MiniLM-L6-v2 + SmolLM2-135M-values', 'huggingface.co', '/media/stick/Qwen3-0.6B', 'Strg', 'Cmd', 'Esc',
  ...readdirSync(library).flatMap((file) => readFileSync(join(library, file), 'utf8').split('\n').filter((line) => line.trim() !== '').flatMap((line) => {
    const { domain, affected, title } = (JSON.parse(line) as { readonly translations: { readonly de: { readonly domain?: string; readonly affected?: readonly string[]; readonly title?: string } } }).translations.de
    return [domain ?? '', title ?? '', ...(affected ?? [])]
  }))
]

let browser: Browser
let empty: App
let home: App

beforeAll(async () => {
  browser = await openChromium()
  empty = await startApp()
  home = await startApp({}, async (folder) => void (await liveIn(folder, cards, lived)))
  await endReading()
}, 240_000)
afterAll(async () => {
  await empty.end()
  await home.end()
  await browser.close()
})

/** Both homes, room by room, in a German window of its own each; what the page logs as an error fails. */
async function walkAll(look: (page: Page, screen: string) => Promise<void>): Promise<void> {
  for (const [app, walk] of [[empty, walkExample], [home, walkHome]] as const) {
    const { page, errors } = await openPage(browser, app.address, { reducedMotion: 'reduce', locale: 'de-DE' })
    if (app === home) await page.locator('.cards .card').first().waitFor()
    await walk(page, (screen) => look(page, screen))
    expect(errors).toEqual([])
    await page.context().close()
  }
}

/** What one walk found: what is said in German, and what is wrong with longer words and from right to left. */
const seen = { languages: new Set<string | null>(), said: new Map<string, Said>(), others: new Set<string>(), longer: new Set<string>(), mirrored: new Set<string>() }

beforeAll(async () => {
  await walkAll(async (page, screen) => {
    seen.languages.add(await page.locator('html').getAttribute('lang'))
    const read = await readSaid(page)
    for (const one of read.said) seen.said.set(`${screen}: ${one.where}: ${one.text}`, one)
    for (const text of read.others) seen.others.add(text)
    await speak(page, 'en-XA')
    await lookLonger(page, screen)
    await speak(page, 'en-XB')
    await lookMirrored(page, screen)
    await speak(page, null)
  })
}, 400_000)

const letters = /\p{L}/u
/** Written by Intl alone. */
const size = /^[\d.,\s]+(?:kB|MB|GB)$/u
const date = /^\d{1,2}\. (?:Januar|Jan\.|Februar|Feb\.|März|April|Apr\.|Mai|Juni|Juli|August|Aug\.|September|Sept\.|Oktober|Okt\.|November|Nov\.|Dezember|Dez\.)(?: \d{4})?(?:, \d{2}:\d{2})?$/u

describe('in German', () => {
  /* Those with the most words of their own first. */
  const own = (sentence: string): number => sentence.replaceAll(/\{\{\w+\}\}/gu, '').length
  const sentences = [...new Set([...readCatalogues('de').values()].flatMap((room) => Object.values(room)))].toSorted((left, right) => own(right) - own(left))
  const patterns = sentences.map((sentence) => new RegExp(`^${sentence.split(/\{\{\w+\}\}/u).map((part) => part.replace(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`)).join('(„[^“]*“|‚[^‘]*‘|[^]*?)')}$`, 'u'))

  const numbers = (readCatalogues('de').get('trust')?.['numbers'] ?? '').split(' ').flatMap((word) => [word, word.charAt(0).toUpperCase() + word.slice(1)])

  /** A sentence of the catalogue, what is filled in included, or a row of such; or what somebody wrote, whole or its beginning. */
  function isGerman(text: string, others: ReadonlySet<string>, depth = 0): boolean {
    const bare = text.replace(/^[\s·]+|[\s·]+$/gu, '')
    if (!letters.test(bare) || others.has(bare) || size.test(bare) || date.test(bare) || /^\/[\w./-]+$/u.test(bare)) return true
    if (bare.length >= 30 && [...others].some((other) => other.startsWith(bare))) return true
    if (depth > 4) return false
    /* A clause of a problem starts small and has no full stop. */
    for (const said of new Set([bare, bare.replace(/\.$/u, ''), bare.charAt(0).toLowerCase() + bare.slice(1).replace(/\.$/u, '')])) {
      for (const pattern of patterns) {
        const match = pattern.exec(said)
        if (match?.slice(1).every((part) => part !== said && isGerman(part, others, depth + 1)) === true) return true
      }
    }
    const parts = [bare.split(' · '), bare.split(/(?<=[.!?…)]) (?=\p{Lu}|„)/u), bare.split(/[,;] | und /u), bare.split(' und '), bare.split(/(?<=:) /u)].filter((each) => each.length > 1)
    return parts.some((each) => each.every((part) => isGerman(part, others, depth + 1)))
  }

  it('no room says a word that is not German, but for what somebody wrote', () => {
    const { said, languages } = seen
    expect([...languages]).toEqual(['de'])
    const others = new Set([...cards.flatMap(({ title, policies }) => [title, ...policies]), ...fromElsewhere, ...numbers, ...seen.others])
    const found = [...said].filter(([, { text, whole }]) => !isGerman(text.replace(/ · Values Steward$/u, ''), others) && !isGerman(whole, others)).map(([name]) => name)
    expect(found).toEqual([])
    expect(said.size).toBeGreaterThan(1_000)
  })

  it('no percentage can break before its sign', () => {
    const shown = [...seen.said.values()].map(({ text }) => text)
    expect(shown.filter((text) => /[\d}] %|[<>] \d/u.test(text))).toEqual([])
    expect(shown.filter((text) => /\d\u00A0%/u.test(text)).length).toBeGreaterThan(10)
  })

  it('and would be found out, were a word English', () => {
    const others = new Set(['Go home'])
    const english = ['Settings', 'Saved on this device', 'Take away “x”', '3 values', '3 Werte · 3 options', 'It would choose “Go home”', 'Zurzeit keine Vorhersage. The model is missing.', 'Einstellungen and more']
    expect(english.filter((text) => isGerman(text, others))).toEqual([])
    const good = ['Einstellungen', '3 Werte', 'Zeile 2 wegnehmen', '79\u00A0%', '2 Möglichkeiten · aus der Sammlung', 'Er würde wählen: „Go home“', 'Zurzeit keine Vorhersage. Das Modell wurde geschlossen. Öffne die App noch einmal.']
    expect(good.filter((text) => !isGerman(text, others) && !isGerman(text, new Set([...others, 'aus der Sammlung'])))).toEqual([])
  })
})

const sizes = [['1,280 px', { width: 1280, height: 800 }], ['200 % zoom', { width: 640, height: 400 }], ['360 px', { width: 360, height: 640 }]] as const

async function lookLonger(page: Page, screen: string): Promise<void> {
  const { said, others } = await readSaid(page)
  /* What was told in passing stays in the language in which it was told. */
  const told = await page.locator('.toasts').innerText()
  for (const { text, where, whole } of said) if (!told.includes(text) && [text, whole].every((each) => letters.test(outside(each))) && where !== 'title' && !others.includes(text) && !size.test(text) && !isOfParts(where, text)) seen.longer.add(`${screen}: ${where}: ${text}`)
  for (const [name, viewport] of sizes) {
    await page.setViewportSize(viewport)
    for (const clipped of await readClipped(page)) seen.longer.add(`${screen} at ${name}: ${clipped}`)
  }
  await page.setViewportSize(sizes[0][1])
}

it('in a language that is 40 % longer nothing is cut off or runs out of its box in any room, and every word is in brackets, but for what somebody wrote', () => {
  expect([...seen.longer]).toEqual([])
})

/** What is not within ⟦ and ⟧, however they are nested. */
function outside(text: string): string {
  let depth = 0
  return Array.from(text).filter((letter) => {
    if (letter === '⟦') depth += 1
    if (letter === '⟧') depth -= 1
    return depth === 0
  }).join('')
}

/** The hidden button with which a screen reader leaves a window brings its word from its library, in that library's languages. */
function isOfParts(where: string, text: string): boolean {
  return where === 'button[aria-label]' && text === 'Dismiss'
}

async function lookMirrored(page: Page, screen: string): Promise<void> {
  const sides = await page.evaluate(() => {
    const middle = (element: Element | null | undefined): number | null => {
      const box = element?.getBoundingClientRect()
      return box === undefined || box.width === 0 ? null : (box.left + box.right) / 2
    }
    const pairs: [string, number | null, number | null][] = [['rail and page', middle(document.querySelector('.rail')), middle(document.querySelector('main'))]]
    const head = document.querySelector('.head')
    if (head !== null) pairs.push(['heading and button', middle(head.querySelector('h1')), middle(head.lastElementChild)])
    for (const label of document.querySelectorAll('label.radio, label.check')) if (label.textContent?.trim() !== '') pairs.push([`mark and ${label.textContent ?? ''}`, middle(label.querySelector('.dot, .box')), middle(label)])
    for (const buttons of document.querySelectorAll('.actions')) {
      const [first, second] = [...buttons.children].filter((child) => child.getBoundingClientRect().width > 0)
      const isOneRow = first !== undefined && second !== undefined && Math.abs(first.getBoundingClientRect().top - second.getBoundingClientRect().top) < 4
      if (isOneRow) pairs.push([`${first.textContent ?? ''} and ${second.textContent ?? ''}`, middle(first), middle(second)])
    }
    return { direction: getComputedStyle(document.querySelector('main') ?? document.body).direction, wrong: pairs.filter(([, first, second]) => first !== null && second !== null && first <= second).map(([name]) => name) }
  })
  if (sides.direction !== 'rtl') seen.mirrored.add(`${screen}: reads from left to right`)
  for (const wrong of sides.wrong) seen.mirrored.add(`${screen}: ${wrong} stand as from left to right`)
  for (const [, viewport] of [sizes[2], sizes[0]]) {
    await page.setViewportSize(viewport)
    for (const clipped of await readClipped(page)) seen.mirrored.add(`${screen} at ${viewport.width} px: ${clipped}`)
  }
}

it('from right to left every room stands the other way round, and nothing runs out of the window', () => {
  expect([...seen.mirrored]).toEqual([])
})

describe('the choice of language', () => {
  it('follows the system, is made in Settings, is there at once, and is remembered', async () => {
    const { page, errors } = await openPage(browser, empty.address, { locale: 'de-DE' })
    await page.getByRole('heading', { level: 1, name: 'Denk an eine Entscheidung' }).waitFor()
    await page.getByRole('textbox').fill('Ich blieb bei meinem Bruder.')
    await page.getByRole('link', { name: 'Einstellungen' }).click()
    await page.getByRole('heading', { level: 1, name: 'Einstellungen' }).waitFor()
    await page.getByRole('radiogroup', { name: 'Sprache' }).getByText('English').click()
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
    expect([await page.title(), await page.locator('html').getAttribute('lang')]).toEqual(['Settings · Values Steward', 'en'])
    await page.goto(`http://127.0.0.1:${portOf(empty.address)}/#/settings`)
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
    await page.getByRole('radiogroup', { name: 'Language' }).getByText('Deutsch').click()
    await page.getByRole('heading', { level: 1, name: 'Einstellungen' }).waitFor()
    await page.getByRole('radiogroup', { name: 'Sprache' }).getByText('English').click()
    await page.getByRole('radiogroup', { name: 'Language' }).getByText('As this computer has it').click()
    await page.getByRole('heading', { level: 1, name: 'Einstellungen' }).waitFor()
    await page.getByRole('link', { name: 'Werte', exact: true }).click()
    expect(await page.getByRole('textbox').inputValue()).toBe('Ich blieb bei meinem Bruder.')
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)

  it('a person’s own words keep their direction, whichever way the window reads', async () => {
    const { page } = await openPage(browser, home.address)
    await page.locator('.cards .card').first().click()
    const name = page.getByLabel('Its name')
    await name.fill('להיות שם')
    expect(await name.evaluate((field) => getComputedStyle(field).direction)).toBe('rtl')
    expect(await page.locator('html').evaluate((element) => getComputedStyle(element).direction)).toBe('ltr')
    await page.getByRole('link', { name: 'Values', exact: true }).first().click()
    const title = page.locator('.cards .title', { hasText: 'להיות שם' })
    expect(await title.evaluate((element) => getComputedStyle(element).direction)).toBe('rtl')
    await page.context().close()
  }, 240_000)
})
