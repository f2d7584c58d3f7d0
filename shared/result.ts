/**
 * Expected failures are values. A function that can fail for a reason outside the program (a file, a person, a peer, a
 * model) returns a `Result`; a broken invariant throws.
 *
 * A `Problem` is a plain object, so that it survives structured clone, IPC, MCP and the command line alike.
 */

/** What went wrong, closed: the doors switch over it and the compiler names a missing case. */
export type ProblemKind =
  | 'bad-input' // the file, argument or message is not what was asked for
  | 'not-found' // a well-formed id of nothing that is here
  | 'conflict' // another process or another edit stands in the way
  | 'read-only' // this home may be read and not written (newer version, no permission)
  | 'storage' // the disk is full or failing
  | 'model' // the model is missing, broken, or gave up
  | 'cancelled' // the person asked for it
  | 'denied' // the caller may not do this
  | 'internal' // a defect of ours, caught at a door

export interface Problem {
  readonly kind: ProblemKind
  /** What happened, one sentence without a full stop at its end; never holds text of a stack trace. */
  readonly message: string
  /** What the person can do now, one clause without a full stop. */
  readonly remedy: string
}

export type Result<T, E = Problem> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E }

export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value }
}

export function fail(kind: ProblemKind, message: string, remedy: string): Result<never> {
  return { ok: false, error: { kind, message, remedy } }
}

/** `error: what happened; what to do`: the one line of every door that prints. */
export function problemLine(problem: Problem): string {
  return `error: ${problem.message}; ${problem.remedy}`
}
