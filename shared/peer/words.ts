/**
 * What a person reads, types and compares when devices meet: the code of a pairing, the six words, the recovery phrase. Words
 * are those of BIP-39 (English): 2,048, told apart by their first four letters.
 */
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import type { Random } from '../ports.ts'
import { fail, ok, type Result } from '../result.ts'

/** `nameplate` may be told to everybody, so that the right device is found; `secret` never leaves the two screens. */
export interface PairingCode {
  readonly nameplate: string
  readonly secret: string
}

/** Digits of a code that nobody else knows: 10⁹ codes. */
export const secretDigits = 9
const nameplateDigits = 3

/** Words that both sides compare: 66 bits. */
const comparedWords = 6

export function drawCode(random: Random, digits = secretDigits): PairingCode {
  return { nameplate: drawDigits(random, nameplateDigits), secret: drawDigits(random, digits) }
}

/** `123-456-789-012`. */
export function writeCode({ nameplate, secret }: PairingCode): string {
  return [nameplate, ...(secret.match(/.{1,3}/gu) ?? [])].join('-')
}

/** As typed: digits in any grouping. Errors: `bad-input`. */
export function readCode(typed: string): Result<PairingCode> {
  const digits = typed.replace(/[\s\u2010-\u2015-]/gu, '')
  if (!/^\d{12}$/u.test(digits)) return fail('bad-input', 'the code is twelve digits', 'type it as the other device shows it')
  return ok({ nameplate: digits.slice(0, nameplateDigits), secret: digits.slice(nameplateDigits) })
}

/** Six words of the first 66 bits. `bytes` are at least 9. */
export function wordsFrom(bytes: Uint8Array): readonly string[] {
  let number = 0n
  for (const byte of bytes.subarray(0, 9)) number = (number << 8n) | BigInt(byte)
  number >>= 6n
  return Array.from({ length: comparedWords }, (_, index) => wordlist[Number((number >> BigInt(11 * (comparedWords - 1 - index))) & 0x7ffn)] ?? '')
}

/** 24 words of 32 bytes, the last one with a checksum of the others. */
export function writePhrase(secret: Uint8Array): string {
  return entropyToMnemonic(secret, wordlist)
}

/** As typed, or as it was shown: each word with its number before it. Errors: `bad-input`: a word that is none, or words that do not belong together. */
export function readPhrase(typed: string): Result<Uint8Array> {
  const words = typed.normalize('NFKD').toLowerCase().replace(/(?<=^|\s)\d{1,2}[.):]?(?=\s|\p{L})/gu, ' ').split(/[\s,;]+/u).filter((word) => word !== '')
  if (words.length !== 24) return fail('bad-input', 'a recovery phrase has 24 words', 'type all of them, in their order')
  const strange = words.find((word) => !wordlist.includes(word))
  if (strange !== undefined) return fail('bad-input', `“${strange.slice(0, 30)}” is not a word of a recovery phrase`, 'look at that word again')
  try {
    return ok(mnemonicToEntropy(words.join(' '), wordlist))
  } catch {
    return fail('bad-input', 'these words do not belong together', 'look for a word that was swapped or misread')
  }
}

/** Each as likely as the others. */
function drawDigits(random: Random, count: number): string {
  let digits = ''
  while (digits.length < count) {
    for (const byte of random.bytes(count)) if (byte < 250 && digits.length < count) digits += String(byte % 10)
  }
  return digits
}
