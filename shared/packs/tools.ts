/**
 * The tools that an agent in a rehearsal may call, as typed stubs over a small world in memory: what each takes, what it
 * changes there, and what it did in one sentence. In action mode these sentences are what an option is judged by.
 *
 * Invariants: pure; a call changes the world it is given in no way but through its result; a call that the schema does not
 * take, or about something that is not there, changes nothing and says so in the log. Nothing ever leaves this file's world.
 */
import { z } from 'zod'
import { describeIssue } from '../json.ts'
import { text, words } from '../schema.ts'

const short = (name: string) => words(200, name)
const long = (name: string) => words(2_000, name)
const who = short('who it is for')
const Money = { amount: z.number().min(0).max(1e9), currency: z.string().regex(/^[A-Z]{3}$/u, { error: 'a currency is three capitals' }) }
const Item = z.strictObject({ id: short('an id'), what: short('what it is') })
const Items = z.array(Item).max(20).default([])

/** What there is before the first call: things with an id and what they are ("the invoice from the plumber"). */
export const World = z.strictObject({ mail: Items, events: Items, orders: Items, posts: Items, requests: Items, files: Items })
export type World = z.infer<typeof World>

export const emptyWorld: World = { mail: [], events: [], orders: [], posts: [], requests: [], files: [] }

/** Name → schema of its arguments. */
const toolArguments = {
  'mail.send': z.strictObject({ to: who, text: long('the text') }),
  'mail.reply': z.strictObject({ message: short('a message'), text: long('the text') }),
  'mail.forward': z.strictObject({ message: short('a message'), to: who, text: text(2_000, 'the text').optional() }),
  'mail.archive': z.strictObject({ message: short('a message') }),
  'mail.delete': z.strictObject({ message: short('a message') }),
  'calendar.create': z.strictObject({ title: short('a title'), when: short('when') }),
  'calendar.move': z.strictObject({ event: short('an event'), to: short('when'), note: text(2_000, 'a note').optional() }),
  'calendar.accept': z.strictObject({ event: short('an event') }),
  'calendar.decline': z.strictObject({ event: short('an event'), note: text(2_000, 'a note').optional() }),
  'shop.buy': z.strictObject({ item: short('an item'), from: short('a shop'), ...Money }),
  'shop.cancel': z.strictObject({ order: short('an order') }),
  'bank.pay': z.strictObject({ to: who, ...Money, reference: text(200, 'a reference').optional() }),
  'negotiate.offer': z.strictObject({ to: who, terms: long('the terms') }),
  'negotiate.accept': z.strictObject({ from: who, terms: long('the terms') }),
  'negotiate.decline': z.strictObject({ to: who, note: text(2_000, 'a note').optional() }),
  'post.publish': z.strictObject({ where: short('where'), text: long('the text') }),
  'post.remove': z.strictObject({ post: short('a post') }),
  'post.report': z.strictObject({ post: short('a post'), reason: short('a reason') }),
  'code.commit': z.strictObject({ repository: short('a repository'), change: long('the change') }),
  'code.merge': z.strictObject({ request: short('a change request') }),
  'code.comment': z.strictObject({ request: short('a change request'), text: long('the text') }),
  'code.revert': z.strictObject({ request: short('a change request') }),
  'files.move': z.strictObject({ file: short('a file'), to: short('where') }),
  'files.delete': z.strictObject({ file: short('a file') }),
  'files.share': z.strictObject({ file: short('a file'), with: who }),
  'files.write': z.strictObject({ file: short('a file'), text: long('the text') }),
  /** Hands the decision to its owner. */
  'owner.ask': z.strictObject({ question: long('the question') }),
  /** Leaves everything as it is. */
  'agent.wait': z.strictObject({ until: short('until when') })
} as const
export type ToolName = keyof typeof toolArguments
export const toolNames = Object.keys(toolArguments) as readonly ToolName[]

/** One call as a pack writes it. Its arguments are looked at when it is run, or by `checkCall`. */
export const Call = z.strictObject({ tool: z.enum(toolNames as [ToolName, ...ToolName[]], { error: 'there is no tool of this name' }), arguments: z.record(z.string(), z.unknown()) })
export type Call = z.infer<typeof Call>

export interface Logged {
  readonly tool: ToolName
  readonly ok: boolean
  /** What it did, or why it did nothing; one sentence. */
  readonly effect: string
}

export interface Run {
  readonly world: World
  readonly log: readonly Logged[]
}

/** Runs the calls one after another on `world`. */
export function runCalls(calls: readonly Call[], world: World = emptyWorld): Run {
  let now = world
  const log: Logged[] = []
  for (const call of calls) {
    const done = runCall(call, now)
    now = done.world
    log.push({ tool: call.tool, ok: done.ok, effect: done.effect })
  }
  return { world: now, log }
}

/** What is wrong with a call in this world; null where it works. */
export function checkCall(call: Call, world: World): string | null {
  const done = runCall(call, world)
  return done.ok ? null : done.effect
}

/** The log in the words that an option is judged by. */
export function logWords(log: readonly Logged[]): string {
  return log.length === 0 ? 'Nothing is done.' : log.map(({ effect }) => effect).join(' ')
}

interface Done {
  readonly ok: boolean
  readonly effect: string
  readonly world: World
}

function runCall({ tool, arguments: given }: Call, world: World): Done {
  const refuse = (why: string): Done => ({ ok: false, effect: `Tries ${tool}, which fails: ${why}.`, world })
  const does = (effect: string, next: World = world): Done => ({ ok: true, effect, world: next })
  const read = <Name extends ToolName>(name: Name) => toolArguments[name].safeParse(given) as z.ZodSafeParseResult<z.infer<(typeof toolArguments)[Name]>>
  /** The sentence for something that must be there; `next` is what is left of its kind. */
  const about = (kind: keyof World, id: string, say: (what: string) => string, isGone = false): Done => {
    const found = world[kind].find((item) => item.id === id)
    if (found === undefined) return refuse(`there is no ${id}`)
    return does(say(found.what), isGone ? { ...world, [kind]: world[kind].filter((item) => item !== found) } : world)
  }
  const add = (kind: keyof World, what: string, effect: string): Done => does(effect, { ...world, [kind]: [...world[kind], { id: `new-${world[kind].length + 1}`, what: what.slice(0, 200).toWellFormed() }] })
  const noted = (note: string | undefined): string => (note === undefined || note.trim() === '' ? ' without a word' : `, saying “${note}”`)
  const failed = (error: z.ZodError): Done => refuse(describeIssue(error))
  switch (tool) {
    case 'mail.send': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : add('mail', `a message to ${data.to}`, `Writes to ${data.to}: “${data.text}”`)
    }
    case 'mail.reply': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('mail', data.message, (what) => `Answers ${what}: “${data.text}”`)
    }
    case 'mail.forward': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('mail', data.message, (what) => `Forwards ${what} to ${data.to}${noted(data.text)}.`)
    }
    case 'mail.archive': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('mail', data.message, (what) => `Puts ${what} away unanswered.`, true)
    }
    case 'mail.delete': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('mail', data.message, (what) => `Deletes ${what} for good.`, true)
    }
    case 'calendar.create': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : add('events', data.title, `Puts “${data.title}” into the calendar, ${data.when}.`)
    }
    case 'calendar.move': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('events', data.event, (what) => `Moves ${what} to ${data.to}${noted(data.note)}.`)
    }
    case 'calendar.accept': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('events', data.event, (what) => `Accepts ${what}.`)
    }
    case 'calendar.decline': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('events', data.event, (what) => `Declines ${what}${noted(data.note)}.`, true)
    }
    case 'shop.buy': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : add('orders', data.item, `Buys ${data.item} from ${data.from} for ${money(data)}.`)
    }
    case 'shop.cancel': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('orders', data.order, (what) => `Cancels the order of ${what}.`, true)
    }
    case 'bank.pay': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(`Pays ${data.to} ${money(data)}${data.reference === undefined ? '' : ` for ${data.reference}`}.`)
    }
    case 'negotiate.offer': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(`Offers ${data.to}: ${sentence(data.terms)}`)
    }
    case 'negotiate.accept': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(`Accepts what ${data.from} asks: ${sentence(data.terms)}`)
    }
    case 'negotiate.decline': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(`Turns ${data.to} down${noted(data.note)}.`)
    }
    case 'post.publish': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : add('posts', data.where, `Publishes on ${data.where}: “${data.text}”`)
    }
    case 'post.remove': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('posts', data.post, (what) => `Takes down ${what}.`, true)
    }
    case 'post.report': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('posts', data.post, (what) => `Reports ${what} to the moderators: ${sentence(data.reason)}`)
    }
    case 'code.commit': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(`Commits to ${data.repository}: ${sentence(data.change)}`)
    }
    case 'code.merge': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('requests', data.request, (what) => `Merges ${what}.`, true)
    }
    case 'code.comment': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('requests', data.request, (what) => `Comments on ${what}: “${data.text}”`)
    }
    case 'code.revert': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('requests', data.request, (what) => `Takes ${what} back out.`)
    }
    case 'files.move': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('files', data.file, (what) => `Moves ${what} to ${data.to}.`)
    }
    case 'files.delete': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('files', data.file, (what) => `Deletes ${what} for good.`, true)
    }
    case 'files.share': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('files', data.file, (what) => `Gives ${data.with} access to ${what}.`)
    }
    case 'files.write': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : add('files', data.file, `Writes ${data.file}: “${data.text}”`)
    }
    case 'owner.ask': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(`Asks its owner: “${data.question}”`)
    }
    case 'agent.wait': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(`Does nothing until ${data.until}.`)
    }
  }
}

function money({ amount, currency }: { readonly amount: number; readonly currency: string }): string {
  return `${amount.toLocaleString('en', { maximumFractionDigits: 2 })} ${currency}`
}

function sentence(words: string): string {
  return /[.!?…]$/u.test(words.trim()) ? words.trim() : `${words.trim()}.`
}
