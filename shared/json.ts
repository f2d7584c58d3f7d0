/**
 * Reading JSON that somebody else wrote, without being hurt by it: the one way in for every file and message.
 *
 * Invariants: never throws, whatever it is given; what passes is at most 64 MB, well-formed UTF-8, at most 100 levels deep
 * and free of the keys that reach an object's prototype. Each refusal is one sentence that names the place. Meaning (what
 * the fields are) is the schema's business; `describeIssue` turns its refusal into the same kind of sentence.
 */
import type { z } from 'zod'
import { fail, ok, type Result } from './result.ts'
import { limits } from './schema.ts'

/** Levels of lists and records within each other. */
export const maximumDepth = 100

/* The platform's strict decoder, there in Node and in browsers alike; the ES library alone does not declare it. */
declare const TextDecoder: new (label: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string }

const dangerous = new Set(['__proto__', 'constructor', 'prototype'])
/* Most texts hold none of these words, nor an escape that could spell one: they are spared the walk. */
const mayHoldDangerousKey = /__proto__|constructor|prototype|\\u/u

/**
 * The value of a JSON text, or of its UTF-8 bytes (a byte order mark is skipped). `name` stands in the messages, e.g.
 * "the file" or "line 7". Every failure is `bad-input`.
 */
export function parseJson(input: string | Uint8Array, name = 'the file'): Result<unknown> {
  if (input.length > limits.fileBytes) return fail('bad-input', `${name} is larger than 64 MB`, 'give a smaller one')
  const source = typeof input === 'string' ? input.replace(/^\uFEFF/u, '') : decode(input)
  if (source === null) return fail('bad-input', `${name} is not UTF-8 text`, 'save it as UTF-8 and try again')
  if (source.trim() === '') return fail('bad-input', `${name} is empty`, 'give one that holds JSON')
  const deep = firstTooDeep(source)
  if (deep !== null) {
    return fail('bad-input', `${name} is nested more than ${maximumDepth} levels deep at ${position(source, deep)}`, 'give one that is flatter')
  }
  let value: unknown
  try {
    value = JSON.parse(source)
  } catch (error) {
    return fail('bad-input', `${name} ${whyNotJson(source, error)}`, 'mend it or export it again')
  }
  const key = mayHoldDangerousKey.test(source) ? firstDangerousKey(value) : null
  if (key !== null) return fail('bad-input', `${name} holds a key that is not allowed: ${key}`, 'remove it and try again')
  return ok(value)
}

/** One clause for a schema's refusal, with the place first: `cards[3].title: a title is longer than 200 characters`. `root` is put before the place. */
export function describeIssue(error: z.ZodError, root = ''): string {
  const found = error.issues[0]
  if (found === undefined) return root === '' ? 'it is not what was expected' : `${root}: it is not what was expected`
  const issue = deepest(found)
  const place = placeOf(issue.path, root)
  const message = wording(issue)
  return place === '' ? message : `${place}: ${message}`
}

/** A path as one writes it, `cards[3].title`; odd keys in quotes. */
export function placeOf(path: readonly PropertyKey[], root = ''): string {
  let place = root
  for (const part of path) {
    if (typeof part === 'number') place += `[${part}]`
    else if (typeof part === 'string' && /^[A-Za-z_$][\w$-]{0,60}$/u.test(part)) place += place === '' ? part : `.${part}`
    else place += `[${quoted(String(part))}]`
  }
  return place
}

/** Somebody else's text, safe inside one line of a terminal or a screen: in quotes, at most 60 characters, odd ones escaped. */
export function quoted(value: string): string {
  const short = value.length > 60 ? `${value.slice(0, 59).toWellFormed()}…` : value.toWellFormed()
  return JSON.stringify(short).replace(/[\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Index of the bracket that opens level 101, seen as a JSON lexer sees it; checked before parsing, so that no parser recurses too far. */
function firstTooDeep(source: string): number | null {
  let depth = 0
  let inString = false
  for (let index = 0; index < source.length; index += 1) {
    const code = source.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index += 1
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x5b || code === 0x7b) {
      depth += 1
      if (depth > maximumDepth) return index
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1
      /* No parser goes on behind the end of the value. */
      if (depth <= 0) return null
    }
  }
  return null
}

/** Depth first with frames of its own: as deep as the value, however wide. */
function firstDangerousKey(root: unknown): string | null {
  const frames: { readonly value: object; readonly keys: readonly string[] | null; next: number }[] = []
  const enter = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) frames.push({ value, keys: Array.isArray(value) ? null : Object.keys(value), next: 0 })
  }
  enter(root)
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const index = frame.next
    frame.next += 1
    if (frame.keys === null) {
      const list = frame.value as readonly unknown[]
      if (index < list.length) enter(list[index])
      else frames.pop()
    } else {
      const key = frame.keys[index]
      if (key === undefined) frames.pop()
      else if (dangerous.has(key)) return placeOf(frames.map((open) => (open.keys === null ? open.next - 1 : (open.keys[open.next - 1] ?? ''))))
      else enter((frame.value as Readonly<Record<string, unknown>>)[key])
    }
  }
  return null
}

function whyNotJson(source: string, error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const at = /at position (\d+)/u.exec(message)
  const index = at === null ? null : Number(at[1])
  if (/end of JSON|unterminated string/iu.test(message) || (index !== null && index >= source.trimEnd().length)) {
    return 'ends in the middle: it is not whole JSON'
  }
  return index === null ? 'is not JSON' : `is not JSON at ${position(source, index)}`
}

function position(source: string, index: number): string {
  let line = 1
  let start = 0
  for (let next = source.indexOf('\n'); next !== -1 && next < index; next = source.indexOf('\n', next + 1)) {
    line += 1
    start = next + 1
  }
  return `line ${line}, column ${index - start + 1}`
}

/** In a union, the complaint of the alternative that got furthest. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue
  let best: z.core.$ZodIssue | null = null
  for (const alternative of issue.errors) {
    const first = alternative[0]
    if (first === undefined) continue
    const candidate = deepest(first)
    if (best === null || candidate.path.length > best.path.length) best = candidate
  }
  return best === null || best.path.length === 0 ? issue : { ...best, path: [...issue.path, ...best.path] }
}

const plainTypes: Readonly<Record<string, string>> = {
  string: 'text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', object: 'a record', record: 'a record', null: 'nothing'
}

/** Our own schemas word most refusals themselves; the rest are zod's codes in plain words. */
function wording(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid|Unrecognized|Too )/u.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined && issue.message.endsWith('undefined') ? 'is missing' : `must be ${plainTypes[issue.expected] ?? issue.expected}`
    case 'unrecognized_keys':
      return `holds a field that is not known: ${quoted(issue.keys[0] ?? '')}`
    case 'invalid_value':
      return issue.values.length === 1 ? `must be ${JSON.stringify(issue.values[0])}` : `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'too_big':
      return `is too big: at most ${issue.maximum}${issue.origin === 'array' ? ' entries' : ''}`
    case 'too_small':
      return `is too small: at least ${issue.minimum}${issue.origin === 'array' ? ' entries' : ''}`
    default:
      return 'is not what was expected'
  }
}
