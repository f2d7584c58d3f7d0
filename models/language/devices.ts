/**
 * What a local language model runs on: the fastest that this machine has, one after another until one works, the processor last.
 * What did not work is said in a sentence. A device that takes the whole process down is not tried again: model.ts starts the next
 * process cautious.
 */
import { readdirSync } from 'node:fs'
import { loadCausal, type Causal } from '../causal.ts'

/** As ONNX Runtime names them. */
export type Device = 'webgpu' | 'coreml' | 'dml' | 'cpu'

export interface Opened {
  readonly causal: Causal
  /** A sentence for each device that did not work. */
  readonly notes: readonly string[]
}

export interface Opening {
  readonly dtype?: string
  /** Only the processor. */
  readonly isCautious?: boolean
  readonly devices?: readonly Device[]
  /** Replaced in tests. */
  readonly load?: typeof loadCausal
}

/** Rejects only where the processor cannot run it either, or gets no numbers from it: it is another kind of model then. */
export async function openLanguageModel(folder: string, { dtype, isCautious = false, devices = devicesHere(), load = loadCausal }: Opening = {}): Promise<Opened> {
  const notes: string[] = isCautious && devices.some((device) => device !== 'cpu') ? ['A process ended with this model on another device, so it runs on the processor.'] : []
  for (const device of isCautious ? [] : devices.filter((each) => each !== 'cpu')) {
    try {
      const causal = await load(folder, { device, ...(dtype === undefined ? {} : { dtype }) })
      if (await works(causal)) return { causal, notes }
      notes.push(`${names[device]} was tried and gave no numbers.`)
      await causal.close()
    } catch (error) {
      notes.push(`${names[device]} was tried and did not work (${reasonOf(error)}).`)
    }
  }
  const causal = await load(folder, { device: 'cpu', ...(dtype === undefined ? {} : { dtype }) })
  try {
    if (await works(causal)) return { causal, notes }
  } catch (error) {
    await causal.close()
    throw error
  }
  await causal.close()
  throw new Error('it gives no numbers that mean anything')
}

/** The devices that ONNX Runtime has for this system and this machine has, the fastest first. */
export function devicesOf(platform: NodeJS.Platform, architecture: string, hasGraphics: boolean): readonly Device[] {
  switch (platform) {
    case 'darwin':
      /* Older Macs have graphics that are slower than their processor. */
      return architecture === 'arm64' ? ['webgpu', 'coreml', 'cpu'] : ['cpu']
    case 'win32':
      return ['webgpu', 'dml', 'cpu']
    case 'linux':
      return architecture === 'x64' && hasGraphics ? ['webgpu', 'cpu'] : ['cpu']
    default:
      return ['cpu']
  }
}

const names: Readonly<Record<Device, string>> = { webgpu: 'The graphics processor (WebGPU)', coreml: 'CoreML', dml: 'DirectML', cpu: 'The processor' }

function devicesHere(): readonly Device[] {
  return devicesOf(process.platform, process.arch, hasGraphics())
}

/** Linux: a card that programs may draw with. */
function hasGraphics(): boolean {
  try {
    return readdirSync('/dev/dri').some((name) => name.startsWith('render'))
  } catch {
    return false
  }
}

/** A driver that is not up to the model gives nothing, or no numbers. */
async function works(causal: Causal): Promise<boolean> {
  const tokens = causal.tokens('One, two, three')
  const rows = await causal.score(null, [{ tokens, at: [tokens.length - 1] }])
  const logits = rows.ok ? rows.value[0]?.[0] : undefined
  return logits !== undefined && logits.length > 0 && logits.every(Number.isFinite) && logits.some((value) => value !== logits[0])
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]?.slice(0, 120) ?? ''
}
