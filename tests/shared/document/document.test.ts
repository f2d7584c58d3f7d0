import * as fc from 'fast-check'
import * as Y from 'yjs'
import { describe, expect, it, vi } from 'vitest'
import { editText, setCardContexts } from '../../../shared/commands/card.ts'
import { addContext } from '../../../shared/commands/context.ts'
import { saveVersion } from '../../../shared/commands/version.ts'
import { createDocument, createProjection, readCard, readContexts, readDocument, readGraph, readScenarios, readVersions } from '../../../shared/document/document.ts'
import { rootNames } from '../../../shared/document/layout.ts'
import type { CardId } from '../../../shared/schema.ts'
import { createMaker, createSample, perform, someCommand, valueOf } from '../../support/document.ts'

/** Anything that may stand in a document, nested; functions, since a Yjs type can stand in one place only. */
type Make = () => unknown
const oddKey = fc.constantFrom(
  '__proto__', 'constructor', 'toString', '', 'a', 'a|b', 'a|a|c', 'a|b|c', 'b', 'c', '1', 'title', 'story', 'obstacles', 'line:a', 'line:__proto__', 'line:', 'contexts', 'status', 'kind', 'author',
  'createdAt', 'updatedAt', 'text', 'within', 'synonymOf', 'order', 'reallyAbout', 'confused', 'mapping', 'layout', 'x'.repeat(300), '\u202e', '\ud800'
)
const oddValue: fc.Arbitrary<Make> = fc.letrec<{ value: Make }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, undefined, true, -1, 0, 1.5, Number.NaN, Infinity, 10n, '', 'a', 'draft', 'unclear', '\ud800', '\u0000', 'x'.repeat(30_000)).map((value): Make => () => value),
    fc.constantFrom<Make>(
      () => new Uint8Array([1]), () => ({ kind: 'you' }), () => ({ ['__proto__']: 1, kind: 'import' }), () => [[[]]], () => new Y.XmlText('a'), () => new Y.XmlElement('p'), () => new Y.XmlFragment(),
      () => new Y.XmlHook('h'), () => new Y.Doc(), () => new Y.Text('ok'), () => new Y.Text('\ud800'), () => ({ becomes: null, because: '' })
    ),
    fc.array(tie('value'), { maxLength: 3 }).map((items): Make => () => Y.Array.from(items.map((item) => item()).filter((item) => typeof item !== 'bigint' && item !== undefined) as never[])),
    fc.array(fc.tuple(oddKey, tie('value')), { maxLength: 12 }).map((entries): Make => () => new Y.Map(entries.map(([key, make]): [string, unknown] => [key, make()])))
  )
})).value

describe('readDocument', () => {
  it('never throws, and gives null-prototype records that survive JSON, whatever a document holds', () => {
    let leftOut = 0
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...rootNames), oddKey, oddValue), { maxLength: 12 }), (entries) => {
        const doc = createDocument(7)
        const projection = createProjection(doc)
        for (const [root, key, make] of entries) doc.getMap(root).set(key, make())
        const reading = readDocument(doc)
        leftOut += reading.problems.length
        for (const record of [...Object.values(reading.graph), reading.scenarios]) expect(Object.getPrototypeOf(record)).toBeNull()
        expect(JSON.parse(JSON.stringify(reading.graph))).toEqual(JSON.parse(JSON.stringify({ ...reading.graph })))
        for (const problem of reading.problems) expect(problem).not.toMatch(/[\u0000-\u001F\u202A-\u202E]/u)
        expect(projection.current()).toEqual(reading)
        expect(readVersions(doc)).toEqual(readVersions(doc))
        expect(({} as Record<string, unknown>)['kind']).toBeUndefined()
      }),
      { numRuns: 400 }
    )
    expect(leftOut).toBeGreaterThan(100)
  })

  it('reads on where a card of any single field is spoilt: that card alone is left out, with a sentence', () => {
    const spoilt: Make[] = [() => 3, () => null, () => new Y.Array(), () => new Y.XmlText(), () => new Y.Map(), () => ({})]
    const { doc, honest, quiet } = createSample()
    const start = Y.encodeStateAsUpdate(doc)
    for (const field of ['title', 'story', 'obstacles', 'contexts', 'status', 'kind', 'author', 'createdAt', 'updatedAt']) {
      for (const make of spoilt) {
        if (field === 'contexts' && make() instanceof Y.Map) continue
        if (field.endsWith('At') && typeof make() === 'number') continue
        const copy = createDocument(8)
        Y.applyUpdate(copy, start)
        ;(copy.getMap('cards').get(honest) as Y.Map<unknown>).set(field, make())
        const { graph, problems } = readDocument(copy)
        expect(Object.keys(graph.cards), field).toEqual([quiet])
        expect(problems[0]).toMatch(/^the card ".+" is left out: /u)
        // The priority on it goes with it, and says so.
        expect(problems[1]).toContain('is left out: a card of it is not here')
      }
    }
  })

  it('leaves out one spoilt line and keeps its card', () => {
    const { doc, honest } = createSample()
    const card = doc.getMap('cards').get(honest) as Y.Map<unknown>
    card.set('line:bad', new Y.Map([['text', 'no text type']]))
    card.set('line:__proto__', new Y.Map<unknown>([['text', new Y.Text('x')], ['author', { kind: 'you' }]]))
    const { graph, problems } = readDocument(doc)
    expect(graph.cards[honest]?.policies).toHaveLength(2)
    expect(problems).toEqual([
      'the card "Honest friend": a line is left out: id: a policy id must be 1 to 128 letters, digits, "_", ".", ":" or "-", starting with a letter or digit',
      'the card "Honest friend": a line is left out: text: a line must be text'
    ])
  })

  it('leaves out an edge from a card to itself, to a missing card, in a missing context, or under a key that is none', () => {
    const { doc, honest, quiet, grief, key } = createSample()
    const edge = (): Y.Map<unknown> => new Y.Map<unknown>([['reallyAbout', new Y.Text()], ['confused', new Y.Text()], ['story', new Y.Text()], ['mapping', new Y.Map()], ['createdAt', 1]])
    const keys = [`${honest}|${honest}|${grief}`, `${honest}|gone|${grief}`, `${honest}|${quiet}|gone`, `${honest}|${quiet}|${grief}|more`, '__proto__', `${honest}|${quiet}|${grief}`]
    for (const each of keys) doc.getMap('edges').set(each, edge())
    const { graph, problems } = readDocument(doc)
    expect(Object.keys(graph.edges).sort()).toEqual([key, `${honest}|${quiet}|${grief}`].sort())
    expect(problems).toHaveLength(5)
    expect(problems.join('\n')).toContain('a card cannot be wiser than itself')
    expect(problems.join('\n')).toContain('a card of it is not here')
    expect(problems.join('\n')).toContain('its context is not here')
  })

  it('takes the id from the key, never from inside the record', () => {
    const { doc, honest } = createSample()
    ;(doc.getMap('cards').get(honest) as Y.Map<unknown>).set('id', 'other')
    expect(readGraph(doc).cards[honest]?.id).toBe(honest)
    expect(Object.keys(readGraph(doc).cards)).not.toContain('other')
  })

  it('gives a line whose id stands in two cards to the smaller card id alone', () => {
    const { doc, honest, quiet } = createSample()
    const line = readGraph(doc).cards[honest]?.policies[0]
    ;(doc.getMap('cards').get(quiet) as Y.Map<unknown>).set(`line:${line?.id}`, new Y.Map<unknown>([['text', new Y.Text('stolen')], ['author', { kind: 'you' }], ['order', 'V']]))
    const [first, second] = [honest, quiet].toSorted() as [CardId, CardId]
    const { graph, problems } = readDocument(doc)
    expect(graph.cards[first]?.policies.some((policy) => policy.id === line?.id)).toBe(true)
    expect(graph.cards[second]?.policies.some((policy) => policy.id === line?.id)).toBe(false)
    expect(problems).toEqual([`the card "${graph.cards[second]?.title}" holds a line that belongs to another card: "${first === honest ? 'stolen' : line?.text}" is left out here`])
  })

  it('drops contexts that are not here from cards and nesting, and says so', () => {
    const { doc, honest, grief, work } = createSample()
    doc.getMap('contexts').delete(work)
    ;((doc.getMap('contexts').get(grief) as Y.Map<unknown>).get('within') as Y.Map<unknown>).set(work, 'V')
    const { graph, problems } = readDocument(doc)
    expect(graph.cards[honest]?.contexts).toEqual([grief])
    expect(graph.contexts[grief]?.within).toEqual([])
    expect(problems).toEqual(['the context "When someone I love is grieving" is part of one that is not here', 'the card "Honest friend" names a context that is not here'])
  })

  it('survives root names that were made something else', () => {
    const doc = new Y.Doc()
    doc.getArray('cards').push([1])
    doc.getText('versions')
    expect(readDocument(doc).graph.cards).toEqual({})
    expect(readVersions(doc)).toEqual([])
    const projection = createProjection(doc)
    expect(projection.current().problems).toEqual([])
  })

  it('gives equal bytes on replicas that integrated the same edits in another order', () => {
    const { doc } = createSample()
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    const maker = createMaker('o')
    for (const word of ['b', 'a', 'c']) valueOf(addContext(doc, word, maker))
    const other = createDocument(5)
    for (const update of [Y.encodeStateAsUpdate(doc), ...updates.toReversed()]) Y.applyUpdate(other, update)
    expect(JSON.stringify(readDocument(other))).toBe(JSON.stringify(readDocument(doc)))
  })

  it('agrees with its parts', () => {
    const { doc, honest } = createSample()
    perform(doc, { name: 'addScenario', a: 0, b: 0, c: 0, text: 'x' }, createMaker('p'))
    const reading = readDocument(doc)
    expect(Object.keys(reading.scenarios)).toHaveLength(1)
    expect(readScenarios(doc)).toEqual(reading.scenarios)
    expect(readContexts(doc)).toEqual(reading.graph.contexts)
    expect(readCard(doc, honest)).toEqual(reading.graph.cards[honest])
    expect(readCard(doc, 'none' as CardId)).toBeNull()
  })
})

describe('createProjection', () => {
  it('equals a fresh reading after every edit of any kind', () => {
    fc.assert(
      fc.property(fc.array(someCommand, { maxLength: 25 }), (commands) => {
        const { doc, maker } = createSample()
        const projection = createProjection(doc)
        projection.current()
        for (const command of commands) {
          perform(doc, command, maker)
          expect(projection.current()).toEqual(readDocument(doc))
          expect(JSON.stringify(projection.current())).toBe(JSON.stringify(readDocument(doc)))
        }
      }),
      { numRuns: 120 }
    )
  })

  it('follows what two devices or a hostile one break between records', () => {
    const { doc, maker, honest, quiet, grief, work } = createSample()
    const projection = createProjection(doc)
    const card = (id: CardId): Y.Map<unknown> => doc.getMap('cards').get(id) as Y.Map<unknown>
    const context = (id: string): Y.Map<unknown> => doc.getMap('contexts').get(id) as Y.Map<unknown>
    const line = readGraph(doc).cards[honest]?.policies[0]?.id
    let told = ''
    const steps: (() => unknown)[] = [
      () => (card(quiet).get('contexts') as Y.Map<unknown>).set('gone', 'W'),
      () => card(quiet).set(`line:${line}`, new Y.Map<unknown>([['text', new Y.Text('stolen')], ['author', { kind: 'you' }], ['order', 'V']])),
      () => valueOf(editText(doc, { kind: 'card', card: quiet, field: 'title' }, 'Another title', maker)),
      () => doc.getMap('contexts').delete(grief),
      () => valueOf(editText(doc, { kind: 'card', card: honest, field: 'title' }, 'Yet another', maker)),
      () => doc.getMap('contexts').set(grief, new Y.Map<unknown>([['text', new Y.Text('back')], ['within', new Y.Map([[work, 'V']])], ['synonymOf', null]])),
      () => context(grief).set('synonymOf', work)
    ]
    for (const step of steps) {
      projection.current()
      step()
      const reading = readDocument(doc)
      expect(projection.current()).toEqual(reading)
      expect(JSON.stringify(reading)).not.toBe(told)
      told = JSON.stringify(reading)
    }
    // A context inside its own synonym is inside nothing.
    expect(readGraph(doc).contexts[grief]).toMatchObject({ within: [], synonymOf: work })
  })

  it('keeps the identity of everything that an edit does not touch', () => {
    const { doc, maker, honest, quiet } = createSample()
    const projection = createProjection(doc)
    const before = projection.current()
    expect(projection.current()).toBe(before)
    valueOf(editText(doc, { kind: 'card', card: honest, field: 'title' }, 'Other', maker))
    const after = projection.current()
    expect(after).not.toBe(before)
    expect(after.graph.cards[honest]?.title).toBe('Other')
    expect(after.graph.cards[honest]?.policies).toBe(before.graph.cards[honest]?.policies)
    expect(after.graph.cards[quiet]).toBe(before.graph.cards[quiet])
    for (const part of ['contexts', 'edges', 'norms', 'commitments'] as const) expect(after.graph[part]).toBe(before.graph[part])
    expect(after.scenarios).toBe(before.scenarios)
    expect(after.problems).toBe(before.problems)
    const policy = after.graph.cards[honest]?.policies[1]?.id as never
    valueOf(editText(doc, { kind: 'policy', card: honest, policy }, 'changed', maker))
    expect(projection.current().graph.cards[honest]?.policies[0]).toBe(after.graph.cards[honest]?.policies[0])
    valueOf(addContext(doc, 'new', maker))
    expect(projection.current().graph.cards[quiet]).toBe(before.graph.cards[quiet])
    expect(projection.current().graph.edges).toBe(before.graph.edges)
  })

  it('calls a listener once a transaction that touched something it reads, and not after its end', () => {
    const { doc, maker, honest, grief } = createSample()
    const projection = createProjection(doc)
    const listener = vi.fn<() => void>()
    const other = vi.fn<() => void>()
    const end = projection.subscribe(listener)
    projection.subscribe(other)
    doc.transact(() => {
      valueOf(editText(doc, { kind: 'card', card: honest, field: 'title' }, 'Other', maker))
      valueOf(setCardContexts(doc, honest, [grief], maker))
    })
    expect(listener).toHaveBeenCalledTimes(1)
    doc.getMap('meta').set('note', 1)
    valueOf(saveVersion(doc, honest, maker))
    expect(listener).toHaveBeenCalledTimes(1)
    end()
    valueOf(editText(doc, { kind: 'card', card: honest, field: 'title' }, 'Third', maker))
    expect(listener).toHaveBeenCalledTimes(1)
    expect(other).toHaveBeenCalledTimes(2)
    projection.end()
    valueOf(editText(doc, { kind: 'card', card: honest, field: 'title' }, 'Fourth', maker))
    expect(other).toHaveBeenCalledTimes(2)
    expect(doc._observers.get('afterTransaction')?.size ?? 0).toBe(0)
  })

  it('lets a listener read the new state', () => {
    const { doc, maker, honest } = createSample()
    const projection = createProjection(doc)
    const seen: (string | undefined)[] = []
    projection.subscribe(() => seen.push(projection.current().graph.cards[honest]?.title))
    valueOf(editText(doc, { kind: 'card', card: honest, field: 'title' }, 'One', maker))
    valueOf(editText(doc, { kind: 'card', card: honest, field: 'title' }, 'Two', maker))
    expect(seen).toEqual(['One', 'Two'])
  })
})

describe('createDocument', () => {
  it('writes nothing, so that starting leaves no trace', () => {
    const doc = createDocument(3)
    expect(doc.clientID).toBe(3)
    expect(Y.encodeStateAsUpdate(doc)).toEqual(Y.encodeStateAsUpdate(new Y.Doc()))
    expect(createDocument().clientID).not.toBe(createDocument().clientID)
  })
})
