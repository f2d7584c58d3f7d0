/**
 * The ways in which every screen is looked at: light and dark, high contrast and the system's own colours, at 200 % zoom and at 360 px.
 * What does not touch each other is seen at once, so that each is seen on every screen and a run stays short.
 */
import type { BrowserContextOptions } from 'playwright-core'

type Look = readonly [name: string, options: BrowserContextOptions, theme: string | null]

/* Half of 1,280 by 800: what is left of the page at 200 % zoom. */
const zoomed = { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }
const narrow = { viewport: { width: 360, height: 640 } }

const usual: readonly Look[] = [
  ['light', { colorScheme: 'light' }, null],
  ['dark, at 200 % zoom', { colorScheme: 'dark', ...zoomed }, null],
  ['high contrast, in a narrow window', narrow, 'contrast']
]

export const looks: readonly Look[] = [...usual, ['forced colours', { forcedColors: 'active' }, null]]

/** German words are longer. */
export const looksWithGerman: readonly Look[] = [...usual, ['German, in a narrow window', { locale: 'de-DE', ...narrow }, null]]
