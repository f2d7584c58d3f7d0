/**
 * Reading any one record of any root of the document, by the readers that the program itself reads with: what a peer's edit
 * touched has to stand up to them.
 */
import { isTable, rootNames, type RootName, type TableName } from '../layout.ts'
import { cardFrom, commitmentFrom, contextFrom, domainFrom, edgeFrom, mergeFrom, normFrom, noteFrom, rehearsalFrom, scenarioFrom, sessionFrom, trialFrom, type Read } from '../records.ts'
import { Version } from '../schema.ts'

const readers: { readonly [Name in TableName]: (key: string, value: unknown) => Read<unknown> } = {
  cards: cardFrom, contexts: contextFrom, edges: edgeFrom, norms: normFrom, commitments: commitmentFrom, scenarios: scenarioFrom,
  rehearsals: rehearsalFrom, domains: domainFrom, trials: trialFrom, sessions: sessionFrom, notes: noteFrom, merges: mergeFrom
}

/** What is wrong with the record in one sentence; null where it reads. */
export function problemOf(root: RootName, key: string, value: unknown): string | null {
  if (isTable(root)) {
    const read = readers[root](key, value)
    return read.item === null ? (read.problems.at(-1) ?? 'a record cannot be read') : null
  }
  if (root !== 'versions') return null
  const [, id] = key.split('|')
  const read = typeof value === 'object' && value !== null && Version.safeParse({ ...value, id }).success
  return read ? null : 'a version cannot be read'
}

export function asRootName(name: string): RootName | null {
  return (rootNames as readonly string[]).includes(name) ? (name as RootName) : null
}
