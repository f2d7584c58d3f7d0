/**
 * A file looked at by a window, which must not stand still: what it would do, where it and the document say different things
 * about the same record (the person chooses), and taking it in part by part.
 */
import type * as Y from 'yjs'
import { edit, type Maker } from '../commands/edit.ts'
import { saveVersion } from '../commands/version.ts'
import { origins, type Reading } from '../document/document.ts'
import { parseJson } from '../json.ts'
import type { RootName } from '../document/layout.ts'
import { ok, type Result } from '../result.ts'
import { CardId } from '../schema.ts'
import { readValue } from './incoming.ts'
import { planning, type Step } from './steps.ts'

/** A record, by what it is and the words that it is known by ("" where it has none). */
export interface Named {
  readonly table: RootName
  readonly title: string
}

/** A record of the file that is here too and says something else: the person chooses. */
export interface Clash extends Named {
  readonly key: string
  /** Which was changed last, where such records have a date; only then is it the file's that is suggested. */
  readonly newer: 'here' | 'file' | null
  /** Names of the fields that differ. */
  readonly fields: readonly string[]
  /** All that either says, a line each. */
  readonly here: string
  readonly file: string
}

/** What a file would do to what is here; nothing is done yet. */
export interface Study {
  /** Of the file: from this app, so that everything is taken as it was; else what comes are drafts. */
  readonly isOurs: boolean
  /** As it was when it was studied: with another one, study again. */
  readonly reading: Reading
  readonly added: number
  /** Records that the file knows more of, and that lose nothing: later answers of a rehearsal, a newer trial. */
  readonly extended: number
  readonly same: number
  readonly clashes: readonly Clash[]
  /** What is new or known more of, in its order. */
  readonly taken: readonly Named[]
  /** Each text that reads like a command to a model. */
  readonly flagged: readonly (Named & { readonly text: string })[]
  readonly steps: readonly Step[]
}

export type Choices = ReadonlyMap<string, 'here' | 'file'>

/**
 * What a file would do, for a window: each `next()` does a small part and gives the share that is done; `reading` is what the
 * document says now.
 */
export function* studyFile(doc: Y.Doc, reading: Reading, input: string | Uint8Array, source: string, maker: Maker): Generator<number, Result<Study>> {
  const value = parseJson(input)
  if (!value.ok) return value
  yield 0.05
  const incoming = readValue(value.value, source, reading, maker)
  if (!incoming.ok) return incoming
  yield 0.1
  const planned = yield* planning(doc, reading, incoming.value, maker, 0.1)
  if (!planned.ok) return planned
  const steps = planned.value
  const clashes: Clash[] = []
  for (const [at, one] of steps.entries()) {
    if (at % 100 === 0) yield 0.9 + (0.1 * at) / steps.length
    if (isClash(one)) clashes.push(clashOf(one))
  }
  const taken = steps.filter((one) => one.verb === 'add' || (one.verb === 'change' && !isClash(one)))
  return ok({
    isOurs: incoming.value.isOurs, reading, clashes, steps,
    added: steps.filter(({ verb }) => verb === 'add').length, extended: taken.filter(({ verb }) => verb === 'change').length,
    same: steps.filter((one) => one.verb === 'same' || (one.verb === 'keep' && !isClash(one))).length, taken: taken.map(namedBy), flagged: steps.flatMap((one) => one.commands.map((text) => ({ ...namedBy(one), text })))
  })
}

/** What is suggested where the person has not chosen: the file's where it is newer, else what is here. */
export function suggestedFor({ newer }: Clash): 'here' | 'file' {
  return newer === 'file' ? 'file' : 'here'
}

/**
 * Takes a file in as it was studied, into the very document that it was studied for, a part of it at each `next()`, under the origin of an import throughout; gives how many
 * records were written. A card that gives way to the file's is put by as a version first, so that nothing of it is lost.
 */
export function* takeFile(doc: Y.Doc, { steps, clashes }: Study, choices: Choices, maker: Maker): Generator<number, Result<number>> {
  const suggested = new Map(clashes.map((clash) => [clash.key, choices.get(clash.key) ?? suggestedFor(clash)]))
  const chosen = steps.filter((one) => (isClash(one) ? suggested.get(keyOf(one)) === 'file' : one.verb === 'add' || one.verb === 'change'))
  /* What a record here hides would show once another is as in the file. */
  const wanted = [...chosen, ...steps.filter((one) => one.hides && chosen.some(({ table }) => table === one.table))]
  for (let from = 0; from < wanted.length; from += atOnce) {
    const done = edit(doc, () => {
      for (const one of wanted.slice(from, from + atOnce)) {
        if (isClash(one) && one.table === 'cards') {
          const saved = saveVersion(doc, CardId.parse(one.id), maker)
          if (!saved.ok) return saved
        }
        one.write()
      }
      return ok(undefined)
    }, origins.import)
    if (!done.ok) return done
    yield Math.min(1, (from + atOnce) / wanted.length)
  }
  return ok(wanted.length)
}

/** Records that are written between two breaths of the window. */
const atOnce = 100

/** Its name holds the words it is known by in quotes. */
function namedBy({ table, name }: Step): Named {
  return { table, title: [...name.matchAll(/"(?:[^"\\]|\\.)*"/gu)].map(([words]) => String(JSON.parse(words))).join(' · ') }
}

function keyOf({ table, id }: Step): string {
  return `${table}|${id}`
}

/* What is only ever added to, and what the model found out: taking the file's loses nothing that the person said. */
const extending: readonly RootName[] = ['rehearsals', 'trials']

/** Both are here and differ in more than when they were last touched. */
function isClash({ verb, table, here, record }: Step): boolean {
  return (verb === 'keep' || verb === 'change') && !extending.includes(table) && here !== null && differing(here, record).length > 0
}

function differing(here: object, record: object): readonly string[] {
  const [mine, theirs] = [here, record] as Readonly<Record<string, unknown>>[]
  return [...new Set([...Object.keys(mine ?? {}), ...Object.keys(theirs ?? {})])].filter((field) => field !== 'updatedAt' && JSON.stringify(mine?.[field]) !== JSON.stringify(theirs?.[field]))
}

function clashOf(one: Step): Clash {
  const here = one.here ?? {}
  const [mine, theirs] = [here, one.record].map((record) => ('updatedAt' in record && typeof record.updatedAt === 'number' ? record.updatedAt : null))
  return {
    key: keyOf(one), ...namedBy(one), fields: differing(here, one.record),
    newer: mine === undefined || theirs === undefined || mine === null || theirs === null || mine === theirs ? null : theirs > mine ? 'file' : 'here',
    here: wordsIn(here), file: wordsIn(one.record)
  }
}

/** Every text of a record that somebody wrote, a line each, in the order of its fields. */
function wordsIn(record: object): string {
  const found: string[] = []
  const collect = (value: unknown, field: string): void => {
    if (typeof value === 'string') {
      if (spoken.has(field) && value.trim() !== '') found.push(value.trim())
    } else if (Array.isArray(value)) for (const each of value) collect(each, field)
    else if (typeof value === 'object' && value !== null) for (const [name, each] of Object.entries(value)) collect(each, field === 'texts' ? 'text' : name)
  }
  collect(record, '')
  return found.join('\n')
}

/** Fields of records whose value is words rather than an id or a kind. */
const spoken: ReadonlySet<string> = new Set(['title', 'story', 'obstacles', 'text', 'reallyAbout', 'confused', 'because', 'purpose', 'exceptions', 'reason', 'situation', 'options', 'name', 'edge', 'holder'])
