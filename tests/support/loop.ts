/**
 * Preloaded into a host (NODE_OPTIONS=--import) by a bench: notes how long the main thread lets wait whoever comes, and writes the
 * moments of its ticks to STEWARD_LOOP at SIGUSR2, beginning anew. Does nothing in the model's process, or in a thread.
 */
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/** Milliseconds between two ticks; browsers allow no fewer. */
export const tick = 4

const file = process.env['STEWARD_LOOP']
if (isMainThread && file !== undefined && process.argv[1]?.endsWith('host.ts') === true) {
  let ticks: number[] = []
  const note = (): void => {
    ticks.push(performance.now())
    setTimeout(note, tick).unref()
  }
  note()
  process.on('SIGUSR2', () => {
    writeFileSync(file, JSON.stringify(ticks))
    ticks = []
  })
}

/**
 * How long each of those waited who came at every `tick` between the first of these moments and the last. Who comes while a thread is
 * busy waits until its end: one long step counts once for everybody whom it held up, not once in all.
 */
export function waitsOf(ticks: readonly number[]): readonly number[] {
  const waits: number[] = []
  for (const [at, time] of ticks.entries()) {
    const before = ticks[at - 1]
    if (before === undefined) continue
    waits.push(Math.max(0, time - before - tick))
    for (let wait = time - before - 2 * tick; wait > 0; wait -= tick) waits.push(wait)
  }
  return waits
}
