/**
 * Whose words these are. Every author here writes in an alphabet of their own, so that each character says whose it must be,
 * whatever was edited, merged, undone or restored in between.
 */
import * as fc from 'fast-check'
import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { allSpans, cardSpans, sharesOf, type Span } from '../../../shared/articulation/provenance.ts'
import { addCard, addPolicy, editText, movePolicy, removePolicy, setStatus } from '../../../shared/commands/card.ts'
import { mergeCards, separateCards } from '../../../shared/commands/merge.ts'
import { acceptLine } from '../../../shared/commands/proposal.ts'
import { restoreVersion, saveVersion } from '../../../shared/commands/version.ts'
import { decide } from '../../../shared/decision/decide.ts'
import { createDocument, createUndo, readDocument, readGraph, readVersions } from '../../../shared/document/document.ts'
import { inForce } from '../../../shared/decision/priority.ts'
import type { Author, Card, CardId, Evidence, PolicyId } from '../../../shared/schema.ts'
import { createMaker, createReplicas, deliver, deliverAll, lineOf, valueOf, type Replica } from '../../support/document.ts'
import { plainCalibration } from '../../support/given.ts'

const import1: Author = { kind: 'import', source: 'one.json', confirmedAt: null }
const import2: Author = { kind: 'import', source: 'two.json', confirmedAt: 7 }
const model: Author = { kind: 'model', name: 'm', acceptedAt: null }
const alphabets: readonly (readonly [RegExp, string])[] = [[/[a-z ]/u, 'you'], [/[A-Z]/u, 'one.json'], [/[α-ω]/u, 'two.json'], [/[0-9]/u, 'm']]

function nameOf(author: Author): string {
  return author.kind === 'you' ? 'you' : author.kind === 'model' ? author.name : author.source
}

function isProposed({ author }: { readonly author: Author }): boolean {
  return author.kind === 'model' && author.acceptedAt === null
}

/** Each character's author by its alphabet, and by its span. */
function compare(doc: Y.Doc): readonly (readonly [by: string, is: string])[] {
  return Object.values(readGraph(doc).cards).flatMap((card) => {
    const spans = cardSpans(doc, card.id)
    if (spans === null) throw new Error('no spans')
    const texts = [[card.title, spans.title], [card.story, spans.story], ...card.policies.map((line) => [line.text, spans.lines.find((one) => one.line === line.id)?.spans ?? []])] as unknown as readonly (readonly [string, readonly Span[]])[]
    return texts.flatMap(([text, own]) => {
      const names = own.flatMap(({ length, author }) => Array.from({ length }, () => nameOf(author)))
      expect(names).toHaveLength(text.length)
      return Array.from(text).map((letter, at) => [alphabets.find(([letters]) => letters.test(letter))?.[1] ?? '?', names[at] ?? 'none'] as const)
    })
  })
}

function begin(): Y.Doc {
  const doc = createDocument(99)
  const maker = createMaker('s')
  valueOf(addCard(doc, { title: 'IMPORTED', story: 'STORY OF OTHERS'.replaceAll(' ', ''), policies: ['MOMENTS', 'SIGNS'], author: import1 }, maker))
  valueOf(addCard(doc, { title: 'αβγ', policies: ['δεζηθ'], author: import2 }, maker))
  valueOf(addCard(doc, { title: 'my own', story: 'told by me', policies: ['what i look at'] }, maker))
  return doc
}

type Step = { readonly kind: (typeof kinds)[number]; readonly who: number; readonly a: number; readonly b: number; readonly c: number; readonly words: string }
const kinds = ['type', 'type', 'type', 'type', 'cut', 'cut', 'line', 'propose', 'propose', 'accept', 'accept', 'remove', 'move', 'undo', 'undo', 'undo', 'redo', 'redo', 'redo', 'redo', 'save', 'restore', 'restore', 'merge', 'merge', 'merge', 'separate', 'separate', 'separate', 'endorse', 'deliver', 'deliver'] as const
const someStep: fc.Arbitrary<Step> = fc.record({ kind: fc.constantFrom(...kinds), who: fc.nat(1), a: fc.nat(30), b: fc.nat(30), c: fc.nat(30), words: fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), minLength: 1, maxLength: 5 }) })

/** What was done, by kind, so that the run is known not to be empty. */
const done = new Map<string, number>()

function take(replica: Replica, undo: Y.UndoManager, step: Step): void {
  const { doc, maker } = replica
  const cards = Object.values(readGraph(doc).cards)
  const card = cards[step.a % cards.length] as Card
  const other = cards[step.b % cards.length] as Card
  const line = card.policies[step.b % Math.max(1, card.policies.length)]
  const place = (text: string): number => step.c % (text.length + 1)
  const write = (change: (text: string) => string): unknown => {
    const field = step.b % 3
    if (field === 0 && line !== undefined) return editText(doc, { kind: 'policy', card: card.id, policy: line.id }, change(line.text), maker)
    return editText(doc, { kind: 'card', card: card.id, field: field === 1 ? 'title' : 'story' }, change(field === 1 ? card.title : card.story), maker)
  }
  const result = ((): unknown => {
    switch (step.kind) {
      case 'type':
        return write((text) => text.slice(0, place(text)) + step.words + text.slice(place(text)))
      case 'cut':
        return write((text) => text.slice(0, place(text)) + text.slice(place(text) + 1 + (step.a % 5)))
      case 'line':
        return addPolicy(doc, card.id, step.words, maker, step.c % 4)
      case 'propose':
        return addPolicy(doc, card.id, '0123456789'.slice(0, 1 + (step.c % 9)), maker, 0, model)
      case 'accept': {
        const owner = cards.find(({ policies }) => policies.some(isProposed))
        const proposed = owner?.policies.find(isProposed)
        const target = owner?.policies.find(({ id }) => id !== proposed?.id)
        return owner === undefined || proposed === undefined ? null : acceptLine(doc, owner.id, proposed.id, maker, step.c % 2 === 0 ? undefined : target?.id)
      }
      case 'remove':
        return line === undefined || card.policies.length < 2 ? null : removePolicy(doc, card.id, line.id, maker)
      case 'move':
        return line === undefined ? null : movePolicy(doc, card.id, line.id, step.c % 4, maker)
      case 'undo':
        return undo.undo()
      case 'redo':
        return undo.redo()
      case 'save':
        return saveVersion(doc, card.id, maker)
      case 'restore': {
        const versions = readVersions(doc, card.id)
        const version = versions[step.c % Math.max(1, versions.length)]
        return version === undefined ? null : restoreVersion(doc, card.id, version.id, maker)
      }
      case 'merge':
        return mergeCards(doc, card.id, other.id, card.policies.map(({ id }) => id).slice(0, 1 + (step.c % 2)), maker)
      case 'separate': {
        const merged = Object.keys(readDocument(doc).merges) as CardId[]
        return separateCards(doc, merged[step.a % Math.max(1, merged.length)] ?? card.id, maker)
      }
      case 'endorse':
        return setStatus(doc, card.id, 'endorsed', maker)
      case 'deliver':
        /* In the order in which they were made, as every channel of the app hands them over. */
        return deliver(replica, 0)
    }
  })()
  if (typeof result === 'object' && result !== null && (!('ok' in result) || result.ok === true)) done.set(step.kind, (done.get(step.kind) ?? 0) + 1)
}

describe('every character', () => {
  it('stays whose it is through edits, acceptance, moves, undo, redo, restored versions, merged cards and two devices', () => {
    const start = Y.encodeStateAsUpdate(begin())
    let foreign = 0
    fc.assert(
      fc.property(fc.array(someStep, { minLength: 20, maxLength: 60 }), fc.nat(7), (steps, order) => {
        const replicas = createReplicas(2, start)
        const undos = replicas.map((replica) => createUndo(replica.doc, 0))
        for (const step of steps) take(replicas[step.who] as Replica, undos[step.who] as Y.UndoManager, step)
        deliverAll(replicas, order)
        for (const { doc } of replicas) {
          const pairs = compare(doc)
          foreign += pairs.filter(([by]) => by !== 'you').length
          expect(pairs.filter(([by, is]) => by !== is)).toEqual([])
        }
      }),
      { numRuns: 200 }
    )
    expect(foreign).toBeGreaterThan(2_000)
    for (const kind of ['type', 'cut', 'accept', 'undo', 'redo', 'restore', 'merge', 'separate']) expect(done.get(kind) ?? 0, kind).toBeGreaterThan(3)
  }, 240_000)

  it('goes out with the undo that brings it back, in one update, so that nobody merges it for the person’s own in between', () => {
    const doc = begin()
    const undo = createUndo(doc, 0)
    const [card] = Object.values(readGraph(doc).cards) as [Card]
    valueOf(editText(doc, { kind: 'card', card: card.id, field: 'title' }, 'PORTED', createMaker('e')))
    const other = createDocument(7)
    Y.applyUpdate(other, Y.encodeStateAsUpdate(doc))
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    for (const [way, title] of [['undo', 'IMPORTED'], ['redo', 'PORTED'], ['undo', 'IMPORTED']] as const) {
      undo[way]()
      expect(updates).toHaveLength(1)
      for (const update of updates.splice(0)) Y.applyUpdate(other, update)
      expect(readGraph(other).cards[card.id]?.title).toBe(title)
      expect(compare(other).filter(([by, is]) => by !== is)).toEqual([])
    }
  })

  it('that was planted in a transcript is found again: span F1 of 0.95 or more, by file and by model', () => {
    let [hit, said, planted] = [0, 0, 0]
    let edits = 0
    for (let seed = 1; seed <= 30; seed += 1) {
      const { doc, truth } = plant(seed)
      edits += truth.edits
      for (const [field, marks] of truth.fields) {
        const spans = cardSpans(doc, truth.card)
        const own = field === 'story' ? spans?.story : spans?.lines.find(({ line }) => line === field)?.spans
        const found = rangesOf(own ?? [])
        const wanted = rangesOf(marks)
        hit += found.filter((one) => wanted.includes(one)).length
        said += found.length
        planted += wanted.length
      }
    }
    const f1 = (2 * hit) / (said + planted)
    expect(planted).toBeGreaterThan(100)
    expect(edits).toBeGreaterThan(800)
    expect(f1).toBeGreaterThanOrEqual(0.95)
  })

  it('stays its author’s between two places that are mended in one step', () => {
    const doc = createDocument(4)
    const maker = createMaker('p')
    const card = valueOf(addCard(doc, { title: 'Company', policies: ['when people sit alone at night'], author: import1 }, maker))
    const policy = readGraph(doc).cards[card]?.policies[0]?.id as PolicyId
    valueOf(editText(doc, { kind: 'policy', card, policy }, 'When old people sit alone at night, waiting', maker))
    expect(cardSpans(doc, card)?.lines[0]?.spans.map(({ length, author }) => [length, nameOf(author)])).toEqual([[8, 'you'], [26, 'one.json'], [9, 'you']])
  })

  it('is told in shares, the person first, one source once', () => {
    const [own, file] = [{ kind: 'you' }, import1] as const satisfies readonly Author[]
    const shares = sharesOf([{ length: 3, author: file }, { length: 70, author: own }, { length: 15, author: { ...import1, confirmedAt: 9 } }, { length: 12, author: own }])
    expect(shares.map(({ author, characters, share }) => [author.kind, characters, share])).toEqual([['you', 82, 0.82], ['import', 18, 0.18]])
    expect(sharesOf([])).toEqual([])
  })
})

describe('what a model proposed', () => {
  const situation = { domain: '', mode: 'theory' as const, situation: 'She asks.', options: ['Tell her', 'Be silent'] }

  it('is in force in no way before it is accepted, and is then, with the day on which it was', () => {
    const doc = createDocument(1)
    const maker = createMaker('m')
    const id = valueOf(addCard(doc, { title: 'Truth', policies: ['MOMENTS when a friend asks me'] }, maker))
    valueOf(setStatus(doc, id, 'endorsed', maker))
    const proposed = valueOf(addPolicy(doc, id, 'WORDS that a model wrote', maker, undefined, model))
    const graph = inForce(readGraph(doc), 10)
    const evidence = (support: number): Evidence => ({
      model: { name: 'x', sha256: '0'.repeat(64) }, relevance: { [id]: 1 }, contexts: {}, norms: {},
      support: Object.fromEntries((graph.cards[id]?.policies ?? []).map((line) => [line.id, line.id === proposed ? [support, -support] : [0.3, -0.3]]))
    })
    const decided = [-1, 0, 1].map((support) => decide(graph, situation, evidence(support), plainCalibration))
    expect(new Set(decided.map(({ outcome, probabilities }) => JSON.stringify([outcome, probabilities]))).size).toBe(1)
    expect(decided[0]?.certificate.derived.arguments.some(({ policy }) => policy === proposed)).toBe(false)
    valueOf(acceptLine(doc, id, proposed, maker))
    const after = inForce(readGraph(doc), 10)
    expect(after.cards[id]?.policies[1]?.author).toMatchObject({ kind: 'model', name: 'm', acceptedAt: expect.any(Number) as number })
    const [against, with_] = [-1, 1].map((support) => decide(after, situation, evidence(support), plainCalibration))
    expect(against?.probabilities).not.toEqual(with_?.probabilities)
    expect(allSpans(cardSpans(doc, id) ?? { title: [], story: [], obstacles: [], lines: [] }).some(({ author }) => author.kind === 'model' && author.acceptedAt === null)).toBe(false)
    expect(lineOf(acceptLine(doc, id, readGraph(doc).cards[id]?.policies[0]?.id as never, maker))).toContain('your own already')
  })
})

/** A card as after an elicitation: sentences of the person's, of a file's and a model's, planted in turn and then edited. */
function plant(seed: number): { readonly doc: Y.Doc; readonly truth: { readonly card: CardId; readonly edits: number; readonly fields: readonly (readonly [string, readonly Span[]])[] } } {
  let state = seed * 2_654_435_761
  const below = (most: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0
    return state % most
  }
  const words = 'when my friend says nothing I look at her hands and wait for the thing that she would rather not tell anybody here'.split(' ')
  const sentence = (): string => Array.from({ length: 3 + below(9) }, () => words[below(words.length)]).join(' ')
  const doc = createDocument(seed)
  const maker = createMaker(`p${seed}-`)
  const card = valueOf(addCard(doc, { title: 'a', story: '', policies: [sentence()], author: { kind: 'you' } }, maker))
  const author = (): Author => [{ kind: 'you' }, import2, { kind: 'model', name: 'writer', acceptedAt: 5 }][below(3)] as Author
  const marks = new Map<string, Author[]>()
  const textOf = (field: string): string => (field === 'story' ? readGraph(doc).cards[card]?.story : readGraph(doc).cards[card]?.policies.find(({ id }) => id === field)?.text) ?? ''
  const first = readGraph(doc).cards[card]?.policies[0]?.id as PolicyId
  marks.set(first, Array.from(textOf(first), (): Author => ({ kind: 'you' })))
  const second = valueOf(addPolicy(doc, card, sentence(), maker, undefined, import2))
  marks.set(second, Array.from(textOf(second), () => import2))
  marks.set('story', [])
  let edits = 0
  const splice = (field: string, at: number, length: number, insert: string, by: Author): void => {
    const old = textOf(field)
    const next = old.slice(0, at) + insert + old.slice(at + length)
    const fieldMarks = marks.get(field) ?? []
    /* The truth follows the same difference that an editor sees: what stays at both ends stays whose it was. */
    let start = 0
    while (start < old.length && start < next.length && old[start] === next[start]) start += 1
    let end = 0
    while (end < old.length - start && end < next.length - start && old.at(-1 - end) === next.at(-1 - end)) end += 1
    marks.set(field, [...fieldMarks.slice(0, start), ...Array.from({ length: next.length - start - end }, () => by), ...fieldMarks.slice(fieldMarks.length - end)])
    if (by.kind === 'you') valueOf(editText(doc, field === 'story' ? { kind: 'card', card, field: 'story' } : { kind: 'policy', card, policy: field as PolicyId }, next, maker))
    else {
      const proposed = valueOf(addPolicy(doc, card, next, maker, undefined, by))
      const target = field as PolicyId
      valueOf(acceptLine(doc, card, proposed, maker, target))
    }
    edits += 1
  }
  for (let step = 0; step < 30; step += 1) {
    const field = [first, second, 'story'][below(3)] as string
    const length = textOf(field).length
    const by = field === 'story' ? ({ kind: 'you' } as const) : author()
    const at = below(length + 1)
    splice(field, at, below(3) === 0 ? Math.min(length - at, below(8)) : 0, ` ${sentence()} `, by)
  }
  const spans = (list: readonly Author[]): readonly Span[] => list.map((one) => ({ length: 1, author: one }))
  return { doc, truth: { card, edits, fields: [...marks].map(([field, list]) => [field, spans(list)] as const) } }
}

/** Spans that are not the person's, as `from-to-author`. */
function rangesOf(spans: readonly Span[]): readonly string[] {
  const ranges: string[] = []
  let at = 0
  let open: { from: number; name: string } | null = null
  for (const { length, author } of spans) {
    const name = nameOf(author)
    if (open !== null && open.name !== name) {
      if (open.name !== 'you') ranges.push(`${open.from}-${at}-${open.name}`)
      open = null
    }
    open ??= { from: at, name }
    at += length
  }
  if (open !== null && open.name !== 'you') ranges.push(`${open.from}-${at}-${open.name}`)
  return ranges
}
