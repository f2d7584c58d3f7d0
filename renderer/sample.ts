/** The sample: three values of an invented person, two priorities and one situation, for the sandbox alone. */
import type * as Y from 'yjs'
import { addCard, setStatus } from '../shared/commands/card.ts'
import { addContext } from '../shared/commands/context.ts'
import type { Maker } from '../shared/commands/edit.ts'
import { setPriority } from '../shared/commands/priority.ts'
import { addScenario } from '../shared/commands/scenario.ts'
import type { Result } from '../shared/result.ts'

export function fillSample(doc: Y.Doc, maker: Maker): void {
  const grieving = must(addContext(doc, 'when someone I love is grieving', maker))
  const friends = must(addContext(doc, 'when a friend needs me', maker))
  const work = must(addContext(doc, 'when I have promised work', maker))
  const card = (title: string, contexts: readonly (typeof grieving)[], policies: readonly string[], story: string) => {
    const id = must(addCard(doc, { title, contexts, policies, story }, maker))
    must(setStatus(doc, id, 'endorsed', maker))
    return id
  }
  const there = card('Being there', [grieving, friends], [
    'MOMENTS when somebody would rather not be alone',
    'WORDS that I can only say in person',
    'TIME that I give without looking at the clock'
  ], 'When my aunt died I drove six hours to sit in my cousin’s kitchen. We hardly spoke. I would do it again.')
  const word = card('Keeping my word', [work], [
    'PROMISES that others have planned around',
    'the EARLIEST moment at which I can say that I will be late'
  ], 'I finished the translation on a Sunday because the printer was waiting on Monday.')
  const quiet = card('Respecting quiet', [friends, grieving], [
    'SIGNS that someone wants to be left in peace',
    'QUESTIONS I can keep to myself'
  ], 'I let my neighbour tell me about his illness when he was ready, and not before.')
  must(setPriority(doc, { from: word, to: there, context: grieving, reallyAbout: 'Not letting people down', confused: 'A deadline can be moved. A funeral cannot.' }, maker))
  must(setPriority(doc, { from: quiet, to: there, context: grieving }, maker))
  must(addScenario(doc, {
    domain: 'friendship', mode: 'theory', source: 'yours',
    situation: 'Your friend’s father died last night. She wrote that she is fine and not to worry. You have promised a report for tomorrow noon, and you could drive over this evening.',
    options: ['Drive over and sit with her this evening, and tell the office that the report will be late', 'Finish the report, and send her a warm message', 'Leave her in peace, and ring at the weekend']
  }, maker))
}

function must<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}
