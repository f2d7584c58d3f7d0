/**
 * Reading any one record of any root of the document, by the readers that the program itself reads with: what a peer's edit
 * touched has to stand up to them.
 */
import { isTable, rootNames, type RootName, type TableName } from '../../document/layout.ts'
import { cardFrom, commitmentFrom, contextFrom, domainFrom, edgeFrom, mergeFrom, normFrom, noteFrom, rehearsalFrom, scenarioFrom, sessionFrom, trialFrom, type Read } from '../../document/records.ts'
import { Version } from '../../schema.ts'

const readers: { readonly [Name in TableName]: (key: string, value: unknown) => Read<unknown> } = {
  cards: cardFrom, contexts: contextFrom, edges: edgeFrom, norms: normFrom, commitments: commitmentFrom, scenarios: scenarioFrom,
  rehearsals: rehearsalFrom, domains: domainFrom, trials: trialFrom, sessions: sessionFrom, notes: noteFrom, merges: mergeFrom
}

/* Two devices can bring these about by honest merging: a text too long is shown cut, a list too long without its end. */
const byMerging = /(?:characters came together|there may be \d+ at most)$/u

/** What is wrong with the record, a sentence each; nothing where it reads, or where merging alone can have made it so. */
export function problemsOf(root: RootName, key: string, value: unknown): readonly string[] {
  if (isTable(root)) return readers[root](key, value).problems.filter((problem) => !byMerging.test(problem))
  if (root !== 'versions') return []
  const [, id] = key.split('|')
  const read = typeof value === 'object' && value !== null && Version.safeParse({ ...value, id }).success
  return read ? [] : ['a version cannot be read']
}

export function asRootName(name: string): RootName | null {
  return (rootNames as readonly string[]).includes(name) ? (name as RootName) : null
}
