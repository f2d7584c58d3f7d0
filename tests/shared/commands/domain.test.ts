import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { declareDomain, mergeDomains, renameDomain, unmergeDomain } from '../../../shared/commands/domain.ts'
import { beginRehearsal } from '../../../shared/commands/rehearsal.ts'
import { readDocument } from '../../../shared/document/document.ts'
import { writeNative } from '../../../shared/file/native.ts'
import { planImport } from '../../../shared/file/plan.ts'
import { readUpdate } from '../../../shared/peer/gate/update.ts'
import { domainOf } from '../../../shared/rehearsal.ts'
import type { ScenarioId } from '../../../shared/schema.ts'
import { createReplicas, createSample, deliverAll, lineOf, valueOf } from '../../support/document.ts'

function withAnswers(...domains: readonly string[]) {
  const sample = createSample()
  for (const domain of domains) {
    valueOf(beginRehearsal(sample.doc, {
      scenario: { id: 'one' as ScenarioId, domain, mode: 'theory', situation: 'What now?', options: ['this', 'that'] }, pack: null, shown: 'cards', own: { kind: 'ask' }, forecast: { kind: 'skipped' }
    }, sample.maker))
  }
  return sample
}

/** How many answers count for each domain now. */
function counts(doc: Y.Doc): Readonly<Record<string, number>> {
  const { domains, rehearsals } = readDocument(doc)
  const found = Object.create(null) as Record<string, number>
  for (const { domain } of Object.values(rehearsals)) {
    const { name } = domainOf(domains, domain)
    found[name] = (found[name] ?? 0) + 1
  }
  return found
}

describe('a domain with answers in it', () => {
  it('counts the same under its new name, for old answers and for new ones under either name', () => {
    const { doc } = withAnswers('mail', 'Mail', 'work')
    valueOf(renameDomain(doc, 'mail', 'Letters'))
    expect(counts(doc)).toEqual({ Letters: 2, work: 1 })
    expect(domainOf(readDocument(doc).domains, 'letters')).toEqual({ key: 'mail', name: 'Letters' })
    valueOf(renameDomain(doc, 'Letters', 'Post'))
    expect(counts(doc)).toEqual({ Post: 2, work: 1 })
    expect(domainOf(readDocument(doc).domains, 'Letters').name).toBe('Post')
  })

  it.each(['Prototype', 'constructor', '__proto__'])('may be called %s, and still goes to other devices and into files', (name) => {
    const { doc, maker } = withAnswers(name, 'mail')
    valueOf(declareDomain(doc, name, { threshold: 0.9 }, maker))
    valueOf(mergeDomains(doc, 'mail', name))
    expect(counts(doc)).toEqual({ [name]: 2 })
    expect(readUpdate(Y.encodeStateAsUpdate(doc), true)).not.toBeNull()
    expect(planImport(createSample(7).doc, writeNative(doc), 'a file').ok).toBe(true)
  })

  it('counts as another one after a merge, and by itself again when that is taken back; no answer is rewritten', () => {
    const { doc } = withAnswers('mail', 'mail', 'calendar')
    const before = JSON.stringify(readDocument(doc).rehearsals)
    valueOf(mergeDomains(doc, 'mail', 'calendar'))
    expect(counts(doc)).toEqual({ calendar: 3 })
    expect(lineOf(mergeDomains(doc, 'calendar', 'mail'))).toContain('count as one already')
    valueOf(unmergeDomain(doc, 'mail'))
    expect(counts(doc)).toEqual({ mail: 2, calendar: 1 })
    expect(JSON.stringify(readDocument(doc).rehearsals)).toBe(before)
    expect(lineOf(unmergeDomain(doc, 'mail'))).toContain('counts by itself')
  })

  it('cannot take the name of another: that would be a merge nobody asked for', () => {
    const { doc } = withAnswers('mail', 'calendar')
    valueOf(renameDomain(doc, 'calendar', 'Time'))
    expect(lineOf(renameDomain(doc, 'mail', 'time'))).toContain('there is a domain "time" already')
    expect(lineOf(renameDomain(doc, 'mail', ' '))).toContain('is empty')
  })

  it('renamed on one device and merged on another keeps every answer, the same on both', () => {
    const { doc } = withAnswers('mail', 'mail', 'calendar')
    const [one, other] = createReplicas(2, Y.encodeStateAsUpdate(doc)) as [ReturnType<typeof createReplicas>[0], ReturnType<typeof createReplicas>[0]]
    valueOf(renameDomain(one.doc, 'mail', 'Letters'))
    valueOf(mergeDomains(other.doc, 'mail', 'calendar'))
    deliverAll([one, other])
    expect(counts(one.doc)).toEqual(counts(other.doc))
    expect(Object.values(counts(one.doc)).reduce((sum, count) => sum + count, 0)).toBe(3)
  })

  it('merged in a circle by two devices counts as one of them', () => {
    const { doc } = withAnswers('mail', 'calendar')
    const [one, other] = createReplicas(2, Y.encodeStateAsUpdate(doc)) as [ReturnType<typeof createReplicas>[0], ReturnType<typeof createReplicas>[0]]
    valueOf(mergeDomains(one.doc, 'mail', 'calendar'))
    valueOf(mergeDomains(other.doc, 'calendar', 'mail'))
    deliverAll([one, other])
    expect(counts(one.doc)).toEqual(counts(other.doc))
    expect(Object.values(counts(one.doc))).toEqual([2])
  })

  it('keeps what was declared of it', () => {
    const { doc, maker } = withAnswers('mail')
    valueOf(declareDomain(doc, 'Mail', { threshold: 0.8, expected: 0.9, edge: 'not if it is about money', plan: { kind: 'sequence' } }, maker))
    valueOf(renameDomain(doc, 'mail', 'Letters'))
    expect(readDocument(doc).domains['mail']).toMatchObject({ name: 'Letters', threshold: 0.8, edge: 'not if it is about money' })
    const since = readDocument(doc).domains['mail']?.declaredAt
    valueOf(declareDomain(doc, 'letters', { threshold: 0.7, plan: { kind: 'sequence' } }, maker))
    expect(readDocument(doc).domains['mail']).toMatchObject({ threshold: 0.7, declaredAt: since })
    valueOf(declareDomain(doc, 'letters', { plan: { kind: 'fixed', answers: 20 } }, maker))
    expect(readDocument(doc).domains['mail']?.declaredAt).toBeGreaterThan(since ?? 0)
    expect(lineOf(declareDomain(doc, 'mail', { threshold: 3 }, maker))).toContain('threshold')
  })

  it('a plan that was made while the clock stood a year ahead begins when it is kept again', () => {
    const { doc, maker } = withAnswers('mail')
    const plan = { plan: { kind: 'fixed', answers: 20 } } as const
    const now = 1_800_000_000_000
    valueOf(declareDomain(doc, 'mail', plan, { ...maker, now: now + 365 * 86_400_000 }))
    for (const later of [0, 5]) valueOf(declareDomain(doc, 'mail', plan, { ...maker, now: now + later }))
    expect(readDocument(doc).domains['mail']).toMatchObject({ ...plan, declaredAt: now })
  })
})
