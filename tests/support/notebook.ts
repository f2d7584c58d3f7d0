/** What a person does in the window, step by step, by the names that they see. */
import type { Page } from 'playwright-core'

export interface ValueWords {
  readonly story: string
  readonly lines: readonly string[]
  readonly name: string
  readonly when: string
}

/** From the first question, or from "Put a value into words" (there the card without questions), to a card in force. */
export async function writeValue(page: Page, { story, lines, name, when }: ValueWords): Promise<void> {
  const straight = page.getByRole('link', { name: 'Just write the card' })
  await page.getByLabel('What happened').or(straight).first().waitFor()
  if ((await straight.count()) > 0) await straight.click()
  await page.getByLabel('What happened').fill(story)
  await page.getByRole('button', { name: 'Go on' }).click()
  for (const [at, line] of lines.entries()) {
    const field = page.getByLabel(`Line ${at + 1}`, { exact: true })
    if ((await field.count()) === 0) await page.getByRole('button', { name: 'Another line' }).click()
    await field.fill(line)
  }
  for (let at = lines.length; (await page.getByLabel(`Line ${at + 1}`, { exact: true }).count()) > 0; at += 1) await page.getByLabel(`Line ${at + 1}`, { exact: true }).fill('')
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByLabel('Its name').fill(name)
  await page.getByLabel('When does it show up?').fill(when)
  await page.getByRole('button', { name: 'Keep it' }).click()
  /* The first value of all is followed by a situation that it bears on. */
  const card = page.getByRole('link', { name: 'To the card' })
  await page.getByRole('heading', { level: 1, name, exact: true }).or(card).first().waitFor()
  if ((await card.count()) > 0) await card.click()
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
}

export async function goTo(page: Page, room: 'Values' | 'Map' | 'Rehearse' | 'Trust' | 'Settings' | 'Help'): Promise<void> {
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: room }).click()
}

/** Waits until the window says that everything is kept. */
export async function whenSaved(page: Page): Promise<void> {
  await page.getByText('Saved on this device').waitFor()
}

export async function sayWiser(page: Page, wiser: string, than: string, when: string): Promise<void> {
  await page.getByLabel('This one').selectOption({ label: wiser })
  await page.getByLabel('is wiser than').selectOption({ label: than })
  await page.getByLabel('When? In which kind of situation?').fill(when)
  await page.getByRole('button', { name: 'Say it' }).click()
}

export async function describeSituation(page: Page, situation: string, options: readonly string[], domain?: string): Promise<void> {
  await page.getByRole('link', { name: 'Rehearse a situation' }).click()
  await page.getByLabel('What is the situation?').fill(situation)
  for (const [at, option] of options.entries()) {
    const field = page.getByLabel(`Option ${at + 1}`, { exact: true })
    if ((await field.count()) === 0) await page.getByRole('button', { name: 'Another option' }).click()
    await field.fill(option)
  }
  if (domain !== undefined) await page.getByLabel('What part of life is it?').fill(domain)
  await page.getByRole('button', { name: 'Rehearse it' }).click()
}

/** The verdict on the answer that is shown; "Not that" opens the doors. */
export async function judge(page: Page, verdict: 'Yes' | 'Not that' | 'Unsure'): Promise<void> {
  await page.getByRole('radiogroup', { name: 'Would you stand behind that?' }).getByText(verdict, { exact: true }).click()
  await page.getByText(`Kept: ${verdict}.`).waitFor()
}

/** Asks, and gives what the agent would do, as the window words it. */
export async function askAgent(page: Page, button: 'What would my agent do?' | 'See what this changes' = 'What would my agent do?'): Promise<string> {
  await page.getByRole('button', { name: button }).click()
  /* While it asks the button says so; asked again, it waits for the next change. */
  if (button === 'See what this changes') await page.getByText('Mend something above, and ask again.').waitFor({ timeout: 90_000 })
  await page.locator('.outcome').waitFor({ timeout: 90_000 })
  return (await page.locator('.outcome').textContent()) ?? ''
}

/** Gives a file (a path, or its name and words) to be looked at, in Settings; nothing is taken yet. */
export async function takeIn(page: Page, file: string | { readonly name: string; readonly text: string }): Promise<void> {
  await goTo(page, 'Settings')
  await page.getByRole('link', { name: 'Take in a file …' }).click()
  await page.getByLabel('The file to take in').setInputFiles(typeof file === 'string' ? file : { name: file.name, mimeType: 'application/json', buffer: Buffer.from(file.text) })
}
