/**
 * The tools that an agent in a rehearsal may call, as typed stubs over a small world in memory: what each takes, what it
 * changes there, and what it did in one sentence. In action mode these sentences are what an option is judged by.
 *
 * Invariants: pure; a call changes the world it is given in no way but through its result; a call that the schema does not
 * take, or about something that is not there, changes nothing and says so in the log. Nothing ever leaves this file's world.
 * A model reads the log in English; a person may read it in another language (`Say`), of the same calls.
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
  'code.close': z.strictObject({ request: short('a change request'), note: text(2_000, 'a note').optional() }),
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

/**
 * What each call does, in English, `{{what}}` being the thing that it is about; under `note` what a refusal or a forwarded
 * message is sent with. renderer/language/…/calls.json says the same for a person.
 */
export const callSentences = {
  'mail.send': 'Writes to {{to}}: “{{text}}”',
  'mail.reply': 'Answers {{what}}: “{{text}}”',
  'mail.forward': 'Forwards {{what}} to {{to}}{{note}}.',
  'mail.archive': 'Puts {{what}} away unanswered.',
  'mail.delete': 'Deletes {{what}} for good.',
  'calendar.create': 'Puts “{{title}}” into the calendar, {{when}}.',
  'calendar.move': 'Moves {{what}} to {{to}}{{note}}.',
  'calendar.accept': 'Accepts {{what}}.',
  'calendar.decline': 'Declines {{what}}{{note}}.',
  'shop.buy': 'Buys {{item}} from {{from}} for {{amount}} {{currency}}.',
  'shop.cancel': 'Cancels the order of {{what}}.',
  'bank.pay': 'Pays {{to}} {{amount}} {{currency}}.',
  'bank.pay.for': 'Pays {{to}} {{amount}} {{currency}} for {{reference}}.',
  'negotiate.offer': 'Offers {{to}}: {{terms}}',
  'negotiate.accept': 'Accepts what {{from}} asks: {{terms}}',
  'negotiate.decline': 'Turns {{to}} down{{note}}.',
  'post.publish': 'Publishes on {{where}}: “{{text}}”',
  'post.remove': 'Takes down {{what}}.',
  'post.report': 'Reports {{what}} to the moderators: {{reason}}',
  'code.commit': 'Commits to {{repository}}: {{change}}',
  'code.merge': 'Merges {{what}}.',
  'code.comment': 'Comments on {{what}}: “{{text}}”',
  'code.revert': 'Takes {{what}} back out.',
  'code.close': 'Closes {{what}} unmerged{{note}}.',
  'files.move': 'Moves {{what}} to {{to}}.',
  'files.delete': 'Deletes {{what}} for good.',
  'files.share': 'Gives {{with}} access to {{what}}.',
  'files.write': 'Writes {{file}}: “{{text}}”',
  'owner.ask': 'Asks its owner: “{{question}}”',
  'agent.wait': 'Does nothing until {{until}}.',
  note: ', saying “{{note}}”',
  'note.none': ' without a word',
  /** What a message is called that a call before has written. */
  message: 'a message to {{to}}',
  nothing: 'Nothing is done.'
} as const satisfies Readonly<Record<ToolName | 'bank.pay.for' | 'note' | 'note.none' | 'message' | 'nothing', string>>

/** One of these sentences, filled in, in whichever language. */
export type Say = (sentence: keyof typeof callSentences, values?: Readonly<Record<string, string | number>>) => string

const inEnglish: Say = (sentence, values = {}) => callSentences[sentence].replace(/\{\{(\w+)\}\}/gu, (_, name: string) => {
  const value = values[name] ?? ''
  return typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 2 }) : value
})

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
export function runCalls(calls: readonly Call[], world: World = emptyWorld, say: Say = inEnglish): Run {
  let now = world
  const log: Logged[] = []
  for (const call of calls) {
    const done = runCall(call, now, say)
    now = done.world
    log.push({ tool: call.tool, ok: done.ok, effect: done.effect })
  }
  return { world: now, log }
}

/** What is wrong with a call in this world; null where it works. */
export function checkCall(call: Call, world: World): string | null {
  return checkCalls([call], world)
}

/** What is wrong with the first of these calls that does not work; null where all do, one after another. */
export function checkCalls(calls: readonly Call[], world: World): string | null {
  return runCalls(calls, world).log.find((done) => !done.ok)?.effect ?? null
}

/** The log in the words that an option is judged by. */
export function logWords(log: readonly Logged[], say: Say = inEnglish): string {
  return log.length === 0 ? say('nothing') : log.map(({ effect }) => effect).join(' ')
}

/* Which thing it is about, and sums: no language has these in other words. */
const fixed = new Set(['message', 'event', 'order', 'post', 'request', 'amount', 'currency'])

/** Whether two calls do the same to the same things, whatever their words are. */
export function isSameDeed(one: Call, other: Call): boolean {
  const bare = ({ tool, arguments: given }: Call): string =>
    JSON.stringify([tool, ...Object.keys(given).sort().map((key) => [key, fixed.has(key) || (key === 'file' && tool !== 'files.write') ? given[key] : null])])
  return bare(one) === bare(other)
}

interface Done {
  readonly ok: boolean
  readonly effect: string
  readonly world: World
}

function runCall({ tool, arguments: given }: Call, world: World, say: Say): Done {
  const refuse = (why: string): Done => ({ ok: false, effect: `Tries ${tool}, which fails: ${why}.`, world })
  const does = (effect: string, next: World = world): Done => ({ ok: true, effect, world: next })
  const read = <Name extends ToolName>(name: Name) => toolArguments[name].safeParse(given) as z.ZodSafeParseResult<z.infer<(typeof toolArguments)[Name]>>
  /** The sentence for something that must be there, filled in with `values` too. */
  const about = (kind: keyof World, id: string, values: Readonly<Record<string, string>> = {}, isGone = false): Done => {
    const found = world[kind].find((item) => item.id === id)
    if (found === undefined) return refuse(`there is no ${id}`)
    return does(say(tool, { what: found.what, ...values }), isGone ? { ...world, [kind]: world[kind].filter((item) => item !== found) } : world)
  }
  const add = (kind: keyof World, what: string, effect: string): Done => does(effect, { ...world, [kind]: [...world[kind], { id: `new-${world[kind].length + 1}`, what: what.slice(0, 200).toWellFormed() }] })
  const noted = (note: string | undefined): { readonly note: string } => ({ note: note === undefined || note.trim() === '' ? say('note.none') : say('note', { note }) })
  const failed = (error: z.ZodError): Done => refuse(describeIssue(error))
  switch (tool) {
    case 'mail.send': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : add('mail', say('message', { to: data.to }), say(tool, data))
    }
    case 'mail.reply': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('mail', data.message, { text: data.text })
    }
    case 'mail.forward': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('mail', data.message, { to: data.to, ...noted(data.text) })
    }
    case 'mail.archive': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('mail', data.message, {}, true)
    }
    case 'mail.delete': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('mail', data.message, {}, true)
    }
    case 'calendar.create': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : add('events', data.title, say(tool, data))
    }
    case 'calendar.move': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('events', data.event, { to: data.to, ...noted(data.note) })
    }
    case 'calendar.accept': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('events', data.event)
    }
    case 'calendar.decline': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('events', data.event, noted(data.note), true)
    }
    case 'shop.buy': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : add('orders', data.item, say(tool, data))
    }
    case 'shop.cancel': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('orders', data.order, {}, true)
    }
    case 'bank.pay': {
      const { data, error } = read(tool)
      if (data === undefined) return failed(error)
      const { reference, ...paid } = data
      return does(reference === undefined ? say(tool, paid) : say('bank.pay.for', { ...paid, reference }))
    }
    case 'negotiate.offer': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(say(tool, { to: data.to, terms: sentence(data.terms) }))
    }
    case 'negotiate.accept': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(say(tool, { from: data.from, terms: sentence(data.terms) }))
    }
    case 'negotiate.decline': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(say(tool, { to: data.to, ...noted(data.note) }))
    }
    case 'post.publish': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : add('posts', data.where, say(tool, data))
    }
    case 'post.remove': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('posts', data.post, {}, true)
    }
    case 'post.report': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('posts', data.post, { reason: sentence(data.reason) })
    }
    case 'code.commit': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(say(tool, { repository: data.repository, change: sentence(data.change) }))
    }
    case 'code.merge': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('requests', data.request, {}, true)
    }
    case 'code.comment': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('requests', data.request, { text: data.text })
    }
    case 'code.revert': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('requests', data.request)
    }
    case 'code.close': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('requests', data.request, noted(data.note), true)
    }
    case 'files.move': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('files', data.file, { to: data.to })
    }
    case 'files.delete': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('files', data.file, {}, true)
    }
    case 'files.share': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : about('files', data.file, { with: data.with })
    }
    case 'files.write': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : add('files', data.file, say(tool, data))
    }
    case 'owner.ask': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(say(tool, data))
    }
    case 'agent.wait': {
      const { data, error } = read(tool)
      return data === undefined ? failed(error) : does(say(tool, data))
    }
  }
}

function sentence(words: string): string {
  return /[.!?…]$/u.test(words.trim()) ? words.trim() : `${words.trim()}.`
}
