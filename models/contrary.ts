/**
 * A line turned into its contrary where its form says how: "It's rude to …" and "It's polite to …", "should" and "should not",
 * "Do not …" and "…". The reader is asked for both, since it errs on them differently: what upholds a line violates its contrary.
 * Pure, English, by form alone; where the form says nothing there is no contrary.
 */

/** Words of praise with their opposites. Read from left to right and, for those on the right, back. */
const opposites: readonly (readonly [string, string])[] = [
  ['good', 'bad'], ['right', 'wrong'], ['polite', 'rude'], ['kind', 'unkind'], ['nice', 'mean'], ['considerate', 'inconsiderate'], ['thoughtful', 'thoughtless'], ['respectful', 'disrespectful'],
  ['responsible', 'irresponsible'], ['smart', 'stupid'], ['wise', 'unwise'], ['healthy', 'unhealthy'], ['helpful', 'unhelpful'], ['generous', 'selfish'], ['moral', 'immoral'], ['ethical', 'unethical'],
  ['safe', 'dangerous'], ['acceptable', 'unacceptable'], ['reasonable', 'unreasonable'], ['fair', 'unfair'], ['honest', 'dishonest'], ['admirable', 'shameful'], ['beneficial', 'harmful'],
  ['appropriate', 'inappropriate'], ['courteous', 'discourteous'], ['natural', 'unnatural'], ['better', 'worse'], ['best', 'worst'], ['encouraged', 'discouraged'], ['brave', 'cowardly'],
  ['legal', 'illegal'], ['loving', 'hurtful'], ['normal', 'weird'], ['great', 'terrible'], ['friendly', 'unfriendly'], ['mature', 'childish']
]
/** Words that have no opposite of their own, with what says the contrary. */
const praise = ['important', 'fine', 'understandable', 'expected', 'necessary', 'okay', 'ok', 'alright']
const blame = ['awful', 'horrible', 'gross', 'strange', 'disgusting', 'cruel', 'lazy', 'frowned upon', 'impolite', 'dumb', 'foolish']
/** "Not okay" forbids, and "okay" only allows: what is said to be not okay is good in the contrary. */
const permissions = new Set(['ok', 'okay', 'alright', 'fine', 'acceptable'])

const contraries: ReadonlyMap<string, string> = new Map([
  ...praise.map((word) => [word, 'wrong'] as const), ...blame.map((word) => [word, 'good'] as const),
  ...opposites.flatMap(([better, worse]) => [[better, worse], [worse, better]] as const)
])

const words = [...contraries.keys()].toSorted((left, right) => right.length - left.length).join('|')
const itIs = String.raw`(?:.*\b)?(?:it['’]?s|it is)`
const degree = String.raw`(?: (?:considered|always|very|really|pretty|so|just|generally|often|usually|a|an))*`
const denied = new RegExp(`^(${itIs}${degree}) (?:not|never)(${degree}) ([a-z]+)\\b(.*)$`, 'isu')
const judged = new RegExp(`^(${itIs}${degree}) (${words})\\b(.*)$`, 'isu')
const isNot = /^((?:.*\b)?(?:it|that) is)n['’]t\b(.*)$/isu
const shouldNot = /^(.*?\b(?:should|must|ought to))(?:n['’]t| not| never)\b(.*)$/isu
const should = /^(.*?\b(?:should|must|ought to))\b(?: always)?(.*)$/isu
const doNot = /^(?:do not|don['’]t|never) (.+)$/isu
const always = /^always (.+)$/isu
const iDoNot = /^(I) (?:do not|don['’]t|never) (.+)$/su
const notDoing = /^not (\w+ing\b.*)$/isu

/** Characters; what is longer says more than one thing. */
const longest = 300

/** null: nothing in the line's form says what its contrary would be. */
export function contraryOf(line: string): string | null {
  const text = line.trim()
  if (text.length > longest) return null
  let found: RegExpExecArray | null
  if ((found = denied.exec(text)) !== null) return `${part(found, 1)}${part(found, 2)} ${permissions.has(part(found, 3).toLowerCase()) ? 'good' : part(found, 3)}${part(found, 4)}`
  if ((found = isNot.exec(text)) !== null) return `${part(found, 1)}${part(found, 2)}`
  if ((found = judged.exec(text)) !== null) return `${part(found, 1)} ${contraries.get(part(found, 2).toLowerCase()) ?? ''}${part(found, 3)}`
  if ((found = shouldNot.exec(text)) !== null) return `${part(found, 1)}${part(found, 2)}`
  if ((found = should.exec(text)) !== null) return `${part(found, 1)} not${part(found, 2)}`
  if ((found = doNot.exec(text) ?? notDoing.exec(text)) !== null) return asBegun(text, part(found, 1))
  if ((found = always.exec(text)) !== null) return asBegun(text, `never ${part(found, 1)}`)
  if ((found = iDoNot.exec(text)) !== null) return `I ${part(found, 2)}`
  return null
}

function part(found: RegExpExecArray, at: number): string {
  return found[at] ?? ''
}

/** A capital where the line begins with one. */
function asBegun(line: string, contrary: string): string {
  const isCapital = line.charAt(0) !== line.charAt(0).toLowerCase()
  return isCapital ? `${contrary.charAt(0).toUpperCase()}${contrary.slice(1)}` : contrary
}
