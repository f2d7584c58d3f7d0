/** A steward that a door can be tried with: every call of the contract, answered alike; a test puts its own in their place. */
import type { Calls } from '../../main/doors/dispatch.ts'
import { callArguments, type CallName } from '../../shared/ipc.ts'
import { fail, type Result } from '../../shared/result.ts'

export function everyCall(answer: (name: CallName, argument: unknown) => Result<unknown> = (name) => fail('internal', `nothing answers ${name} here`, 'give it an answer')): Calls {
  const names = Object.keys(callArguments) as CallName[]
  return Object.fromEntries(names.map((name) => [name, (argument: unknown) => answer(name, argument)])) as unknown as Calls
}
