/** Putting values into words, as a person does it: the first minute, a whole session, left and come back to, in two windows. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { faultsOf } from '../support/axe.ts'
import { everyLook, inEachLook } from '../support/looks.ts'
import { goTo, takeIn, whenSaved, writeValue } from '../support/notebook.ts'
import { openChromium, openPage, portOf, startApp, type App } from '../support/window.ts'

let browser: Browser
let app: App
const story = 'Last week a new colleague made a mistake in front of the client. I saw how red he got, and nobody was helping him. I said that I had given him the wrong numbers.'

beforeAll(async () => {
  browser = await openChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  app = await startApp()
})
afterEach(() => app.end())

/** Clicks of the person on what decides something; typing is not deciding. */
async function press(page: Page, name: string, decisions: string[]): Promise<void> {
  decisions.push(name)
  await page.getByRole('button', { name, exact: true }).click()
}

async function begin(page: Page, way: string): Promise<void> {
  await goTo(page, 'Values')
  await page.getByRole('link', { name: 'Put a value into words' }).click()
  await page.getByRole('button', { name: way }).click()
  await page.locator('.turn').waitFor()
}

async function answer(page: Page, question: string, words: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: question }).waitFor()
  await page.getByLabel('Your answer').fill(words)
  await page.getByRole('button', { name: 'Go on' }).click()
}

/** Keeps these lines and leaves out every other phrase. */
async function pickLines(page: Page, lines: readonly string[]): Promise<void> {
  await page.getByRole('heading', { level: 1, name: 'Which of this did you look at when you chose?' }).waitFor()
  const asking = page.getByRole('region', { name: 'Put a value into words' })
  for (const [at, line] of lines.entries()) {
    const field = asking.getByLabel(`Line ${at + 1}`, { exact: true })
    if ((await field.count()) === 0) await asking.getByRole('button', { name: 'Another line' }).click()
    await field.fill(line)
  }
  for (let at = lines.length; (await asking.getByLabel(`Line ${at + 1}`, { exact: true }).count()) > 0; at += 1) await asking.getByLabel(`Line ${at + 1}`, { exact: true }).fill('')
  await asking.getByRole('button', { name: 'Go on' }).click()
}

async function choose(page: Page, question: string, option: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: question }).waitFor()
  await page.getByText(option, { exact: true }).click()
  await page.getByRole('button', { name: 'Go on' }).click()
}

/** Another page of the same person, at an address within the app. */
async function another(page: Page, hash: string): Promise<Page> {
  const next = await page.context().newPage()
  await next.goto(`http://127.0.0.1:${portOf(app.address)}/${hash}`)
  return next
}

it('the first minute: two sentences, their own words back, a name; then what an agent would do: in under 60 s, with three decisions, offline', async () => {
  const { page, errors } = await openPage(browser, app.address)
  /* Nothing but this machine can be reached. */
  const outside: string[] = []
  await page.context().route((url) => url.hostname !== '127.0.0.1', (route) => {
    outside.push(route.request().url())
    return route.abort()
  })
  const decisions: string[] = []
  const started = Date.now()
  await page.getByRole('heading', { level: 1, name: 'Think of a choice you made lately and would make again. What happened?' }).waitFor()
  /* At the pace of a quick hand: about 70 words a minute would be 6 letters a second; a test types faster and counts the rest. */
  await page.keyboard.type(story, { delay: 5 })
  await press(page, 'Go on', decisions)
  await page.getByRole('heading', { level: 1, name: 'What did you pay attention to?' }).waitFor()
  const offered = await page.locator('.lines textarea').evaluateAll((fields) => fields.map((field) => (field as HTMLTextAreaElement).value))
  expect(offered.filter((line) => line !== '')).toEqual(['I saw how red he got', 'nobody was helping him'])
  expect(offered.at(-1)).toBe('')
  for (const line of offered) expect(story).toContain(line)
  await press(page, 'Go on', decisions)
  await page.keyboard.type('Standing beside people', { delay: 5 })
  await press(page, 'Keep it', decisions)
  await page.getByRole('heading', { level: 1, name: 'One situation that ‘Standing beside people’ bears on' }).waitFor()
  await page.locator('.outcome').waitFor()
  const seconds = (Date.now() - started) / 1_000
  expect(decisions).toHaveLength(3)
  expect(seconds).toBeLessThan(60)
  expect(await page.locator('.outcome').textContent()).toMatch(/^It would (?:choose “.+”|ask you, because .+)$/u)
  expect((await page.locator('.bars li').count())).toBeGreaterThanOrEqual(2)
  expect(outside).toEqual([])
  await whenSaved(page)
  await page.getByRole('link', { name: 'To the card' }).click()
  await page.getByRole('heading', { level: 1, name: 'Standing beside people' }).waitFor()
  await page.getByText('In force', { exact: true }).first().waitFor()
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('a half-written first minute is there after a reload, in every step, and after a kill', async () => {
  const { page } = await openPage(browser, app.address)
  await page.getByLabel('What happened').fill('I stayed with my ill bro')
  await whenSaved(page)
  await page.reload()
  await expect.poll(() => page.getByLabel('What happened').inputValue()).toBe('I stayed with my ill bro')
  await page.getByLabel('What happened').fill(story)
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByLabel('Line 1', { exact: true }).fill('I saw how red his face got')
  await whenSaved(page)
  await page.reload()
  await expect.poll(() => page.getByLabel('Line 1', { exact: true }).inputValue()).toBe('I saw how red his face got')
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByLabel('Its name').fill('Standing by')
  await whenSaved(page)
  await page.context().close()
  await app.kill()
  await app.start()
  const again = await openPage(browser, app.address)
  await expect.poll(() => again.page.getByLabel('Its name').inputValue()).toBe('Standing by')
  await again.page.getByText('I saw how red his face got').waitFor()
  await again.page.context().close()
}, 240_000)

it('a whole articulation: a choice told, lines from it, what it is, and what was left out at first; nothing missing, and in force by one’s word', async () => {
  const { page, errors } = await openPage(browser, app.address)
  await writeValue(page, { story: 'I rested.', lines: ['EVENINGS that belong to nobody but me'], name: 'Rest', when: 'when I am tired' })
  await begin(page, 'With a choice')
  const confirm = page.getByRole('button', { name: 'This is what I mean: put it in force' })
  await expect.poll(() => confirm.isDisabled()).toBe(true)
  await answer(page, 'Think of a choice you made lately', story)
  await pickLines(page, ['SIGNS that somebody is left alone with a mistake', 'nobody was helping him at all'])
  await answer(page, 'Go back to that moment. What else did you notice?', 'The client was looking at him and waiting.')
  await pickLines(page, ['PEOPLE who cannot defend themselves just now', 'We stand together'])
  await answer(page, 'When did this last decide something for you? What happened?', 'In the spring I stayed late because he was afraid to say that he was behind.')
  expect(await page.locator('.turn').textContent()).toMatch(/of at most 12/u)
  await pickLines(page, ['MOMENTS when somebody is afraid to say it'])
  await page.getByRole('heading', { level: 1, name: 'When is this not called for?' }).waitFor()
  await page.getByRole('button', { name: 'Leave this one out' }).click()
  await choose(page, 'Do its reasons all point at one state that you want to bring about?', 'No, I am still finding out what it is about')
  await choose(page, 'If those reasons vanished, would you drop it?', 'No')
  await choose(page, 'Would you hand it to a double of yours, or to a machine?', 'No')
  await choose(page, 'While you do it, is part of your attention on whether it pays off?', 'I can’t say')
  await page.getByRole('heading', { level: 1, name: 'How would you put this line?' }).waitFor()
  await page.getByText('A line that starts with a thing to look out for').waitFor()
  await page.getByLabel('How would you put this line?').fill('MOMENTS when nobody is helping')
  await page.getByRole('button', { name: 'Keep it so' }).click()
  await page.getByRole('heading', { level: 1, name: 'What do you call it?' }).waitFor()
  await page.getByLabel('What do you call it?').fill('Standing beside people')
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('heading', { level: 1, name: 'In which kind of situation does it show up?' }).waitFor()
  await page.getByLabel('In which kind of situation does it show up?').fill('when somebody is exposed')
  await page.getByRole('button', { name: 'Go on' }).click()
  /* What was left out is asked again where the person wants it, and nothing before. */
  await page.getByRole('heading', { level: 1, name: 'That was the last question' }).waitFor()
  await page.getByRole('button', { name: 'Ask me again: When it is not called for' }).click()
  await answer(page, 'When is this not called for?', 'when somebody would rather get through it alone')
  await page.getByRole('heading', { level: 1, name: 'Nothing is missing. Is this what you meant?' }).waitFor()
  expect(await page.locator('.checklist li.open').allTextContents()).toEqual([expect.stringContaining('Your word that this is it')])
  await confirm.click()
  await page.getByRole('heading', { level: 1, name: '‘Standing beside people’ is in words, and in force.' }).waitFor()
  await page.getByRole('link', { name: 'To the card' }).click()
  await page.getByText('In force', { exact: true }).first().waitFor()
  await page.getByRole('radio', { name: 'It is part of how I want to live' }).isChecked()
  const lines = await page.locator('.editor .lines textarea').evaluateAll((fields) => fields.map((field) => (field as HTMLTextAreaElement).value))
  expect(lines).toEqual(['SIGNS that somebody is left alone with a mistake', 'MOMENTS when nobody is helping', 'PEOPLE who cannot defend themselves just now', 'MOMENTS when somebody is afraid to say it'])
  await page.getByText('when somebody would rather get through it alone').waitFor()
  /* A slogan that is written into a card by hand can go there, too. */
  await page.getByLabel('Another line', { exact: true }).fill('Family values')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Why this? About line 5' }).click()
  await page.getByRole('button', { name: 'Keep it as a note: Family values' }).click()
  await page.getByText('It is kept as a note, and is a line of this card no more.').waitFor()
  expect(await page.getByLabel('Line 5', { exact: true }).count()).toBe(0)
  await goTo(page, 'Values')
  for (const slogan of ['We stand together', 'Family values']) await page.getByRole('region', { name: 'Notes' }).getByText(slogan).waitFor()
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('a rule that one follows because others see it is kept as a rule beside the values, edited, retired and taken up again', async () => {
  const { page, errors } = await openPage(browser, app.address)
  await writeValue(page, { story: 'I rested.', lines: ['EVENINGS that belong to nobody but me'], name: 'Rest', when: '' })
  await begin(page, 'With a rule you follow')
  await answer(page, 'Which rule do you follow?', 'Never leave the office before the boss')
  await choose(page, 'Would you still do it if nobody knew?', 'No')
  await choose(page, 'Would you still do it if the others stopped too?', 'No')
  await choose(page, 'Would you still do it if what it rests on turned out to be false?', 'I can’t say')
  await page.getByText('By your answers it reads like a rule. You decide.').waitFor()
  await choose(page, 'What is it to you?', 'A rule: others expect it, or we hold to it together')
  await page.getByRole('heading', { level: 1, name: 'It is kept as a rule, beside your values.' }).waitFor()
  /* One decision is one step: taken back it is asked again, and nothing of it is left. */
  await page.keyboard.press('Control+z')
  await page.getByRole('heading', { level: 1, name: 'What is it to you?' }).waitFor()
  await page.keyboard.press('Control+Shift+z')
  await page.getByRole('heading', { level: 1, name: 'It is kept as a rule, beside your values.' }).waitFor()
  await page.getByLabel('Who holds it').fill('at the office')
  await goTo(page, 'Values')
  const rules = page.getByRole('region', { name: 'Rules I hold to' })
  await rules.getByText('Never leave the office before the boss').waitFor()
  await rules.getByText('It forbids something · holds at the office · Only because others expect it').waitFor()
  expect(await page.locator('.cards .card .title').allTextContents()).toEqual(['Rest', 'Never leave the office before the boss'])
  await rules.getByRole('button', { name: 'Change: Never leave' }).click()
  await rules.getByLabel('What it is for').fill('So that nobody feels left alone with the work')
  await rules.getByRole('button', { name: 'Done' }).click()
  await rules.getByRole('button', { name: 'Retire it: Never leave' }).click()
  await rules.getByText('Retired', { exact: true }).waitFor()
  await rules.getByRole('button', { name: 'Put it in force again: Never leave' }).click()
  await expect.poll(() => rules.getByText('Retired', { exact: true }).count()).toBe(0)
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('left in the middle it is there tomorrow, at the same question with the same half-written words', async () => {
  const { page } = await openPage(browser, app.address)
  await writeValue(page, { story: 'I rested.', lines: ['EVENINGS that belong to nobody but me'], name: 'Rest', when: '' })
  await begin(page, 'With a feeling')
  await answer(page, 'What did you feel, and what was going on?', 'Shame, when he was laughed at.')
  await choose(page, 'What happened to the thing that matters to you there?', 'It was not lived up to')
  await page.getByRole('heading', { level: 1, name: 'When did this last matter in a choice of yours?' }).waitFor()
  await page.getByLabel('Your answer').fill('I spoke up when')
  await page.getByRole('button', { name: 'Leave it for today' }).click()
  await page.getByRole('heading', { level: 1, name: 'Values' }).waitFor()
  await whenSaved(page)
  await page.context().close()
  await app.kill()
  await app.start()
  const again = (await openPage(browser, app.address)).page
  await again.getByRole('link', { name: 'Put a value into words' }).click()
  await again.getByRole('region', { name: 'Left for another day' }).getByRole('link', { name: /I spoke up when/u }).click()
  await again.getByRole('heading', { level: 1, name: 'When did this last matter in a choice of yours?' }).waitFor()
  expect(await again.getByLabel('Your answer').inputValue()).toBe('I spoke up when')
  expect(await again.locator('.turn').textContent()).toBe('Question 3 of at most 12')
  await again.getByRole('button', { name: 'Back to the question before' }).click()
  await again.getByRole('heading', { level: 1, name: 'What happened to the thing that matters to you there?' }).waitFor()
  await again.context().close()
}, 240_000)

it('two windows on one session write into one answer, ask the same question, and lose nothing', async () => {
  const { page } = await openPage(browser, app.address)
  await writeValue(page, { story: 'I rested.', lines: ['EVENINGS that belong to nobody but me'], name: 'Rest', when: '' })
  await begin(page, 'With a choice')
  await whenSaved(page)
  const other = await another(page, new URL(page.url()).hash)
  await other.getByLabel('Your answer').waitFor()
  await page.getByLabel('Your answer').fill('Nobody was helping him.')
  await expect.poll(() => other.getByLabel('Your answer').inputValue()).toBe('Nobody was helping him.')
  await other.getByLabel('Your answer').focus()
  await other.keyboard.press('Control+Home')
  await other.keyboard.type('I saw it. ')
  await page.getByLabel('Your answer').focus()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(' He got red.')
  await expect.poll(() => Promise.all([page, other].map((each) => each.getByLabel('Your answer').inputValue()))).toEqual(Array(2).fill('I saw it. Nobody was helping him. He got red.'))
  await other.getByRole('button', { name: 'Go on' }).click()
  for (const each of [page, other]) await each.getByRole('heading', { level: 1, name: 'Which of this did you look at when you chose?' }).waitFor()
  await page.getByRole('region', { name: 'Put a value into words' }).getByRole('button', { name: 'Go on' }).click()
  for (const each of [page, other]) await each.getByRole('heading', { level: 1, name: 'Go back to that moment.' }).waitFor()
  const lines = (each: Page): Promise<string[]> => each.locator('.growing .lines textarea').evaluateAll((fields) => fields.map((field) => (field as HTMLTextAreaElement).value))
  await expect.poll(() => lines(other)).toEqual(await lines(page))
  expect((await lines(page)).length).toBeGreaterThan(0)
  await page.context().close()
}, 240_000)

it('two cards that say much the same are looked at side by side, made one, and separated again', async () => {
  const { page, errors } = await openPage(browser, app.address)
  await writeValue(page, { story: 'She told me.', lines: ['MOMENTS where my friend says the thing nobody else will', 'WORDS that stay kind though they are hard'], name: 'Honest friend', when: 'when a friend asks me' })
  await goTo(page, 'Values')
  await page.getByRole('link', { name: 'Put a value into words' }).click()
  await writeValue(page, { story: 'He told me.', lines: ['MOMENTS when a friend says what nobody else will say', 'WORDS that are kind and hard at once'], name: 'Honest friendship', when: 'when my friend is asking' })
  await goTo(page, 'Values')
  await page.getByRole('button', { name: 'Look at both: ' }).click()
  await page.getByRole('button', { name: 'Make them one' }).click()
  await page.getByText(/is one with ‘Honest friend/u).waitFor()
  expect(await page.locator('.cards .card.retired').count()).toBe(1)
  await page.locator('.cards .card.retired').click()
  await page.getByRole('button', { name: 'Separate them again' }).click()
  await page.getByText('They are two again, as they were.').waitFor()
  await goTo(page, 'Values')
  expect(await page.locator('.cards .card.retired').count()).toBe(0)
  await page.getByRole('button', { name: 'Look at both: ' }).click()
  await page.getByRole('button', { name: 'They are two different things' }).click()
  await expect.poll(() => page.getByRole('button', { name: 'Look at both: ' }).count()).toBe(0)
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('an import wears its source word by word, and what the person wrote since is told apart', async () => {
  const { page, errors } = await openPage(browser, app.address)
  await takeIn(page, { name: 'friends.json', text: JSON.stringify([{ title: 'Patience', contexts: ['when someone learns'], policies: ['PAUSES before I answer'] }]) })
  await page.getByRole('button', { name: 'Take in 2 things' }).click()
  await page.getByText('Taken in from').waitFor()
  await goTo(page, 'Values')
  await page.getByRole('link', { name: /Patience/u }).click()
  await page.getByLabel('Line 1', { exact: true }).fill('PAUSES of a breath or two before I answer')
  const whose = page.getByRole('region', { name: 'Whose words these are' })
  await expect.poll(() => whose.locator('.provenance').textContent()).toBe('39\u00A0% yours, 61\u00A0% from friends.json')
  await whose.getByText('Show it word by word').click()
  await expect.poll(() => whose.locator('.by-import').allTextContents()).toEqual(['Patience', 'PAUSES ', 'before I answer'])
  expect(await whose.locator('.by-import').first().evaluate((element) => getComputedStyle(element).textDecorationStyle)).toBe('dashed')
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('no screen of putting a value into words has an axe violation or runs out of the window, in any look', async () => {
  const { page, errors } = await openPage(browser, app.address, { reducedMotion: 'reduce', ...everyLook.options })
  const found: string[] = []
  let count = 0
  const look = async (screen: string): Promise<void> => {
    count += 1
    await inEachLook(page, everyLook, async (name) => {
      const where = `${screen}, ${name}`
      for (const fault of await faultsOf(page)) found.push(`${where}: ${fault}`)
      const folder = process.env['SHOTS']
      if (folder !== undefined) await page.screenshot({ path: `${folder}/${name.replace(/\W/gu, '')}-${String(count).padStart(2, '0')}-${screen.replace(/\W/gu, '')}.png`, fullPage: true })
    })
  }
  await look('first question')
  await page.getByLabel('What happened').fill(story)
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByLabel('Line 3', { exact: true }).fill('Family values')
  await page.getByText('This could stand on anybody’s banner').waitFor()
  await look('own words')
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByLabel('Its name').fill('Standing beside people')
  await look('name')
  await page.getByRole('button', { name: 'Keep it' }).click()
  await page.locator('.outcome').waitFor()
  await look('situation')
  await page.getByRole('link', { name: 'To the card' }).click()
  await page.getByRole('button', { name: 'Why this? About line 1' }).click()
  await look('card')
  await goTo(page, 'Values')
  await look('values')
  await begin(page, 'With a rule you follow')
  await answer(page, 'Which rule do you follow?', 'Never leave the office before the boss')
  await look('filter')
  await choose(page, 'Would you still do it if nobody knew?', 'Yes')
  await choose(page, 'Would you still do it if the others stopped too?', 'Yes')
  await choose(page, 'Would you still do it if what it rests on turned out to be false?', 'Yes')
  await answer(page, 'When did this last decide something for you? What happened?', story)
  await look('pick')
  await pickLines(page, ['I saw how red he got', 'nobody was helping him', 'he was all by himself there'])
  await page.getByRole('button', { name: 'Why this? About line 1' }).click()
  await page.getByRole('heading', { level: 1, name: 'When is this not called for?' }).waitFor()
  await look('session')
  await page.goto(`http://127.0.0.1:${portOf(app.address)}/#/words`)
  await page.getByRole('heading', { level: 1, name: 'Put a value into words' }).waitFor()
  await look('start')
  expect(found).toEqual([])
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)
