/**
 * The parts of life that rehearsals count for: called otherwise, counted as one, declared. Answers keep the name that they
 * were given under; what it counts for now is looked up (`domainOf`), so that nothing is rewritten, whatever was answered
 * meanwhile on another device, and taking it back brings everything back.
 */
import type * as Y from 'yjs'
import { readDocument } from '../document/document.ts'
import { quoted } from '../json.ts'
import { newMap, recordMap } from '../document/layout.ts'
import { Domain, domainKey, domainOf } from '../rehearsal.ts'
import { fail, ok, type Result } from '../result.ts'
import { addRecord, check, edit, setField, type Maker } from './edit.ts'

/** What the person says of a domain before they look: what is not given stays as it is. */
export type Declaration = Partial<Pick<Domain, 'threshold' | 'expected' | 'edge' | 'plan'>>

/** Another name for it; refused where another domain is called so. */
export function renameDomain(doc: Y.Doc, name: string, to: string): Result<void> {
  return edit(doc, () => {
    const { domains } = readDocument(doc)
    const standing = domainOf(domains, name)
    const wanted = domainKey(to)
    const other = Object.values(domains).find((domain) => domain.into === null && domain.key !== standing.key && domainKey(domain.name) === wanted)
    const isTaken = other !== undefined || (wanted !== standing.key && domainOf(domains, to).key === wanted && Object.hasOwn(domains, wanted))
    if (isTaken) return fail('conflict', `there is a domain ${quoted(to.trim())} already`, 'let the two count as one, or choose another name')
    const written = write(doc, standing, { name: to.trim() })
    /* What comes under the new name from now on counts for the same. */
    return written.ok && wanted !== standing.key ? write(doc, { key: wanted, name: to }, { into: standing.key }) : written
  })
}

/** From now on `from` counts as `into`. */
export function mergeDomains(doc: Y.Doc, from: string, into: string): Result<void> {
  return edit(doc, () => {
    const { domains } = readDocument(doc)
    const [one, other] = [domainOf(domains, from), domainOf(domains, into)]
    if (one.key === other.key) return fail('bad-input', `${quoted(from.trim())} and ${quoted(into.trim())} count as one already`, 'choose another one')
    const kept = write(doc, other, {})
    return kept.ok ? write(doc, one, { into: other.key }) : kept
  })
}

/** It counts by itself again. */
export function unmergeDomain(doc: Y.Doc, key: string): Result<void> {
  return edit(doc, () => {
    const record = recordMap(doc, 'domains', key)
    if (record === null || typeof record.get('into') !== 'string') return fail('conflict', `${quoted(key)} counts by itself`, 'nothing more is needed')
    record.set('into', null)
    return ok(undefined)
  })
}

/** What would be enough to let an agent act there, what the person expects, where it ends, and when they will look. */
export function declareDomain(doc: Y.Doc, name: string, declaration: Declaration, maker: Maker): Result<void> {
  return edit(doc, () => {
    const { domains } = readDocument(doc)
    const standing = domainOf(domains, name)
    const before = Object.hasOwn(domains, standing.key) ? domains[standing.key] : undefined
    /* Counted from where the plan was made; saying something else of it does not begin anew. */
    const isNewPlan = declaration.plan !== undefined && JSON.stringify(declaration.plan) !== JSON.stringify(before?.plan ?? null)
    /* A plan of a time that is still to come, since the clock was set back, would wait for it in vain. */
    const isAhead = (before?.declaredAt ?? 0) > maker.now
    return write(doc, standing, { ...declaration, declaredAt: isNewPlan || isAhead || before === undefined ? maker.now : before.declaredAt })
  })
}

function write(doc: Y.Doc, { key, name }: Pick<Domain, 'key' | 'name'>, changes: Partial<Domain>): Result<void> {
  const record = recordMap(doc, 'domains', key)
  const before = { name: name.trim(), into: null, threshold: null, expected: null, edge: '', plan: null, declaredAt: null, ...(record?.toJSON() as object | undefined) }
  const read = check(Domain, { ...before, ...changes, key })
  if (!read.ok) return read
  const { key: _key, ...fields } = read.value
  if (record === null) {
    const added = addRecord(doc, 'domains', key, newMap(fields))
    return added.ok ? ok(undefined) : added
  }
  for (const [field, value] of Object.entries(fields)) setField(record, field, value)
  return ok(undefined)
}
