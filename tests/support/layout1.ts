/**
 * Documents as layout 1 wrote them: a card's lines as a list of plain strings under `policies`, its contexts as a set without
 * an order. `node tests/support/layout1.ts` writes the fixture of such a document anew.
 */
import { writeFileSync } from 'node:fs'
import * as Y from 'yjs'

export interface OldCard {
  readonly title: string
  readonly lines: readonly string[]
}

export function createLayoutOne(cards: Readonly<Record<string, OldCard>>, clientId = 11): Y.Doc {
  const doc = new Y.Doc()
  doc.clientID = clientId
  doc.transact(() => {
    doc.getMap('meta').set('layout', 1)
    doc.getMap('contexts').set('grief', new Y.Map<unknown>([['text', new Y.Text('When someone I love is grieving')], ['within', new Y.Map()], ['synonymOf', null]]))
    for (const [id, { title, lines }] of Object.entries(cards)) {
      doc.getMap('cards').set(id, new Y.Map<unknown>([
        ['title', new Y.Text(title)], ['story', new Y.Text('')], ['obstacles', new Y.Text('')], ['policies', Y.Array.from([...lines])], ['contexts', new Y.Map([['grief', true]])],
        ['status', 'endorsed'], ['kind', 'unclear'], ['author', { kind: 'you' }], ['createdAt', 1_000], ['updatedAt', 2_000]
      ]))
    }
  })
  return doc
}

/** Adds a line as a program of layout 1 would. */
export function addOldLine(doc: Y.Doc, card: string, line: string, at: number): void {
  const lines = (doc.getMap('cards').get(card) as Y.Map<unknown>).get('policies') as Y.Array<string>
  lines.insert(Math.min(at, lines.length), [line])
}

if (import.meta.main) {
  const doc = createLayoutOne({
    honest: { title: 'Honest friend', lines: ['MOMENTS where a friend says it', 'WORDS that stay kind', 'TEARS that are allowed 😢'] },
    quiet: { title: 'Respect quiet', lines: ['SILENCE that someone asked for'] },
    bare: { title: 'Nothing yet', lines: [] }
  })
  addOldLine(doc, 'honest', 'BREATH before the answer', 1)
  writeFileSync(new URL('../shared/fixtures/layout-1.bin', import.meta.url), Y.encodeStateAsUpdate(doc))
}
