/** What the window says, in one place, in the plain words of the project; the person's own words are never here. */
import type { Reading } from '../shared/document.ts'
import type { CardKind, CardStatus } from '../shared/schema.ts'
import type { Theme } from './store.ts'

export const rooms = { values: 'Values', map: 'Map', rehearse: 'Rehearse', trust: 'Trust', devices: 'Devices', settings: 'Settings', help: 'Help' } as const

export const statusWords: Readonly<Record<CardStatus, string>> = { draft: 'Draft', endorsed: 'In force', retired: 'Retired' }

export const statusHints: Readonly<Record<CardStatus, string>> = {
  draft: 'No agent sees this yet.',
  endorsed: 'An agent of yours would be guided by this.',
  retired: 'Kept, and no longer in force.'
}

export const kindWords: Readonly<Record<CardKind, string>> = {
  constitutive: 'It is part of how I want to live',
  instrumental: 'It is a means to something else',
  unclear: 'I am not sure yet'
}

export const themeWords: Readonly<Record<Theme, string>> = { system: 'As this computer has it', light: 'Light', dark: 'Dark', contrast: 'High contrast' }

/** In whole percent; never 0 or 100 for what is not quite so. */
export function percent(share: number): string {
  if (share > 0 && share < 0.005) return '< 1 %'
  if (share < 1 && share >= 0.995) return '> 99 %'
  return `${Math.round(share * 100)} %`
}

export function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** A kind of situation within a sentence: "when …", once. */
export function whenWords(context: string): string {
  const words = context.trim().replace(/[.!?…]+$/u, '')
  if (words === '') return 'in every situation'
  return /^(when|while|if|with|at|on|in|during|before|after|wenn|während|falls|bei|beim|im|am|auf|mit|vor|nach)\b/iu.test(words) ? words.charAt(0).toLowerCase() + words.slice(1) : `when ${words}`
}

export function dateWords(instant: number): string {
  return new Date(instant).toLocaleDateString(undefined, { day: 'numeric', month: 'long', year: 'numeric' })
}

export function timeWords(instant: number): string {
  return new Date(instant).toLocaleString(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
}

/** What differs between two readings, as the object of "Taken back: …"; the first thing found, cards before all else. */
export function changeWords(before: Reading, after: Reading): string {
  const card = differing(before.graph.cards, after.graph.cards)
  if (card !== null) {
    const [was, is] = [before.graph.cards[card], after.graph.cards[card]]
    const name = `‘${(is ?? was)?.title.trim() || 'a card without a name'}’`
    if (was === undefined || is === undefined) return is === undefined ? `writing ${name}` : name
    return was.status === is.status ? `an edit of ${name}` : `${name} is ${statusWords[is.status].toLowerCase()} again`
  }
  if (differing(before.graph.edges, after.graph.edges) !== null) return 'what is wiser where'
  if (differing(before.graph.contexts, after.graph.contexts) !== null) return 'a kind of situation'
  if (differing(before.scenarios, after.scenarios) !== null) return 'a situation to rehearse'
  if (differing(before.domains, after.domains) !== null) return 'what a part of life is called, or counts as'
  return 'your last edit'
}

function differing<Key extends string>(before: Readonly<Record<Key, unknown>>, after: Readonly<Record<Key, unknown>>): Key | null {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)] as Key[])) if (before[key] !== after[key]) return key
  return null
}
