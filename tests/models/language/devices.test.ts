/** Which device a local language model is tried on, and what happens where it does not work. */
import { expect, it } from 'vitest'
import type { Causal } from '../../../models/causal.ts'
import { devicesOf, openLanguageModel, type Device } from '../../../models/language/devices.ts'
import { ok } from '../../../shared/result.ts'

/** A model that gives these logits, and notes that it was closed. */
function played(device: string, logits: readonly number[], closed: string[]): Causal {
  return {
    config: {}, file: 'model_q4.onnx', device, isPlain: true, window: 2_048, specials: [], count: 0,
    tokens: () => [1, 2], text: () => '', chatText: () => null, read: () => Promise.reject(new Error('not here')),
    score: () => Promise.resolve(ok([[Float32Array.from(logits)]])),
    close: () => Promise.resolve(void closed.push(device))
  }
}

function loading(works: Partial<Record<Device, readonly number[] | 'fails'>>, closed: string[] = []) {
  const tried: string[] = []
  const load = (_: string, { device = 'cpu' }: { readonly device?: string } = {}): Promise<Causal> => {
    tried.push(device)
    const given = works[device as Device] ?? 'fails'
    return given === 'fails' ? Promise.reject(new Error(`no ${device} here`)) : Promise.resolve(played(device, given, closed))
  }
  return { load, tried }
}

it('each system has its devices, the processor last', () => {
  expect(devicesOf('darwin', 'arm64', false)).toEqual(['webgpu', 'coreml', 'cpu'])
  expect(devicesOf('darwin', 'x64', false)).toEqual(['cpu'])
  expect(devicesOf('win32', 'x64', false)).toEqual(['webgpu', 'dml', 'cpu'])
  expect(devicesOf('linux', 'x64', true)).toEqual(['webgpu', 'cpu'])
  for (const [architecture, hasGraphics] of [['x64', false], ['arm64', true]] as const) expect(devicesOf('linux', architecture, hasGraphics)).toEqual(['cpu'])
  expect(devicesOf('freebsd', 'x64', true)).toEqual(['cpu'])
})

it('the first that works is taken', async () => {
  const { load, tried } = loading({ webgpu: [1, 2], cpu: [1, 2] })
  expect(await openLanguageModel('x', { devices: ['webgpu', 'dml', 'cpu'], load })).toMatchObject({ causal: { device: 'webgpu' }, notes: [] })
  expect(tried).toEqual(['webgpu'])
})

it('what cannot be loaded, or gives no numbers, is closed and said, and the processor takes over', async () => {
  const closed: string[] = []
  const { load, tried } = loading({ dml: [NaN, 1], cpu: [1, 2] }, closed)
  const { causal, notes } = await openLanguageModel('x', { devices: ['webgpu', 'dml', 'cpu'], load })
  expect(causal.device).toBe('cpu')
  expect(tried).toEqual(['webgpu', 'dml', 'cpu'])
  expect(closed).toEqual(['dml'])
  expect(notes).toEqual(['The graphics processor (WebGPU) was tried and did not work (no webgpu here).', 'DirectML was tried and gave no numbers.'])
})

it('after a process ended, only the processor is tried, and that is said', async () => {
  const { load, tried } = loading({ webgpu: [1, 2], cpu: [1, 2] })
  const { notes } = await openLanguageModel('x', { devices: ['webgpu', 'cpu'], isCautious: true, load })
  expect(tried).toEqual(['cpu'])
  expect(notes).toHaveLength(1)
})

it('a model that the processor cannot run either is an error', async () => {
  await expect(openLanguageModel('x', { devices: ['cpu'], load: loading({}).load })).rejects.toThrow('no cpu here')
})

it.each([['one and the same number', [1, 1]], ['no numbers', [NaN, 1]], ['nothing', []]] as const)('one that gives %s on the processor is an error, and closed', async (_, logits) => {
  const closed: string[] = []
  await expect(openLanguageModel('x', { devices: ['cpu'], load: loading({ cpu: logits }, closed).load })).rejects.toThrow('no numbers that mean anything')
  expect(closed).toEqual(['cpu'])
})
