/**
 * From a message to the steward: the calls of shared/ipc.ts, parsed and routed, for every door alike.
 *
 * Invariants: a call that nobody knows and an argument that is not what the call takes are Problems of kind `bad-input`
 * and reach nothing; whatever is thrown inside becomes a Problem of kind `internal` that says nothing of our insides; the
 * answer never rejects.
 */
import { z } from 'zod'
import { callArguments, type CallArgument, type CallName, type CallResult } from '../../shared/ipc.ts'
import { describeIssue } from '../../shared/json.ts'
import { fail, type Result } from '../../shared/result.ts'

/** What a door needs of the steward: one method a call. */
export type Calls = {
  readonly [Name in CallName]: (argument: CallArgument<Name>) => CallResult<Name> | Promise<CallResult<Name>>
}

/** A call as a text frame or an IPC message carries it; `id` is the caller's, to tell the answers apart. */
export const CallMessage = z.strictObject({ id: z.number().int().min(0), name: z.string().max(100), argument: z.unknown() })

/** Parses the argument by the schema of `name` and asks the steward. */
export async function dispatch(steward: Calls, name: unknown, argument: unknown): Promise<Result<unknown>> {
  if (typeof name !== 'string' || !Object.hasOwn(callArguments, name)) {
    return fail('bad-input', 'the window asked for something that this version does not know', 'reload the window')
  }
  const call = name as CallName
  try {
    const parsed = callArguments[call].safeParse(argument)
    if (!parsed.success) return fail('bad-input', describeIssue(parsed.error), 'correct it and try again')
    return await (steward[call] as (argument: unknown) => Promise<Result<unknown>>)(parsed.data)
  } catch {
    return internalProblem()
  }
}

/** What a defect of ours looks like from outside. */
export function internalProblem(): Result<never> {
  return fail('internal', 'something went wrong inside Values Steward', 'try again; nothing that was saved is lost')
}
