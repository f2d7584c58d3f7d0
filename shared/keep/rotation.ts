/**
 * Which snapshots stay: the newest of each of the last 24 hours, 30 days and 12 months in which one was taken, as far as there
 * is room for them. Pure: what is there is all that counts, and no clock is asked.
 *
 * "Newest" goes by the number that a snapshot was given when it was taken, never by its time: a clock that was set back, or
 * forward, drops nothing that was just taken. The newest one always stays; what stays once stays for as long as nothing is added.
 */

/** What is known of a snapshot without opening it. */
export interface SnapshotName {
  /** From 1, rising with each that is taken. */
  readonly number: number
  /** Milliseconds since 1970, by the clock of that moment. */
  readonly takenAt: number
  readonly bytes: number
}

export const rotation = { hours: 24, days: 30, months: 12 } as const

/** Bytes that all of them together may have; the newest one stays whatever its size. */
export const mostSnapshotBytes = 512 * 1024 * 1024

export interface RotationPlan<Snapshot> {
  readonly keep: readonly Snapshot[]
  readonly drop: readonly Snapshot[]
}

/** Both newest first. `most`: bytes that all together may have. */
export function planRotation<Snapshot extends SnapshotName>(snapshots: readonly Snapshot[], most: number = mostSnapshotBytes): RotationPlan<Snapshot> {
  const seen = { hours: new Set<string>(), days: new Set<string>(), months: new Set<string>() }
  const keep: Snapshot[] = []
  const drop: Snapshot[] = []
  let bytes = 0
  let isFull = false
  for (const snapshot of [...snapshots].sort((left, right) => right.number - left.number)) {
    const labels = labelsOf(snapshot.takenAt)
    const wanted = (['hours', 'days', 'months'] as const).filter((span) => seen[span].size < rotation[span] && !seen[span].has(labels[span]))
    isFull ||= keep.length > 0 && wanted.length > 0 && bytes + snapshot.bytes > most
    if (wanted.length === 0 || isFull) {
      drop.push(snapshot)
      continue
    }
    for (const span of wanted) seen[span].add(labels[span])
    bytes += snapshot.bytes
    keep.push(snapshot)
  }
  return { keep, drop }
}

/** In UTC, so that a journey changes nothing. */
function labelsOf(takenAt: number): { readonly hours: string; readonly days: string; readonly months: string } {
  const text = new Date(takenAt).toISOString()
  const end = text.indexOf('T')
  return { hours: text.slice(0, end + 3), days: text.slice(0, end), months: text.slice(0, end - 3) }
}
