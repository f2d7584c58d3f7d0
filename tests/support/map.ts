/** A notebook of any size for the map: values of an invented person, the kinds of situation they show up in, what is wiser where, and what was rehearsed. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import type * as Y from 'yjs'
import { openHome } from '../../main/replica.ts'
import { addCard, setStatus } from '../../shared/commands/card.ts'
import { addContext, nestContext } from '../../shared/commands/context.ts'
import { setPriority } from '../../shared/commands/priority.ts'
import { beginRehearsal, recordAgent } from '../../shared/commands/rehearsal.ts'
import type { AgentAnswer } from '../../shared/rehearsal.ts'
import { ScenarioId, type CardId, type ContextId } from '../../shared/schema.ts'
import { createMaker, valueOf } from './document.ts'
import { plainCalibration } from './given.ts'

const beginnings = ['Being there', 'Keeping my word', 'Respecting quiet', 'Honest feedback', 'Time outdoors', 'Careful work', 'Asking first', 'Leaving a door open', 'Sharing credit', 'Mending things', 'Saying no kindly', 'Playing along', 'Learning slowly', 'Guarding sleep', 'Paying fairly']
const whom = ['my sister', 'a neighbour', 'the team', 'old friends', 'my children', 'strangers', 'clients', 'my parents', 'students', 'the choir', 'my partner', 'newcomers', 'whoever asks']
const what = ['is grieving', 'asks for advice', 'has made a mistake', 'is late again', 'wants to celebrate', 'needs a decision today', 'is afraid of the dark', 'has lost some work', 'moves away', 'is unwell']

/** `cards` in force, about one kind of situation for every eight of them, two priorities for every three. */
export function fillMap(doc: Y.Doc, cards: number, name = 'm'): { readonly cards: readonly CardId[]; readonly contexts: readonly ContextId[] } {
  const maker = createMaker(name)
  const places = Math.max(2, Math.round(cards / 8))
  const made: { cards: CardId[]; contexts: ContextId[] } = { cards: [], contexts: [] }
  doc.transact(() => {
    for (let at = 0; at < places; at += 1) made.contexts.push(valueOf(addContext(doc, `when ${pick(whom, at)} ${pick(what, Math.floor(at / whom.length))}${at < whom.length * what.length ? '' : ` (${at})`}`, maker)))
    for (let at = 3; at < places; at += 7) valueOf(nestContext(doc, made.contexts[at] as ContextId, [made.contexts[at - 1] as ContextId]))
    for (let at = 0; at < cards; at += 1) {
      const id = valueOf(addCard(doc, {
        title: `${pick(beginnings, at)}${at < beginnings.length ? '' : ` for ${pick(whom, at * 7)}, ${at}`}`, contexts: [made.contexts[at % places] as ContextId],
        policies: [`MOMENTS when ${pick(whom, at * 3)} ${pick(what, at)}`, `SIGNS that ${pick(whom, at + 4)} ${pick(what, at * 2)}`]
      }, maker))
      valueOf(setStatus(doc, id, 'endorsed', maker))
      made.cards.push(id)
    }
    for (let at = 0; at + 1 < cards; at += 3) {
      for (const step of [1, 2]) {
        const [from, to] = [made.cards[at], made.cards[(at + step * 5) % cards]]
        if (from !== undefined && to !== undefined && from !== to) valueOf(setPriority(doc, { from, to, context: made.contexts[at % places] as ContextId, reallyAbout: 'Not letting people down' }, maker))
      }
    }
  })
  return made
}

/** One rehearsal in which each of these cards said this of each option; as the window writes it down. */
export function rehearse(doc: Y.Doc, situation: string, voices: Readonly<Record<string, readonly number[]>>, at = Date.now()): void {
  const maker = { now: at, newId: () => randomUUID() }
  const scores = Object.entries(voices) as [CardId, readonly number[]][]
  const options = (scores[0]?.[1] ?? [0, 0]).map((_, at) => `Option ${at + 1} of “${situation}”`)
  const id = valueOf(beginRehearsal(doc, { scenario: { id: ScenarioId.parse(randomUUID()), domain: 'friendship', mode: 'theory', situation, options }, pack: null, shown: 'cards', own: { kind: 'skipped' }, forecast: { kind: 'skipped' } }, maker))
  const hash = '0'.repeat(64)
  const answer: AgentAnswer = {
    at: maker.now, outcome: { kind: 'act', option: 0 }, probabilities: options.map((_, at) => (at === 0 ? 1 : 0)), model: { name: 'said by the test', sha256: hash },
    calibration: { name: plainCalibration.name, source: 'shipped', digest: hash }, cited: [], voices: scores.map(([card, own]) => ({ card, scores: [...own] })), graph: hash, evidence: hash, certificate: hash, modes: null
  }
  valueOf(recordAgent(doc, id, answer))
}

/** Writes into a home that nobody else has open. */
export async function writeHome(directory: string, write: (doc: Y.Doc) => void): Promise<void> {
  const home = valueOf(await openHome({ directory, mode: 'write', random: { bytes: (length) => randomBytes(length) } }))
  try {
    write(home.doc)
    valueOf(await home.saved())
  } finally {
    await home.close()
  }
}

function pick(from: readonly string[], at: number): string {
  return from[at % from.length] ?? ''
}

/**
 * How often React has changed the page since, also in a built window: it reports to the hook that its developer tools set up.
 * The hook must be there before React is, so this loads the page anew.
 */
export async function countCommits(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const hook = { supportsFiber: true, commits: 0, inject: () => 1, onCommitFiberUnmount: () => undefined, onPostCommitFiberRoot: () => undefined, onCommitFiberRoot: () => void (hook.commits += 1) }
    Object.assign(globalThis, { __REACT_DEVTOOLS_GLOBAL_HOOK__: hook })
  })
  await page.reload()
  await page.locator('h1').first().waitFor()
  return () => page.evaluate(() => (globalThis as unknown as { __REACT_DEVTOOLS_GLOBAL_HOOK__: { commits: number } }).__REACT_DEVTOOLS_GLOBAL_HOOK__.commits)
}
