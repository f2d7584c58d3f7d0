/** A text as it was and as it is, in one: what is gone since is struck, what came since is underlined; word by word. */

export function Changed({ was, is }: { readonly was: string; readonly is: string }) {
  return (
    <span className="own" dir="auto">
      {differenceOf(was, is).map(({ kind, text }, at) => (kind === 'gone' ? <del key={at}>{text}</del> : kind === 'come' ? <ins key={at}>{text}</ins> : <span key={at}>{text}</span>))}
    </span>
  )
}

interface Stretch {
  readonly kind: 'same' | 'gone' | 'come'
  readonly text: string
}

/** Pairs of words that are compared at most; longer texts are told by what both begin and end with. */
const mostPairs = 250_000

/** Joined without what is gone it reads `is`, without what came `was`; cut between words, with as many of them kept as can be. */
export function differenceOf(was: string, is: string): readonly Stretch[] {
  const [old, now] = [was, is].map((text) => text.split(/(?<=\s)/u)) as [string[], string[]]
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1
  const stretches: Stretch[] = [{ kind: 'same', text: old.slice(0, start).join('') }]
  stretches.push(...between(old.slice(start, old.length - end), now.slice(start, now.length - end)))
  stretches.push({ kind: 'same', text: old.slice(old.length - end).join('') })
  return joined(stretches)
}

/** By the longest common subsequence of words. */
function between(old: readonly string[], now: readonly string[]): readonly Stretch[] {
  if (old.length * now.length > mostPairs) return [{ kind: 'gone', text: old.join('') }, { kind: 'come', text: now.join('') }]
  const width = now.length + 1
  const kept = new Uint32Array((old.length + 1) * width)
  for (let at = old.length - 1; at >= 0; at -= 1) for (let to = now.length - 1; to >= 0; to -= 1) {
    kept[at * width + to] = old[at] === now[to] ? (kept[(at + 1) * width + to + 1] ?? 0) + 1 : Math.max(kept[(at + 1) * width + to] ?? 0, kept[at * width + to + 1] ?? 0)
  }
  const stretches: Stretch[] = []
  let [at, to] = [0, 0]
  while (at < old.length || to < now.length) {
    if (at < old.length && to < now.length && old[at] === now[to]) {
      stretches.push({ kind: 'same', text: old[at] ?? '' })
      at += 1
      to += 1
    } else if (at < old.length && (to >= now.length || (kept[(at + 1) * width + to] ?? 0) >= (kept[at * width + to + 1] ?? 0))) stretches.push({ kind: 'gone', text: old[at++] ?? '' })
    else stretches.push({ kind: 'come', text: now[to++] ?? '' })
  }
  return stretches
}

/** Neighbours of a kind are one; between two that are kept, what is gone stands before what came. */
function joined(stretches: readonly Stretch[]): readonly Stretch[] {
  const found: Stretch[] = []
  let [gone, come] = ['', '']
  const settle = (): void => {
    if (gone !== '') found.push({ kind: 'gone', text: gone })
    if (come !== '') found.push({ kind: 'come', text: come })
    ;[gone, come] = ['', '']
  }
  for (const { kind, text } of stretches) {
    if (text === '') continue
    if (kind === 'gone') gone += text
    else if (kind === 'come') come += text
    else {
      settle()
      const last = found.at(-1)
      if (last?.kind === 'same') found[found.length - 1] = { kind, text: last.text + text }
      else found.push({ kind, text })
    }
  }
  settle()
  return found
}
