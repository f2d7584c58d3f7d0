/**
 * What a local language model writes: why, in one sentence; one more situation like this one; the same in other words. Promises
 * W1 to W6 of shared/ports.ts, but for the process around it. What is asked about stands in the prompt as quoted data (prompt.ts).
 */
import { isCommand } from '../../shared/strange.ts'
import type { Draft, WritingLanguage, WritingTask } from '../../shared/ports.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { Causal } from '../causal.ts'
import type { Pulse } from '../embedder.ts'
import { wordings, type Wording } from './asked.ts'
import { extend, type Beginning } from './choice.ts'
import { createComparer } from './compare.ts'
import { draftText, mostOptions, readDraft } from './draft.ts'
import { frameOf, quotedTokens, type Frame, type Tokens, type Turn } from './prompt.ts'
import { say, type Manner } from './sampling.ts'

/** What was written, before its author is put to it. */
export interface Words {
  readonly text: string
  readonly draft: Draft | null
  readonly direct: readonly number[] | null
}

export interface WordsPulse extends Pulse {
  /** All the words so far. */
  tell(text: string): void
}

export interface WordWriter {
  write(task: WritingTask, seed: number, pulse: WordsPulse): Promise<Result<Words>>
}

export function createWordWriter(causal: Causal): WordWriter {
  const compare = createComparer(causal)
  const frames = new Map<string, { readonly frame: Frame; readonly root: Beginning }>()

  async function begin(kind: WritingTask['kind'], language: WritingLanguage, pulse: Pulse): Promise<{ readonly frame: Frame; readonly root: Beginning }> {
    const name = `${language} ${kind}`
    const kept = frames.get(name)
    if (kept !== undefined) return kept
    const frame = frameOf(causal, ...openingOf(kind, wordings[language]))
    const begun = { frame, root: await extend(causal, null, frame.head, pulse) }
    frames.set(name, begun)
    return begun
  }

  return {
    write: async (task, seed, pulse) => {
      const { language = 'en' } = task
      const wording = wordings[language]
      const { frame, root } = await begin(task.kind, language, pulse)
      const { name, temperature, mostTokens } = manners[task.kind]
      const asked = await extend(causal, root, [...askedTokens(causal, task, wording, causal.window - frame.head.length - frame.tail.length - mostTokens - 40), ...frame.tail], pulse)
      const ends = endsOf(causal, frame)
      for (let round = 0; round < rounds; round += 1) {
        const manner: Manner = { temperature: round === 0 && seed < 2 ? temperature : Math.max(0.7, temperature), nucleus: 0.9, repetition: 1.1, mostTokens, seed: seed * rounds + round }
        const said = await sayLines(causal, asked, ends, manner, linesOf(task, wording), pulse)
        if (!said.ok) return said
        const words = finished(task, wording, said.value.text, said.value.isCut)
        if (words === null) continue
        pulse.tell(words.text)
        if (task.kind !== 'explain') return ok(words)
        const direct = await compare(task, pulse)
        return direct.ok ? ok({ ...words, direct: direct.value }) : direct
      }
      return fail('model', `the model wrote nothing that can be used as ${name}`, 'try once more, or choose a larger model')
    }
  }
}

/** One line behind another; each line's beginning, where it has one, is put into the model's mouth. A line that says nothing new is said again. */
async function sayLines(causal: Causal, asked: Beginning, ends: ReadonlySet<number>, manner: Manner, openings: readonly string[], pulse: WordsPulse): Promise<Result<{ readonly text: string; readonly isCut: boolean }>> {
  let [text, isCut] = ['', false]
  const lines: string[] = []
  for (const [at, opening] of openings.entries()) {
    const before = `${text}${at === 0 ? '' : '\n'}${opening}`
    const from = await extend(causal, asked, before === '' ? [] : causal.tokens(before), pulse)
    const told = lines.flatMap((line) => causal.tokens(` ${line}`))
    let line = ''
    for (let round = 0; round < rounds; round += 1) {
      const own: Manner = { ...manner, temperature: round === 0 ? manner.temperature : Math.max(0.9, manner.temperature), seed: (manner.seed * openings.length + at) * rounds + round }
      const said = await say(causal, from, ends, own, told, (words) => /\S[^\n]*\n/u.test(words), (words) => pulse.tell(`${before}${words}`.trimStart()), pulse)
      if (!said.ok) return said
      line = unquoted(said.value.text.trim().split('\n')[0] ?? '')
      isCut = said.value.isCut
      if (hasWords(line) && !lines.some((other) => plain(other) === plain(line))) break
    }
    lines.push(line)
    text = `${before}${opening === '' ? '' : ' '}${line}`
  }
  return ok({ text, isCut })
}

/** A first try and two more, each with a seed of its own. */
const rounds = 3

interface TaskManner {
  readonly name: string
  readonly temperature: number
  /** In one line. */
  readonly mostTokens: number
}

const manners: Readonly<Record<WritingTask['kind'], TaskManner>> = {
  explain: { name: 'an explanation', temperature: 0, mostTokens: 80 },
  scenario: { name: 'a situation', temperature: 0.7, mostTokens: 120 },
  paraphrase: { name: 'other words for it', temperature: 0.5, mostTokens: 260 }
}

/** How each line that it writes begins. */
function linesOf(task: WritingTask, { labels }: Wording): readonly string[] {
  return task.kind === 'scenario' ? [labels.situation, ...task.options.slice(0, mostOptions).map(() => labels.option)] : ['']
}

// ---- what is asked --------------------------------------------------------------------------------------------------

/** What it is told to do, and one worked example. */
function openingOf(kind: WritingTask['kind'], { instructions, labels, examples, ...ask }: Wording): readonly [string, readonly Turn[]] {
  const { line, because, shown, made, otherWords } = examples
  const quote = (text: string): string => JSON.stringify(text)
  switch (kind) {
    case 'explain':
      return [instructions.explain, [{ asked: ask.explain(quote(shown.situation), quote(shown.options[0] ?? ''), [quote(line)]), answered: because }]]
    case 'scenario':
      return [instructions.scenario(mostOptions), [{ asked: ask.scenario(quote(shown.situation), shown.options.map(quote)), answered: draftText(made, labels) }]]
    case 'paraphrase':
      return [instructions.paraphrase, [{ asked: ask.paraphrase(quote(made.situation)), answered: otherWords }]]
  }
}

/** The task in words, its quotations as tokens, each cut so that together they have at most `room`. */
function askedTokens(causal: Causal, task: WritingTask, wording: Wording, room: number): Tokens {
  const quotes: Tokens[] = []
  const quote = (text: string, share: number): string => {
    quotes.push(quotedTokens(causal, text, Math.max(2, Math.floor(room * share))))
    return slot
  }
  const several = (texts: readonly string[], share: number): readonly string[] => texts.map((text) => quote(text, share / texts.length))
  const text = (): string => {
    switch (task.kind) {
      case 'explain':
        return wording.explain(quote(task.situation, 0.45), quote(task.outcome, 0.2), several(task.lines.slice(0, 3), 0.3))
      case 'scenario':
        return wording.scenario(quote(task.situation, 0.5), several(task.options.slice(0, limitOptions), 0.45))
      case 'paraphrase':
        return wording.paraphrase(quote(task.text, 0.45))
    }
  }
  const pieces = text().split(slot)
  /* Quotations are taken in the order in which they stand: the lines before the outcome. */
  const placed = task.kind === 'explain' ? [quotes[0], ...quotes.slice(2), quotes[1]] : quotes
  return pieces.flatMap((piece, at) => [...(piece === '' ? [] : causal.tokens(piece)), ...(placed[at] ?? [])])
}

const slot = '\uE0F2'
const limitOptions = 6

/** Whatever the model says ends a turn, and what its template puts behind one. */
function endsOf(causal: Causal, { tail }: Frame): ReadonlySet<number> {
  const given = causal.config['eos_token_id']
  const [first] = tail
  return new Set([given].flat().filter((token): token is number => typeof token === 'number').concat(first === undefined ? [] : [first]))
}

// ---- what came ------------------------------------------------------------------------------------------------------

/** null where it is not what was asked for. */
function finished(task: WritingTask, { labels }: Wording, said: string, isCut: boolean): Words | null {
  if (isCommand(said) || !said.isWellFormed() || /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\uFFFD\u202A-\u202E\u2066-\u2069]|<\|/u.test(said)) return null
  switch (task.kind) {
    case 'scenario': {
      const draft = readDraft(said, task, isCut)
      return draft === null ? null : { text: draftText(draft, labels), draft, direct: null }
    }
    case 'explain': {
      const sentence = /^.*?[.!?…]["”»]?(?=\s|$)/u.exec(said.trim())?.[0]
      return sentence !== undefined && hasWords(sentence) && sentence.length <= 400 ? { text: unquoted(sentence), draft: null, direct: null } : null
    }
    case 'paraphrase': {
      const text = unquoted(said)
      const isOther = plain(text) !== plain(task.text)
      return hasWords(text) && text.length <= 1_200 && isOther && !isCut ? { text, draft: null, direct: null } : null
    }
  }
}

function unquoted(text: string): string {
  return (/^["“„«](?<words>[^"“”„«»]*)["”“»]$/u.exec(text.trim())?.groups?.['words'] ?? text).trim()
}

function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
}

function hasWords(text: string): boolean {
  return /[\p{L}\p{N}].*[\p{L}\p{N}]/su.test(text)
}
