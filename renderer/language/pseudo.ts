/**
 * Languages that nobody speaks, made from English for developers: `en-XA` shows what does not go through language/ (it has no
 * brackets) and what has no room (it is 40 % longer), `en-XB` how everything looks from right to left.
 */

const accents: Readonly<Record<string, string>> = {
  a: 'á', b: 'ƀ', c: 'ç', d: 'ð', e: 'é', f: 'ƒ', g: 'ĝ', h: 'ĥ', i: 'í', j: 'ĵ', k: 'ķ', l: 'ļ', m: 'ɱ', n: 'ñ', o: 'ó', p: 'þ', q: 'ɋ', r: 'ŕ', s: 'š', t: 'ţ', u: 'ú', v: 'ṽ', w: 'ŵ', x: 'ẋ', y: 'ý', z: 'ž',
  A: 'Á', B: 'Ɓ', C: 'Ç', D: 'Ð', E: 'É', F: 'Ƒ', G: 'Ĝ', H: 'Ĥ', I: 'Í', J: 'Ĵ', K: 'Ķ', L: 'Ļ', M: 'Ṁ', N: 'Ñ', O: 'Ó', P: 'Þ', Q: 'Ɋ', R: 'Ŕ', S: 'Š', T: 'Ţ', U: 'Ú', V: 'Ṽ', W: 'Ŵ', X: 'Ẋ', Y: 'Ý', Z: 'Ž'
}

/** By code: how an English sentence reads in it. What is filled in stays as it is. */
export const pseudoLanguages: Readonly<Record<string, (sentence: string) => string>> = { 'en-XA': lengthened, 'en-XB': mirrored }

/** With accents, in brackets, its vowels doubled, and filled up to 40 % more. */
export function lengthened(sentence: string): string {
  const said = wordsOf(sentence, (words) => words.replace(/[A-Za-z]/gu, (letter) => (/[aeiou]/iu.test(letter) ? (accents[letter] ?? letter).repeat(2) : (accents[letter] ?? letter))))
  const missing = Math.ceil(sentence.length * 1.4) - said.length
  return `⟦${said}${missing > 0 ? ` ${'~'.repeat(missing)}` : ''}⟧`
}

/** Each word from right to left, as it were of a script that is written so. */
export function mirrored(sentence: string): string {
  return `\u200F${wordsOf(sentence, (words) => words.replace(/[\p{L}’]+/gu, (word) => `\u202E${word}\u202C`))}\u200F`
}

function wordsOf(sentence: string, change: (words: string) => string): string {
  return sentence.split(/(\{\{[^}]*\}\})/u).map((part, at) => (at % 2 === 1 ? part : change(part))).join('')
}
