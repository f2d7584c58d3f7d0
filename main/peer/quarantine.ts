/** What was put aside, on the command line: what it would do, and what the person says to it. */
import { fail, ok, type Result } from '../../shared/result.ts'
import type { HeldView, Peers } from './circle/peers.ts'

/** One a line, with what it would do. */
export async function listQuarantine(peers: Pick<Peers, 'quarantine' | 'show'> | null, json: boolean): Promise<Result<string>> {
  const held = peers?.quarantine() ?? []
  if (held.length === 0) return ok(json ? '' : 'Nothing is put aside.\n')
  const each = await Promise.all(held.map(async (one) => {
    const shown = await peers?.show(one.key)
    return { ...one, lines: shown?.ok === true ? shown.value.lines : [] }
  }))
  return ok(each.map(({ key, device, name, why, canTake, lines }) => (json
    ? `${JSON.stringify({ key, device, name, reason: why, canTake, lines })}\n`
    : [`${key}  from ${name}: ${why}${canTake ? '' : '; it can only be dropped'}`, ...lines].join('\n  ').concat('\n'))).join(''))
}

/** Errors: `not-found`, `bad-input` (more than one key begins so), and those of `take` and `drop`. */
export async function settleHeld(peers: Pick<Peers, 'quarantine' | 'take' | 'drop'>, verdict: 'take' | 'drop', named: string, json: boolean): Promise<Result<string>> {
  const found = findHeld(peers.quarantine(), named)
  if (!found.ok) return found
  const { key, name } = found.value
  const done = verdict === 'take' ? await peers.take(key) : await peers.drop(key)
  if (!done.ok) return done
  if (json) return ok(`${JSON.stringify({ event: verdict === 'take' ? 'taken' : 'dropped', key })}\n`)
  return ok(verdict === 'take' ? `What ${name} sent is in your values now.\n` : `What ${name} sent is left out for good: what it would have taken away stays, on all your devices.\n`)
}

/** `named` is a key, or the beginning of one that no other shares. */
function findHeld(held: readonly HeldView[], named: string): Result<HeldView> {
  const found = held.filter(({ key }) => key === named || (named.length >= 4 && key.startsWith(named)))
  const [only] = found
  if (only === undefined) return fail('not-found', 'nothing of this name is put aside', 'see "steward quarantine list"')
  return found.length === 1 ? ok(only) : fail('bad-input', 'more than one thing that is put aside begins so', 'give its whole key, see "steward quarantine list"')
}
