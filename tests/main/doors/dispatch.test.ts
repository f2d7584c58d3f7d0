import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { dispatch, type Calls } from '../../../main/doors/dispatch.ts'
import { fail, ok } from '../../../shared/result.ts'
import { everyCall } from '../../support/calls.ts'

/** Notes what it was asked; `exportNative` throws as a defect would. */
function createCalls() {
  const asked = vi.fn()
  const calls = {
    ...everyCall(),
    status: () => (asked('status'), ok({ version: '1', home: 'h', storage: { kind: 'writable' }, model: { kind: 'loading' }, rules: '', empty: true })),
    preview: (argument) => (asked('preview', argument), fail('model', 'no model', 'wait')),
    planImport: (argument) => (asked('planImport', argument), ok({ added: 1, changed: 0, same: 0, lines: [] })),
    applyImport: async (argument) => (asked('applyImport', argument), ok({ added: 1, changed: 0, same: 0, lines: [] })),
    exportNative: () => {
      throw new Error('secret place in /home/somebody')
    }
  } satisfies Calls
  return { calls, asked }
}

const preview = { domain: '', mode: 'theory', situation: 'A friend asks.', options: ['Say it', 'Wait'] }

describe('dispatch', () => {
  it('hands a call with its parsed argument to the steward and its answer back', async () => {
    const { calls, asked } = createCalls()
    expect(await dispatch(calls, 'planImport', { name: 'a.json', text: '{}' })).toEqual(ok({ added: 1, changed: 0, same: 0, lines: [] }))
    expect(await dispatch(calls, 'preview', preview)).toMatchObject({ ok: false, error: { kind: 'model' } })
    expect(asked.mock.calls).toEqual([['planImport', { name: 'a.json', text: '{}' }], ['preview', preview]])
  })

  it.each(['', 'Status', 'close', 'connectWindow', '__proto__', 'constructor', 'toString', 7, null, undefined, ['status']])(
    'answers the unknown name %j with a Problem and reaches nothing',
    async (name) => {
      const { calls, asked } = createCalls()
      expect(await dispatch(calls, name, null)).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
      expect(asked).not.toHaveBeenCalled()
    }
  )

  it.each([
    ['status', {}],
    ['exportNative', undefined],
    ['preview', null],
    ['preview', { ...preview, options: ['one'] }],
    ['preview', { ...preview, options: ['same', 'same '] }],
    ['preview', { ...preview, extra: 1 }],
    ['preview', { ...preview, situation: '  ' }],
    ['preview', { ...preview, situation: 'half \ud800' }],
    ['preview', { ...preview, sandbox: { cards: [], contexts: [], edges: [], norms: [] } }],
    ['planImport', { name: '', text: '{}' }],
    ['applyImport', { name: 'a', text: 7 }]
  ])('answers %s with a wrong argument (case %#) with a Problem and reaches nothing', async (name, argument) => {
    const { calls, asked } = createCalls()
    const result = await dispatch(calls, name, argument)
    expect(result).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
    expect(asked).not.toHaveBeenCalled()
  })

  it('turns a throw inside into a Problem that says nothing of our insides', async () => {
    const result = await dispatch(createCalls().calls, 'exportNative', null)
    expect(result).toMatchObject({ ok: false, error: { kind: 'internal' } })
    expect(JSON.stringify(result)).not.toMatch(/secret|home|Error/u)
  })

  it('answers anything at all, and never rejects', async () => {
    const { calls } = createCalls()
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constantFrom('status', 'preview', 'planImport', 'applyImport'), fc.string()), fc.anything(), async (name, argument) => {
        const result = await dispatch(calls, name, argument)
        expect(typeof result.ok).toBe('boolean')
      })
    )
  })
})
