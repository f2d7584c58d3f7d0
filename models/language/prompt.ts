/**
 * Texts as a language model may read them: the model's own template around one turn of the person's side, and everybody's words
 * inside it as quoted data.
 *
 * [Q1] Quoted text cannot close its quotation (it is a JSON string: quotes, backslashes and line breaks are escaped), nor become
 *      one of the model's own marks (the first character of any that is spelt in it is escaped too).
 * [Q2] A text that is too long is cut, and its quotation still closed.
 * [Q3] Pieces are tokenised one by one, so that a shared beginning has the same tokens whatever comes after it.
 */
import type { Causal } from '../causal.ts'
import type { ChatMessage } from '../runtime.ts'

export type Tokens = readonly number[]

/** What stands before and after the words of an open turn; the answer comes right behind `tail`. */
export interface Frame {
  readonly head: Tokens
  readonly tail: Tokens
}

export interface Turn {
  readonly asked: string
  readonly answered: string
}

/** Where the model has a template: its own; where it refuses instructions of the system, they stand in the first turn. */
export function frameOf(causal: Causal, instructions: string, examples: readonly Turn[] = []): Frame {
  const turns = examples.flatMap(({ asked, answered }): ChatMessage[] => [{ role: 'user', content: asked }, { role: 'assistant', content: answered }])
  const rendered = render(causal, [{ role: 'system', content: instructions }, ...turns, { role: 'user', content: mark }]) ?? render(causal, withFirst(instructions, [...turns, { role: 'user', content: mark }]))
  const [head, tail, ...more] = (rendered ?? plain(instructions, examples)).split(mark)
  if (head === undefined || tail === undefined || more.length > 0) throw new Error('the template of the model does not show what it is asked')
  return { head: causal.tokens(head), tail: causal.tokens(tail) }
}

/** The text in quotation marks, as data ([Q1]), at most `most` tokens long, the marks among them ([Q2]). */
export function quotedTokens(causal: Causal, text: string, most: number): Tokens {
  let kept = text.trim()
  let tokens = causal.tokens(quoted(kept, causal.specials))
  while (tokens.length > most && kept.length > 0) {
    /* Each round shorter by a tenth at least, and about as much as is too long. */
    const length = Math.floor(kept.replace(/…$/u, '').length * Math.min(0.9, most / tokens.length))
    kept = length === 0 ? '' : `${kept.slice(0, length).toWellFormed().trimEnd()}…`
    tokens = causal.tokens(quoted(kept, causal.specials))
  }
  return tokens
}

/** As a JSON string in which no mark of the model's is spelt out. */
export function quoted(text: string, specials: readonly string[]): string {
  let words = JSON.stringify(text.toWellFormed())
  for (const special of specials) {
    if (special.trim().length < 3) continue
    words = words.replaceAll(special, `${escaped(special.charCodeAt(0))}${special.slice(1)}`)
  }
  return words
}

/** Stands where the words come; of private use, so that no text of a template holds it. */
const mark = '\uE0F1'

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}

/** null where there is no template, or it refuses. */
function render(causal: Causal, messages: readonly ChatMessage[]): string | null {
  try {
    const text = causal.chatText(messages)
    return text !== null && messages.every(({ content }) => text.includes(content.trim())) ? text : null
  } catch {
    return null
  }
}

function withFirst(instructions: string, [first, ...rest]: readonly ChatMessage[]): readonly ChatMessage[] {
  return first === undefined ? [] : [{ ...first, content: `${instructions}\n\n${first.content}` }, ...rest]
}

/** For a model that was taught no conversation. */
function plain(instructions: string, examples: readonly Turn[]): string {
  return [instructions, ...examples.map(({ asked, answered }) => `${asked}\n${answered}`), `${mark}\n`].join('\n\n')
}
