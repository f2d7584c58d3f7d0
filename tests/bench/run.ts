/**
 * `npm run --silent bench [-- NAME…]`: measures, and prints one JSON object a line. Each bench measures ours and a reference
 * in the same run; `ratio` is ours divided by the reference. Progress goes to standard error.
 */
import { parseArgs } from 'node:util'
import { benchAnswers } from './answers.ts'
import { benchDevices } from './devices.ts'
import { benchHome } from './home.ts'
import { benchLanguage } from './language.ts'
import { benchMap } from './map.ts'
import { benchMemory } from './memory.ts'
import { benchModel } from './model.ts'
import { benchPeer } from './peer.ts'
import { benchResponsive } from './responsive.ts'
import { benchStart } from './start.ts'
import { keepTestKeys } from '../support/keys.ts'
import { benchTrust } from './trust.ts'

export interface Measurement {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly reference: number
  readonly reference_name: string
  readonly ratio: number
}

const benches: Readonly<Record<string, () => Promise<readonly Measurement[]>>> = { answers: benchAnswers, devices: benchDevices, home: benchHome, language: benchLanguage, map: benchMap, memory: benchMemory, model: benchModel, peer: benchPeer, responsive: benchResponsive, start: benchStart, trust: benchTrust }

keepTestKeys()
process.exitCode = await runBenches(process.argv.slice(2))

async function runBenches(argv: readonly string[]): Promise<number> {
  const names = readNames(argv)
  if (names === null) {
    process.stderr.write(`error: the benchmarks are ${Object.keys(benches).join(', ')}; name some of them, or none for all\n`)
    return 2
  }
  for (const name of names) {
    process.stderr.write(`${name} …\n`)
    for (const measurement of (await benches[name]?.()) ?? []) process.stdout.write(`${JSON.stringify(measurement)}\n`)
  }
  return 0
}

/** The benches that were named, all of them where none was; null where a name is no bench’s. */
function readNames(argv: readonly string[]): readonly string[] | null {
  try {
    const { positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: {} })
    if (positionals.some((name) => !Object.hasOwn(benches, name))) return null
    return positionals.length === 0 ? Object.keys(benches) : positionals
  } catch {
    return null
  }
}
