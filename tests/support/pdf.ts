/**
 * What stands in a PDF as Chromium writes it (plain objects, compressed streams, glyphs with a table to Unicode): the words of
 * each page in the order in which they were drawn, and whether they are dark. Reads nothing else.
 */
import { inflateSync } from 'node:zlib'

export interface Pdf {
  readonly pages: number
  /** Page by page, white space as single spaces. */
  readonly texts: readonly string[]
  readonly text: string
  /** No word is drawn in a light colour. */
  readonly isBlackOnWhite: boolean
}

export function readPdf(bytes: Uint8Array): Pdf {
  const objects = readObjects(Buffer.from(bytes))
  const drawn = [...objects.values()].filter(({ head }) => /\/Type\s*\/Page\b(?!s)/u.test(head)).map((page) => drawPage(page.head, objects))
  const texts = drawn.map(({ text }) => text.replace(/[\uFB00-\uFB06]/gu, (joined) => joined.normalize('NFKC')).replace(/\s+/gu, ' ').trim())
  return { pages: texts.length, texts, text: texts.join(' '), isBlackOnWhite: drawn.every(({ lightest }) => lightest < 0.5) }
}

interface PdfObject {
  readonly head: string
  readonly stream: Buffer | null
}

type Objects = ReadonlyMap<string, PdfObject>

function readObjects(file: Buffer): Objects {
  const objects = new Map<string, PdfObject>()
  const text = file.toString('latin1')
  for (const match of text.matchAll(/(\d+) 0 obj\b/gu)) {
    const from = match.index + match[0].length
    const end = text.indexOf('endobj', from)
    const begin = text.indexOf('stream', from)
    if (begin === -1 || begin > end) {
      objects.set(match[1] ?? '', { head: text.slice(from, end), stream: null })
      continue
    }
    const head = text.slice(from, begin)
    const start = begin + 'stream'.length + (text.startsWith('\r\n', begin + 'stream'.length) ? 2 : 1)
    const raw = file.subarray(start, start + Number(/\/Length (\d+)/u.exec(head)?.[1] ?? 0))
    objects.set(match[1] ?? '', { head, stream: head.includes('/FlateDecode') && !head.includes('/DCTDecode') ? inflateSync(raw) : raw })
  }
  return objects
}

function drawPage(head: string, objects: Objects): { readonly text: string; readonly lightest: number } {
  const fonts = new Map<string, ReadonlyMap<number, string>>()
  const resources = followed(head, /\/Resources (?:(\d+) 0 R)?/u, objects)
  const named = /\/Font\s*<<([^>]*)>>/u.exec(resources)?.[1] ?? followed(resources, /\/Font (\d+) 0 R/u, objects)
  for (const [, name, id] of named.matchAll(/\/(\S+) (\d+) 0 R/gu)) fonts.set(name ?? '', readTable(objects.get(/\/ToUnicode (\d+) 0 R/u.exec(objects.get(id ?? '')?.head ?? '')?.[1] ?? '')?.stream ?? null))
  const contents = /\/Contents \[?([^\]/>]*)/u.exec(head)?.[1] ?? ''
  const program = [...contents.matchAll(/(\d+) 0 R/gu)].map(([, id]) => objects.get(id ?? '')?.stream?.toString('latin1') ?? '').join('\n')
  return run(program, fonts)
}

/** What a reference leads to, or the text itself where it stands in it. */
function followed(head: string, pattern: RegExp, objects: Objects): string {
  const id = pattern.exec(head)?.[1]
  return id === undefined ? head : (objects.get(id)?.head ?? '')
}

/** Glyph to words. */
function readTable(stream: Buffer | null): ReadonlyMap<number, string> {
  const table = new Map<number, string>()
  const text = stream?.toString('latin1') ?? ''
  const words = (hex: string): string => Buffer.from(hex, 'hex').swap16().toString('utf16le')
  for (const [, body = ''] of text.matchAll(/beginbfchar([^]*?)endbfchar/gu)) for (const [, glyph = '', to = ''] of body.matchAll(/<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>/gu)) table.set(Number.parseInt(glyph, 16), words(to))
  for (const [, body = ''] of text.matchAll(/beginbfrange([^]*?)endbfrange/gu)) {
    for (const [, first = '', last = '', to = ''] of body.matchAll(/<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>/gu)) {
      const from = Number.parseInt(first, 16)
      for (let glyph = from; glyph <= Number.parseInt(last, 16); glyph += 1) table.set(glyph, String.fromCodePoint((words(to).codePointAt(0) ?? 0) + glyph - from))
    }
  }
  return table
}

function run(program: string, fonts: ReadonlyMap<string, ReadonlyMap<number, string>>): { readonly text: string; readonly lightest: number } {
  let text = ''
  let font: ReadonlyMap<number, string> = new Map()
  let light = 0
  let lightest = 0
  let height = ''
  const kept: number[] = []
  const say = (hex: string): void => {
    for (const glyph of hex.match(/.{4}/gu) ?? []) text += font.get(Number.parseInt(glyph, 16)) ?? ''
    lightest = Math.max(lightest, light)
  }
  for (const [, name, colour, grey, place, move, strings, one, state] of program.matchAll(/\/(\S+) [\d.]+ Tf|([\d.]+ [\d.]+ [\d.]+) rg\b|([\d.]+) g\b|((?:-?[\d.]+ ){6})Tm|((?:-?[\d.]+ ){2})Td|\[([^\]]*)\]\s*TJ|<([0-9A-Fa-f]*)>\s*Tj|\b([qQ])\b/gu)) {
    if (name !== undefined) font = fonts.get(name) ?? new Map()
    else if (colour !== undefined || grey !== undefined) light = Math.max(...(colour ?? grey ?? '0').split(' ').map(Number))
    else if (move !== undefined) {
      if (Number(move.trim().split(' ')[1]) !== 0) text += '\n'
    } else if (place !== undefined) {
      const next = place.trim().split(' ').at(-1) ?? ''
      if (next !== height) text += '\n'
      height = next
    } else if (state === 'q') kept.push(light)
    else if (state === 'Q') light = kept.pop() ?? 0
    else for (const [, hex = ''] of (strings ?? `<${one ?? ''}>`).matchAll(/<([0-9A-Fa-f]*)>/gu)) say(hex)
  }
  return { text, lightest }
}
