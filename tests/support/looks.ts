/**
 * The ways in which every screen is looked at: light and dark, high contrast and the system's own colours, at 200 % zoom and at 360 px.
 * What does not touch each other is seen at once, and one walk serves several looks, so that each is seen on every screen and a run
 * stays short.
 */
import type { BrowserContextOptions, Page } from 'playwright-core'

interface Look {
  readonly name: string
  readonly media: { readonly colorScheme: 'light' | 'dark'; readonly forcedColors: 'active' | 'none' }
  readonly theme: 'system' | 'contrast'
  readonly viewport: { readonly width: number; readonly height: number }
  /** Of the app's words; English where it is left out, as the walk itself is. */
  readonly language?: string
}

/** How one walks through the window, `options` for its context, and how each screen is looked at on the way. */
export interface Walk {
  readonly options: BrowserContextOptions
  readonly looks: readonly [Look, ...Look[]]
}

const wide = { width: 1280, height: 800 }
/* Half of 1,280 by 800: what is left of the page at 200 % zoom. */
const zoomed = { width: 640, height: 400 }
const narrow = { width: 360, height: 640 }
const media = { colorScheme: 'light', forcedColors: 'none' } as const

const wideLooks = [
  { name: 'light', media, theme: 'system', viewport: wide },
  { name: 'forced colours', media: { ...media, forcedColors: 'active' }, theme: 'system', viewport: wide }
] as const satisfies readonly Look[]
const narrowLooks = [
  { name: 'high contrast, in a narrow window', media, theme: 'contrast', viewport: narrow },
  { name: 'dark, at 200 % zoom', media: { ...media, colorScheme: 'dark' }, theme: 'system', viewport: zoomed }
] as const satisfies readonly Look[]
/** All of them on one walk, through a window that is made narrow for some. */
export const everyLook: Walk = { options: { viewport: wide }, looks: [...wideLooks, ...narrowLooks] }

/** All of them on one walk, through a narrow window that is made wide for some. */
export const everyLookFromNarrow: Walk = { options: { viewport: narrow }, looks: [...narrowLooks, ...wideLooks] }

/** German words are longer. */
export const everyLookWithGerman: Walk = { ...everyLook, looks: [...everyLook.looks, { name: 'German, in a narrow window', media, theme: 'system', viewport: narrow, language: 'de' }] }

/** The page as it stands, in each look of the walk; afterwards in the first one again, in which the walk goes on. */
export async function inEachLook(page: Page, { looks }: Walk, look: (name: string) => Promise<void>): Promise<void> {
  for (const each of looks) {
    await wear(page, each)
    await look(each.name)
  }
  if (looks.length > 1) await wear(page, looks[0])
}

async function wear(page: Page, { media, theme, viewport, language = 'en' }: Look): Promise<void> {
  await page.emulateMedia({ ...media, reducedMotion: 'reduce' })
  if (page.viewportSize()?.width !== viewport.width) await page.setViewportSize(viewport)
  await page.evaluate((theme) => void (document.documentElement.dataset['theme'] = theme), theme)
  if (await page.evaluate((language) => document.documentElement.lang !== language, language)) await speak(page, language)
  else await painted(page)
}

/** The window as it stands, in another of the app's languages, pseudo-languages included; null: in the one that it would speak by itself. */
export async function speak(page: Page, language: string | null): Promise<void> {
  await page.evaluate((language) => {
    history.replaceState(history.state, '', `${location.pathname}${language === null ? '' : `?language=${language}`}${location.hash}`)
    dispatchEvent(new Event('languagechange'))
  }, language)
  await painted(page)
}

/** Until it is laid out and painted anew. */
async function painted(page: Page): Promise<void> {
  await page.evaluate(async () => await new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))))
}
