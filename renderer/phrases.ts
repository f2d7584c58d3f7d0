/**
 * Phrases of a person's own story in which something may have been attended to: whole clauses, word for word, never made up.
 * They are offered as lines to keep, mend or drop.
 */

/** At most `most` clauses of `story`, in its order: between full stops, commas and joining words, of four to thirty words. */
export function phrasesIn(story: string, most = 6): readonly string[] {
  const clauses = story
    .split(/[.!?;:\n]+|,\s|\s(?:because|since|so that|although|but)\s|\s[–—-]\s/giu)
    .map((clause) => clause.trim().replace(/^(?:and|so|then|but)\s+/iu, '').replace(/["“”]/gu, ''))
    .filter((clause) => {
      const words = clause.split(/\s+/u).length
      return words >= 4 && words <= 30
    })
  return [...new Set(clauses)].slice(0, most)
}
