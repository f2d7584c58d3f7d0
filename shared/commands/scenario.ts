/**
 * Edits of situations to rehearse. A situation is a record of plain fields, its options one of them, so that two devices can
 * never leave it with one option or with two that are the same.
 */
import type * as Y from 'yjs'
import { rootMap } from '../document/layout.ts'
import { fail, ok, type Result } from '../result.ts'
import { limits, Scenario, type ScenarioId } from '../schema.ts'
import { addRecord, check, edit, findRecord, type Maker } from './edit.ts'
import { plainMap, writePlain } from './norm.ts'

export function addScenario(doc: Y.Doc, scenario: Omit<Scenario, 'id' | 'createdAt'>, maker: Maker): Result<ScenarioId> {
  return edit(doc, () => {
    const read = check(Scenario, { ...scenario, id: maker.newId(), createdAt: maker.now })
    return read.ok ? addRecord(doc, 'scenarios', read.value.id, plainMap(read.value)) : read
  })
}

/** All of them or none, in one step; gives their ids in order. */
export function addScenarios(doc: Y.Doc, scenarios: readonly Omit<Scenario, 'id' | 'createdAt'>[], maker: Maker): Result<readonly ScenarioId[]> {
  return edit(doc, () => {
    const read = scenarios.map((scenario) => check(Scenario, { ...scenario, id: maker.newId(), createdAt: maker.now }))
    const bad = read.find((one) => !one.ok)
    if (bad !== undefined && !bad.ok) return bad
    const room = limits.cards - (rootMap(doc, 'scenarios')?.size ?? 0)
    if (scenarios.length > room) return fail('bad-input', `there is room for ${room.toLocaleString('en')} more of these, and there are ${scenarios.length.toLocaleString('en')}`, 'forget some first')
    const ids: ScenarioId[] = []
    for (const one of read) {
      const added = one.ok ? addRecord(doc, 'scenarios', one.value.id, plainMap(one.value)) : one
      if (!added.ok) return added
      ids.push(added.value)
    }
    return ok(ids)
  })
}

export function editScenario(doc: Y.Doc, id: ScenarioId, changes: Partial<Omit<Scenario, 'id' | 'createdAt'>>): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'scenarios', id)
    if (!found.ok) return found
    const read = check(Scenario, { ...(found.value.toJSON() as object), ...changes, id })
    if (read.ok) writePlain(found.value, read.value)
    return read.ok ? ok(undefined) : read
  })
}

export function removeScenario(doc: Y.Doc, id: ScenarioId): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'scenarios', id)
    if (found.ok) rootMap(doc, 'scenarios')?.delete(id)
    return found.ok ? ok(undefined) : found
  })
}
