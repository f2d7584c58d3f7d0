/**
 * A scenario out of what a language model wrote: read leniently (labels in several spellings, numbers, letters, bullets, bold,
 * quotes), and refused where it is none.
 */
import type { Draft } from '../../shared/ports.ts'
import { limits } from '../../shared/schema.ts'
import type { DraftLabels } from './asked.ts'

/** null: not a situation with two different options at least, or the one that it was to be like. `isCut`: the last line has no end. */
export function readDraft(text: string, original: Draft, isCut: boolean): Draft | null {
  let situation = ''
  const options: string[] = []
  const lines = text.split('\n').map(clean).filter((line) => line !== '')
  for (const [at, line] of lines.entries()) {
    const [told, option] = [situationStart.exec(line), optionStart.exec(line)]
    const isLast = at === lines.length - 1
    if (told !== null && options.length === 0) situation = `${situation} ${line.slice(told[0].length)}`
    else if (option !== null && situation !== '') {
      const words = clean(line.slice(option[0].length))
      if (!(isLast && isCut && !/[.!?…]$/u.test(words)) && words !== '') options.push(words)
    } else if (options.length === 0) {
      if (!heading.test(line)) situation = `${situation} ${line}`
    } else break
  }
  situation = clean(situation)
  const different = options.filter((option, at) => options.findIndex((other) => same(other, option)) === at && !same(option, situation)).slice(0, mostOptions)
  const isOwn = !same(situation, original.situation) && !different.every((option) => original.options.some((other) => same(other, option)))
  const fits = situation.length >= 20 && situation.length <= 1_200 && different.length >= limits.optionsMin && different.every((option) => option.length >= 2 && option.length <= 400)
  return isOwn && fits && isClean([situation, ...different].join(' ')) ? { situation, options: different } : null
}

/** As a model is asked to write one. */
export function draftText({ situation, options }: Draft, labels: DraftLabels): string {
  return [`${labels.situation} ${situation}`, ...options.map((option) => `${labels.option} ${option}`)].join('\n')
}

export const mostOptions = 4

const situationStart = /^(?:new |another |eine? (?:neue |andere )?)?(?:situation|scenario|szenario|szene)\s*(?:\d+\s*)?[:–—-]\s*/iu
const optionStart = /^(?:(?:option|choice|possibility|möglichkeit|wahl)\s*(?:[A-Fa-f]|\d+)?\s*[:.)–—-]\s*|(?:[A-Fa-f]|\d)\s*[.):]\s+|[-*•–]\s+)/iu
/** A line that only announces the options. */
const heading = /^(?:the )?(?:options|choices|möglichkeiten|what could be done)[^.!?]*:?$/iu

/** Without the dress of a chat: bold, quotes around the whole, spaces. */
function clean(line: string): string {
  const plain = line.replace(/\*\*|__|`/gu, '').replace(/^#+\s*/u, '').replace(/\s+/gu, ' ').trim()
  const inner = /^["“„«](?<words>[^"“”„«»]*)["”“»]$/u.exec(plain)?.groups?.['words']
  return (inner ?? withoutStray(plain)).trim()
}

/** A quotation that was opened and never closed, or the other way round. */
function withoutStray(line: string): string {
  const marks = line.match(/["“”„«»]/gu) ?? []
  return marks.length === 1 ? line.replace(/^["“„«]|["”»]$/u, '') : line
}

function same(left: string, right: string): boolean {
  const plain = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
  return plain(left) === plain(right)
}

/** No half characters, no control characters, no marks of a model. */
function isClean(text: string): boolean {
  return text.isWellFormed() && !/[\u0000-\u001F\u007F-\u009F\uFFFD\u202A-\u202E\u2066-\u2069]|<\|/u.test(text)
}
