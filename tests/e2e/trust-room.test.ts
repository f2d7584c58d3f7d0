/** Where can I let it act? A domain that becomes trusted and then stale; answers that come up again; names; and every look. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faultsOf } from '../support/axe.ts'
import { everyLookWithGerman, inEachLook } from '../support/looks.ts'
import { endReading, liveIn, type Lived } from '../support/lived.ts'
import { describeSituation, goTo, whenSaved } from '../support/notebook.ts'
import { openChromium, openPage, portOf, startApp, type App } from '../support/window.ts'

const cards = [
  { title: 'Being there', policies: ['FRIENDS who should not have to sit alone when they are ill', 'EVENINGS I can spend beside somebody, saying little'] },
  { title: 'Keeping my word', policies: ['PROMISES that others have planned around', 'REPORTS delivered on the day I said'] }
]
const people = ['My brother', 'My neighbour', 'My friend Jo', 'My aunt', 'My old teacher', 'My cousin', 'My flatmate', 'My colleague', 'My grandmother', 'My friend Sam', 'My uncle', 'My godson', 'My sister', 'My nephew', 'My friend Kim', 'My mother', 'My father']
const evening = (who: string): string => `${who} is ill and alone on the evening that I had planned to go to a party.`
const options = ['Sit with the one who is ill and alone', 'Go to the party with everybody else']
const evenings = (count: number, said: Partial<Lived> = {}): Lived[] => people.slice(0, count).map((who, at) => ({ domain: 'Friendship', situation: evening(who), options, own: { kind: 'option', option: 0 }, daysAgo: 0.9 - at / 100, ...said }))

let browser: Browser
let app: App

beforeAll(async () => {
  browser = await openChromium()
})
afterAll(() => Promise.all([browser.close(), endReading()]))

/** The app on a home in which somebody has rehearsed before. */
async function startLived(lived: readonly Lived[]): Promise<App> {
  return await startApp({}, async (home) => void (await liveIn(home, cards, lived)))
}

async function says(page: Page, domain: string): Promise<string> {
  return (await page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: new RegExp(`^${domain}`, 'u') }) }).locator('.says').textContent()) ?? ''
}

describe('a domain', () => {
  beforeAll(async () => {
    app = await startLived(evenings(16))
  }, 240_000)
  afterAll(() => app.end())

  it('becomes trusted with the seventeenth approval, and out of date when a card that it rests on changes', async () => {
    const { page, errors } = await openPage(browser, app.address)
    await goTo(page, 'Trust')
    await page.getByRole('heading', { level: 1, name: 'Trust' }).waitFor()
    expect(await page.locator('.domain').innerText()).toContain('Not known yet')
    expect(await says(page, 'Friendship')).toBe('You approved 16 of 16. Safe to say: at least 79\u00A0%. One more approval would make it 80\u00A0%.')

    await page.getByRole('link', { name: 'Rehearse where it is unknown' }).click()
    await page.getByText('Only “Friendship”').waitFor()
    await page.getByRole('link', { name: 'Rehearse a situation' }).waitFor()
    await describeSituation(page, evening('My friend Lou'), options, 'friendship')
    await page.getByRole('radio', { name: options[0] ?? '' }).check({ force: true })
    await page.getByRole('button', { name: 'All the same' }).click()
    await page.getByText('so it counts towards trust').waitFor()
    await page.getByRole('button', { name: 'What would my agent do?' }).click()
    await page.locator('.outcome').waitFor({ timeout: 90_000 })
    await page.getByRole('region', { name: 'Your verdict' }).getByText('Yes', { exact: true }).click()
    await page.getByText('Kept: Yes.').waitFor()

    await goTo(page, 'Trust')
    await page.locator('.badge.trusted').waitFor()
    expect(await says(page, 'Friendship')).toBe('You approved 17 of 17. Safe to say: at least 80\u00A0%. 18 more approvals in a row would make it 90\u00A0%.')
    expect(await page.locator('.badge.stale').count()).toBe(0)

    await goTo(page, 'Values')
    await page.getByRole('link', { name: /Being there/u }).first().click()
    await page.getByLabel('Line 2', { exact: true }).fill('EVENINGS I can spend beside somebody, also when I am tired')
    await whenSaved(page)
    await goTo(page, 'Trust')
    await page.locator('.badge.stale').waitFor()
    const line = await page.locator('.domain').innerText()
    expect(line).toContain('Out of date')
    expect(line).toContain('It was trusted until something changed')
    expect(line).toMatch(/Being there\s+has changed/u)
    await page.getByRole('link', { name: 'Friendship' }).click()
    await page.getByRole('heading', { level: 1, name: 'Friendship' }).waitFor()
    await page.locator('.stale-why').getByRole('link', { name: 'Being there' }).click()
    await page.getByRole('heading', { level: 1, name: 'Being there' }).waitFor()
    await page.goBack()

    /* They can be run again with the card as it is now (what that heals: tests/shared/trust/stale.test.ts). */
    await page.getByRole('link', { name: /Run these situations again/u }).click()
    await page.getByRole('button', { name: 'Go over them' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: 'Friendship' }).waitFor()

    /* Every answer is there; taken out, it counts no more, and that can be taken back. */
    await page.getByRole('button', { name: 'Do not count it' }).first().click()
    await expect.poll(() => page.locator('.says').textContent()).toContain('You approved 16 of 16.')
    await page.getByRole('button', { name: 'Count it again' }).click()
    await expect.poll(() => page.locator('.says').textContent()).toContain('You approved 17 of 17.')
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)
})

describe('a home with weeks behind it', () => {
  beforeAll(async () => {
    const again = { daysAgo: 5, choice: { kind: 'option', option: 0 } } as const
    app = await startLived([
      ...evenings(12).map((one, at): Lived => ({ ...one, daysAgo: 40 - at, shown: at % 2 === 0 ? 'cards' : 'no-cards', verdict: at < 11 ? 'yes' : 'not-that', ...(at < 2 ? { again } : {}) })),
      ...people.slice(0, 3).map((who, at): Lived => ({ domain: 'Work', situation: `${who} has rung twice, and the report is due today.`, options: ['Finish the report first, as promised', 'Ring back at once'], daysAgo: 9 + at, verdict: at === 0 ? null : 'yes' }))
    ])
  }, 240_000)
  afterAll(() => app.end())

  it('asks again with the old answer hidden, shows it once the new one is given, and does not ask twice', async () => {
    const { page, errors } = await openPage(browser, app.address, { reducedMotion: 'reduce' })
    await goTo(page, 'Trust')
    const panel = page.getByRole('region', { name: 'Asked again' })
    const due = panel.getByRole('listitem')
    await due.first().waitFor()
    const first = await due.first().innerText()
    await due.first().getByRole('button', { name: 'Answer' }).click()
    await expect.poll(() => panel.innerText()).toContain('What you said then is hidden.')
    expect(await panel.getByText('on ', { exact: false }).locator('.own').count()).toBe(0)
    await panel.getByText('Go to the party with everybody else').click()
    await panel.getByRole('button', { name: 'Say it' }).click()
    await panel.getByText('today').waitFor()
    expect(await panel.innerText()).toContain('Sit with the one who is ill and alone')
    if ((await panel.getByText('Do you still stand').count()) > 0) {
      await panel.getByText('Unsure').click()
      await panel.getByRole('button', { name: 'Keep it' }).click()
    } else await panel.getByRole('button', { name: 'Done' }).click()
    await due.first().waitFor()
    expect(await due.allInnerTexts()).not.toContain(first)
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)

  it('with the clock set back a year, everything is there, nothing is due, and nothing breaks', async () => {
    const { page, errors } = await openPage(browser, app.address, {}, (page) => page.clock.setFixedTime(Date.now() - 365 * 86_400_000))
    await goTo(page, 'Trust')
    await page.getByRole('link', { name: 'Friendship' }).waitFor()
    expect(await says(page, 'Friendship')).toContain('You approved 11 of 12.')
    expect(await page.getByRole('region', { name: 'Asked again' }).count()).toBe(0)
    await page.getByRole('link', { name: 'Friendship' }).click()
    await page.getByRole('heading', { level: 1, name: 'Friendship' }).waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)

  it('a domain is declared, called otherwise and counted as another, with its answers, and all of it is taken back', async () => {
    const { page, errors } = await openPage(browser, app.address)
    await goTo(page, 'Trust')
    await page.getByRole('link', { name: 'Friendship' }).click()
    await page.getByLabel('I would let it act if I approved of at least (%)').fill('lots')
    await page.getByRole('button', { name: 'Keep it' }).click()
    await page.getByText('A share is a number from 0 to 100.').waitFor()
    await page.getByLabel('I would let it act if I approved of at least (%)').fill('30')
    await page.getByLabel('Where does it end? (if you like)').fill('Not if it is about money.')
    await page.getByRole('button', { name: 'Keep it' }).click()
    await expect.poll(() => page.locator('figcaption').innerText()).toContain('enough for you: 30\u00A0%')
    await page.locator('.badge.trusted').waitFor()
    await page.getByText('Where it ends:').waitFor()

    await page.getByLabel('Name', { exact: true }).fill('Being a friend')
    await page.getByRole('button', { name: 'Call it that' }).click()
    await page.getByRole('heading', { level: 1, name: 'Being a friend' }).waitFor()
    expect(await page.locator('.says').textContent()).toContain('You approved 11 of 12.')
    await page.getByLabel('Let it count as').selectOption({ label: 'Work' })
    await page.getByRole('button', { name: 'Let it', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Work' }).waitFor()
    expect(await page.locator('.says').textContent()).toContain('You approved 13 of 14.')
    /* Its old address leads there too. */
    await page.goto(`http://127.0.0.1:${portOf(app.address)}/#/trust/friendship`)
    await page.getByRole('heading', { level: 1, name: 'Work' }).waitFor()
    await page.goto(`http://127.0.0.1:${portOf(app.address)}/#/rehearse/in/friendship`)
    await page.getByText('Only “Work”').waitFor()
    expect(await page.getByLabel('Part of life').inputValue()).toBe('work')
    await page.goBack()
    await page.getByRole('button', { name: 'Let it count by itself again' }).first().click()
    await goTo(page, 'Trust')
    await page.getByRole('link', { name: 'Being a friend' }).click()
    await page.getByRole('heading', { level: 1, name: 'Being a friend' }).waitFor()
    expect(await page.locator('.says').textContent()).toContain('You approved 11 of 12.')
    await page.getByLabel('Name', { exact: true }).fill('Friendship')
    await page.getByRole('button', { name: 'Call it that' }).click()
    await page.getByRole('heading', { level: 1, name: 'Friendship' }).waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)
})

describe('every look', () => {
  beforeAll(async () => {
    app = await startLived([...evenings(12).map((one, at): Lived => ({ ...one, daysAgo: 40 - at, shown: at % 2 === 0 ? 'cards' : 'no-cards' })), { domain: 'Work', situation: 'The report is due today.', options: ['Finish it', 'Leave it'], daysAgo: 1 }])
  }, 240_000)
  afterAll(() => app.end())

  it('no axe violation, no words out of the window, and something in each place, in any look', async () => {
    const { page, errors } = await openPage(browser, app.address, { reducedMotion: 'reduce', ...everyLookWithGerman.options })
    const found: string[] = []
    const check = async (where: string): Promise<void> => {
      await inEachLook(page, everyLookWithGerman, async (look) => {
        for (const fault of await faultsOf(page)) found.push(`${where}, ${look}: ${fault}`)
        const raw = await page.locator('main').innerText()
        /* A key that no language has shows as itself. */
        for (const key of raw.match(/\b[a-z]+(?:_[a-z]+)+\b|\{\{|\b[a-z]+[A-Z][a-zA-Z]+\b/gu) ?? []) found.push(`${where}, ${look}: shows “${key}”`)
      })
    }
    await page.goto(`http://127.0.0.1:${portOf(app.address)}/#/trust`)
    await page.locator('.domain').first().waitFor()
    await check('the room')
    await page.locator('.due button').first().click()
    await check('asked again')
    await page.locator('.domain h2 a').last().click()
    await page.locator('.answers').waitFor()
    await page.locator('.rule summary').click()
    await check('a domain')
    await page.goto(`http://127.0.0.1:${portOf(app.address)}/#/trust/nowhere`)
    await check('a domain that is not here')
    expect(found).toEqual([])
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)
})
