/** A text as it was and as it is, in one: what is gone since is struck, what came since is underlined. */

export function Changed({ was, is }: { readonly was: string; readonly is: string }) {
  const [start, gone, came, end] = split(was, is)
  return (
    <span className="own">
      {start}
      {gone !== '' && <del>{gone}</del>}
      {came !== '' && <ins>{came}</ins>}
      {end}
    </span>
  )
}

/** Same beginning, what was, what is, same end; cut between words. */
function split(was: string, is: string): readonly [string, string, string, string] {
  const [old, now] = [was, is].map((text) => text.split(/(?<=\s)/u)) as [string[], string[]]
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1
  const part = (words: readonly string[]): string => words.slice(start, words.length - end).join('')
  return [old.slice(0, start).join(''), part(old), part(now), old.slice(old.length - end).join('')]
}
