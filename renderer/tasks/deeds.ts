/**
 * What can be done from anywhere, by name: going to a place, and what the rooms' own buttons do. The palette shows them; each is
 * a key of language/…/palette.json.
 */
import i18next from 'i18next'
import { setStatus } from '../../shared/commands/card.ts'
import { saveVersion } from '../../shared/commands/version.ts'
import type { Card, CardStatus } from '../../shared/schema.ts'
import { exportNotebook } from './files.ts'
import { languages } from '../language/language.ts'
import { newMaker, perform, type Notebook, type Steward } from '../notebook.tsx'
import { printPage } from '../print.ts'
import { go, themes, useView, type Route } from '../store.ts'
import { changeWords, statusHints } from '../language/words.ts'

export interface Deed {
  readonly key: string
  readonly text: string
  readonly run: () => void
}

/** Of the room that one is in first, then those of every other. */
export function deeds({ notebook, bridge }: Steward, card: Card | undefined): readonly Deed[] {
  const { say, setTheme, setLanguage, setSandbox, isSandbox } = useView.getState()
  const to = (key: string, route: Route): Deed => ({ key, text: i18next.t(key), run: () => go(route) })
  const act = (key: string, run: () => void, values: Readonly<Record<string, string>> = {}): Deed => ({ key: `${key} ${Object.values(values).join(' ')}`, text: i18next.t(key, values), run })
  const become = (status: CardStatus) => (): void => {
    if (card === undefined || perform(setStatus(notebook.doc, card.id, status, newMaker())) === null) return
    saveVersion(notebook.doc, card.id, newMaker())
    say(i18next.t('card:became', { title: card.title, hint: statusHints(status) }))
  }
  return [
    ...(card === undefined ? [] : [
      ...(card.status === 'endorsed' ? [act('palette:card.draft', become('draft'), { title: card.title })] : [act('palette:card.endorse', become('endorsed'), { title: card.title })]),
      ...(card.status === 'retired' ? [] : [act('palette:card.retire', become('retired'), { title: card.title })]),
      act('palette:card.putBy', () => void (perform(saveVersion(notebook.doc, card.id, newMaker())) !== null && say(i18next.t('card:putBy.done'))), { title: card.title })
    ]),
    to('palette:words', { room: 'words', session: null, card: null }),
    to('palette:card', { room: 'values', card: 'new' }),
    to('palette:rehearse', { room: 'rehearse', scenario: 'new' }),
    to('palette:log', { room: 'rehearse', scenario: 'paste' }),
    to('palette:compare', { room: 'rehearse', scenario: 'compare' }),
    to('palette:pack', { room: 'settings', page: 'import' }),
    to('palette:wiser', { room: 'map', view: 'picture' }),
    to('palette:table', { room: 'map', view: 'table' }),
    to('palette:again', { room: 'trust', domain: null }),
    to('palette:device', { room: 'devices' }),
    act('palette:undo', () => takeBack(notebook, false)),
    act('palette:redo', () => takeBack(notebook, true)),
    act('palette:print', () => void printPage()),
    act('palette:printAll', () => {
      go({ room: 'values', card: null })
      /* Once the room is there. */
      setTimeout(() => void printPage(), 300)
    }),
    act('palette:save', () => void exportNotebook(bridge)),
    to('palette:import', { room: 'settings', page: 'import' }),
    to('palette:models', { room: 'settings', page: 'models' }),
    ...themes.map((theme) => act(`palette:theme.${theme}`, () => setTheme(theme))),
    ...languages.map((code) => act('palette:language', () => setLanguage(code), { language: new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code })),
    act('palette:language.system', () => setLanguage(undefined)),
    isSandbox ? act('palette:example.leave', () => {
      setSandbox(false)
      go({ room: 'values', card: null })
    }) : act('palette:example', () => {
      setSandbox(true)
      go({ room: 'values', card: null })
    })
  ]
}

/** One's own last edit is taken back, or made again, and what it was is said. */
export function takeBack({ undo, projection }: Notebook, isAgain: boolean): void {
  const { say } = useView.getState()
  const before = projection.current()
  const done = isAgain ? undo.redo() : undo.undo()
  if (done === null) say(i18next.t(isAgain ? 'frame:redo.none' : 'frame:undo.none'))
  else say(i18next.t(isAgain ? 'frame:redo' : 'frame:undo', { change: changeWords(before, projection.current()) }))
}
