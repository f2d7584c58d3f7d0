import { describe, expect, it } from 'vitest'
import { addScenario, addScenarios, editScenario, removeScenario } from '../../../shared/commands/scenario.ts'
import { createUndo, readScenarios } from '../../../shared/document/document.ts'
import type { ScenarioId } from '../../../shared/schema.ts'
import { createSample, lineOf, valueOf } from '../../support/document.ts'

const scenario = { domain: 'friends', mode: 'theory', source: 'yours', situation: 'She asks how she did.', options: ['Say it', 'Wait'] }  as const
const fresh = () => ({ ...scenario, options: [...scenario.options] })

describe('situations', () => {
  it('are added, edited and removed', () => {
    const { doc, maker } = createSample()
    const id = valueOf(addScenario(doc, fresh(), { ...maker, now: 3 }))
    expect(readScenarios(doc)[id]).toEqual({ id, ...scenario, createdAt: 3 })
    valueOf(editScenario(doc, id, { options: ['Say it', 'Wait', 'Ask first'], domain: 'work' }))
    expect(readScenarios(doc)[id]).toEqual({ id, ...scenario, createdAt: 3, domain: 'work', options: ['Say it', 'Wait', 'Ask first'] })
    valueOf(removeScenario(doc, id))
    expect(readScenarios(doc)).toEqual({})
    expect(lineOf(removeScenario(doc, id))).toContain('there is no situation')
    expect(lineOf(editScenario(doc, 'gone' as ScenarioId, {}))).toContain('there is no situation "gone"')
  })

  it('several are added in one step that one undo takes back, or none of them', () => {
    const { doc, maker } = createSample()
    const undo = createUndo(doc)
    const three = ['One.', 'Two.', 'Three.'].map((situation) => ({ ...fresh(), situation }))
    const ids = valueOf(addScenarios(doc, three, maker))
    expect(ids.map((id) => readScenarios(doc)[id]?.situation)).toEqual(['One.', 'Two.', 'Three.'])
    undo.undo()
    expect(readScenarios(doc)).toEqual({})
    expect(undo.undoStack).toHaveLength(0)
    expect(lineOf(addScenarios(doc, [...three, { ...fresh(), options: ['Say it'] }], maker))).toContain('a situation needs at least 2 options')
    expect(lineOf(addScenarios(doc, Array.from({ length: 20_001 }, fresh), maker))).toContain('there is room for 20,000 more of these, and there are 20,001')
    expect(readScenarios(doc)).toEqual({})
  })

  it.each([
    [{ options: ['Say it'] }, 'options: a situation needs at least 2 options'],
    [{ options: Array.from({ length: 7 }, (_, index) => `${index}`) }, 'options: a situation has at most 6 options'],
    [{ options: ['Say it', ' Say it '] }, 'options: two options are the same'],
    [{ options: ['Say it', ' '] }, 'options[1]: an option is empty'],
    [{ situation: '' }, 'situation: the situation is empty'],
    [{ mode: 'both' as 'theory' }, 'mode: must be one of "theory", "action"']
  ])('refuses %j, new and edited', (changes, message) => {
    const { doc, maker } = createSample()
    expect(lineOf(addScenario(doc, { ...fresh(), ...changes }, maker))).toContain(message)
    const id = valueOf(addScenario(doc, fresh(), maker))
    expect(lineOf(editScenario(doc, id, changes))).toContain(message)
    expect(readScenarios(doc)[id]).toMatchObject(scenario)
  })
})
