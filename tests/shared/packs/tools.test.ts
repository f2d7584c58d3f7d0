import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkCall, emptyWorld, logWords, runCalls, toolNames, type Call, type ToolName, type World } from '../../../shared/packs/tools.ts'

const world: World = {
  ...emptyWorld, mail: [{ id: 'm1', what: 'the letter of the school' }], events: [{ id: 'e1', what: 'the dinner on Friday' }], orders: [{ id: 'o1', what: 'two chairs' }],
  posts: [{ id: 'p1', what: 'the photograph of the class' }], requests: [{ id: 'r1', what: 'the change to the login page' }], files: [{ id: 'f1', what: 'the will' }]
}
const good: Readonly<Record<ToolName, Record<string, unknown>>> = {
  'mail.send': { to: 'Ana', text: 'Yes.' }, 'mail.reply': { message: 'm1', text: 'Yes.' }, 'mail.forward': { message: 'm1', to: 'Ana' }, 'mail.archive': { message: 'm1' }, 'mail.delete': { message: 'm1' },
  'calendar.create': { title: 'Walk', when: 'Sunday at ten' }, 'calendar.move': { event: 'e1', to: 'Saturday', note: 'she is ill' }, 'calendar.accept': { event: 'e1' }, 'calendar.decline': { event: 'e1' },
  'shop.buy': { item: 'a kettle', from: 'the corner shop', amount: 29.5, currency: 'EUR' }, 'shop.cancel': { order: 'o1' }, 'bank.pay': { to: 'Ana', amount: 1200, currency: 'USD', reference: 'the rent' },
  'negotiate.offer': { to: 'the landlord', terms: '900 a month' }, 'negotiate.accept': { from: 'the landlord', terms: '950 a month' }, 'negotiate.decline': { to: 'the landlord' },
  'post.publish': { where: 'the village forum', text: 'Come!' }, 'post.remove': { post: 'p1' }, 'post.report': { post: 'p1', reason: 'a child can be seen' },
  'code.commit': { repository: 'site', change: 'a test for the login' }, 'code.merge': { request: 'r1' }, 'code.comment': { request: 'r1', text: 'Why?' }, 'code.revert': { request: 'r1' }, 'code.close': { request: 'r1' },
  'files.move': { file: 'f1', to: 'the safe' }, 'files.delete': { file: 'f1' }, 'files.share': { file: 'f1', with: 'the notary' }, 'files.write': { file: 'note.txt', text: 'Thursday' },
  'owner.ask': { question: 'Shall I?' }, 'agent.wait': { until: 'Monday' }
}
const call = (tool: ToolName, changes: Record<string, unknown> = {}): Call => ({ tool, arguments: { ...good[tool], ...changes } })

describe('the stubs', () => {
  it.each(toolNames)('%s does one thing and says it in one sentence', (tool) => {
    const { log } = runCalls([call(tool)], world)
    expect(log).toEqual([{ tool, ok: true, effect: expect.stringMatching(/^[A-Z][^\n]+[.!?”]$/u) }])
    expect(checkCall(call(tool), world)).toBeNull()
  })

  it.each(toolNames)('%s refuses arguments that it does not know or lacks, and changes nothing then', (tool) => {
    for (const wrong of [{ ...call(tool), arguments: {} }, call(tool, { extra: 1 }), { ...call(tool), arguments: Object.fromEntries(Object.keys(good[tool]).map((key) => [key, ['x']])) }]) {
      const run = runCalls([wrong], world)
      expect(run.log[0]).toMatchObject({ ok: false, effect: expect.stringContaining(`Tries ${tool}, which fails: `) })
      expect(run.world).toEqual(world)
    }
  })

  it('say what is gone when it is looked for again', () => {
    const { log } = runCalls([call('mail.archive'), call('mail.reply')], world)
    expect(logWords(log)).toBe('Puts the letter of the school away unanswered. Tries mail.reply, which fails: there is no m1.')
  })

  it('tell apart what is done with a word and without', () => {
    expect(logWords(runCalls([call('calendar.decline')], world).log)).toBe('Declines the dinner on Friday without a word.')
    expect(logWords(runCalls([call('calendar.decline', { note: 'I am ill' })], world).log)).toBe('Declines the dinner on Friday, saying “I am ill”.')
    expect(logWords([])).toBe('Nothing is done.')
  })

  it('never throw, never reach the world they were given, and are the same every time', () => {
    const someCall = fc.record({ tool: fc.constantFrom(...toolNames), arguments: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.constant(null)) }).map(({ tool, arguments: odd }): Call => (odd === null ? call(tool) : { tool, arguments: odd }))
    const before = JSON.stringify(world)
    fc.assert(
      fc.property(fc.array(someCall, { maxLength: 8 }), (calls) => {
        const run = runCalls(calls, world)
        expect(run).toEqual(runCalls(calls, world))
        expect(run.log).toHaveLength(calls.length)
        expect(JSON.stringify(world)).toBe(before)
      })
    )
  })
})
