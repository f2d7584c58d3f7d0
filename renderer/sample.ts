/** The sample: three values of an invented person, two priorities and two situations, for the sandbox alone. */
import type * as Y from 'yjs'
import { addCard, setStatus } from '../shared/commands/card.ts'
import { addContext } from '../shared/commands/context.ts'
import type { Maker } from '../shared/commands/edit.ts'
import { setPriority } from '../shared/commands/priority.ts'
import { addScenario } from '../shared/commands/scenario.ts'
import type { Result } from '../shared/result.ts'

export function fillSample(doc: Y.Doc, { now, newId }: Maker): void {
  /* One after the other, as written by hand: lists and the map show them in this order. */
  let made = 0
  const maker = (): Maker => ({ now: now + (made += 1), newId })
  const grieving = must(addContext(doc, 'when someone I love is grieving', maker()))
  const friends = must(addContext(doc, 'when a friend needs me', maker()))
  const work = must(addContext(doc, 'when I have promised work', maker()))
  const card = (title: string, contexts: readonly (typeof grieving)[], policies: readonly string[], story: string) => {
    const id = must(addCard(doc, { title, contexts, policies, story, kind: 'constitutive' }, maker()))
    must(setStatus(doc, id, 'endorsed', maker()))
    return id
  }
  const quiet = card('Respecting quiet', [friends, grieving], [
    'SIGNS that somebody wants to be left in peace',
    'QUESTIONS that I can keep to myself'
  ], 'I let my neighbour tell me about his illness when he was ready, and not before.')
  const word = card('Keeping my word', [work], [
    'PROMISES that others have planned around',
    'REPORTS and work delivered on the day I said'
  ], 'I finished the translation on a Sunday because the printer was waiting on Monday.')
  const there = card('Being there', [grieving, friends], [
    'FRIENDS who should not have to sit alone with their grief',
    'EVENINGS I can spend beside somebody, saying little'
  ], 'When my aunt died I drove six hours to sit in my cousin’s kitchen. We hardly spoke. I would do it again.')
  must(setPriority(doc, { from: word, to: there, context: grieving, reallyAbout: 'Not letting people down', confused: 'A deadline can be moved. A funeral cannot.' }, maker()))
  must(setPriority(doc, { from: quiet, to: there, context: grieving, reallyAbout: 'Not adding to what somebody has to carry' }, maker()))
  must(addScenario(doc, {
    domain: 'friendship', mode: 'theory', source: 'yours',
    situation: 'A friend has not answered for a week. You hear that she lost her job.',
    options: ['Go round and sit with her, so that she is not alone', 'Leave her in peace until she writes']
  }, maker()))
  must(addScenario(doc, {
    domain: 'friendship', mode: 'theory', source: 'yours',
    situation: 'Your friend’s father died last night. She wrote that she is fine. You have promised a report for tomorrow noon, and she lives an hour away.',
    options: ['Drive over and sit with her this evening, though the report will be late', 'Stay home and finish the report on time, as you promised', 'Leave her in peace, and ring at the weekend']
  }, maker()))
}

function must<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}
