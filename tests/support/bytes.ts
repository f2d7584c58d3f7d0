/** What stands in the files of a folder, looked for as whoever stole the disk would: as it is, in UTF-16, in base64 and in hexadecimal digits. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Path, relative to the folder, to what the file holds. */
export function filesIn(folder: string): ReadonlyMap<string, Buffer> {
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()) : []
  return new Map(entries.map((entry) => [relative(folder, join(entry.parentPath, entry.name)), readFileSync(join(entry.parentPath, entry.name))]))
}

/** `word in file`, for each that is found; a file's own name counts too. */
export function wordsFound(folder: string, words: readonly (string | Uint8Array)[]): readonly string[] {
  const sought = words.map((word) => ({ name: typeof word === 'string' ? word : Buffer.from(word).toString('hex'), forms: formsOf(word) }))
  return [...filesIn(folder)].flatMap(([path, bytes]) => {
    const lower = bytes.toString('latin1').toLowerCase()
    return sought.filter(({ name, forms }) => path.includes(name) || forms.some((form) => bytes.includes(form)) || lower.includes(name.toLowerCase())).map(({ name }) => `${name} in ${path}`)
  })
}

function formsOf(word: string | Uint8Array): readonly Buffer[] {
  const plain = Buffer.from(word as string)
  const texts = typeof word === 'string' ? [plain, Buffer.from(word, 'utf16le'), Buffer.from(word, 'utf16le').swap16()] : [plain]
  return texts.flatMap((text) => [text, Buffer.from(text.toString('hex')), ...base64Of(text)])
}

/** Base64 of a text looks differently by where it begins among three: the middle, which is always the same, for each of them. */
function base64Of(text: Buffer): readonly Buffer[] {
  return [0, 1, 2].flatMap((before) => {
    const coded = Buffer.concat([Buffer.alloc(before), text]).toString('base64').replace(/=+$/u, '')
    const middle = coded.slice(before === 0 ? 0 : 4, -2)
    return [Buffer.from(middle), Buffer.from(middle.replaceAll('+', '-').replaceAll('/', '_'))]
  })
}
