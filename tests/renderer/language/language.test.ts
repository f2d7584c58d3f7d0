/**
 * Every word of the window is in renderer/language, in English and in German: no sentence stands in the sources, no key is
 * missing, different or left over, what the steward says of itself is translated too, and styles know no left and right.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lengthened, mirrored } from '../../../renderer/language/pseudo.ts'
import { isNode, parse, readCatalogues, readSources, textsOf, walk, type Node, type Source } from '../../support/sentences.ts'

const renderer = readSources('renderer')
const english = readCatalogues('en')
const german = readCatalogues('de')

/* Attributes and functions whose words a person sees or hears. */
const spoken = new Set(['aria-label', 'aria-description', 'title', 'placeholder', 'alt', 'label', 'hint', 'legend', 'heading', 'valueLabel', 'action', 'question', 'text'])
const speakers = new Set(['say', 'setTrouble', 'setSaid', 'setChecked', 'alert', 'confirm'])
const letters = /\p{L}/u
const threeWords = /\p{L}{2,}[,;:]? \p{L}+[,;:]? \p{L}/u

/** The name of the app, a question's key, and what the model compares with and nobody sees. */
const allowed = new Set(['{{0}} · Values Steward', 'story', 'what I noticed, what somebody needed or felt, and what mattered to me when I decided'])

/** Literals of a source that a person would see, or that look as if. */
function visibleLiterals({ path, program }: Source): readonly string[] {
  const found: string[] = []
  const take = (node: unknown): void => void found.push(...textsOf(node).map((text) => text.trim()).filter((text) => letters.test(text.replace(/\{\{\d+\}\}/gu, '')) && !allowed.has(text)))
  walk(program, (node, around) => {
    const parent = around.at(-1)
    if (node.type === 'JSXText' && letters.test(node['value'] as string)) found.push((node['value'] as string).trim())
    if (node.type === 'JSXExpressionContainer' && parent?.type === 'JSXElement') for (const part of shownParts(node['expression'])) take(part)
    if (node.type === 'JSXAttribute' && spoken.has(nameOf(node['name']))) take(isNode(node['value']) && node['value'].type === 'JSXExpressionContainer' ? node['value']['expression'] : node['value'])
    if (node.type === 'CallExpression' && speakers.has(nameOf(node['callee']))) take((node['arguments'] as readonly Node[])[0])
    if ((node.type === 'Literal' || node.type === 'TemplateLiteral') && !isInner(around)) found.push(...textsOf(node).filter((text) => threeWords.test(text) && !allowed.has(text)))
  })
  return [...new Set(found)].map((text) => `${path}: ${text}`)
}

/** What `a && b`, `a ? b : c` and `a ?? b` show. */
function shownParts(node: unknown): readonly unknown[] {
  if (!isNode(node)) return []
  if (node.type === 'ConditionalExpression') return [...shownParts(node['consequent']), ...shownParts(node['alternate'])]
  if (node.type === 'LogicalExpression') return [...(node['operator'] === '&&' ? [] : shownParts(node['left'])), ...shownParts(node['right'])]
  return [node]
}

/** A defect's message, a problem (it has its own table), a class, or a drawing. */
function isInner(around: readonly Node[]): boolean {
  return around.some((node) => {
    if (node.type === 'NewExpression') return nameOf(node['callee']) === 'Error'
    if (node.type === 'CallExpression') return nameOf(node['callee']) === 'fail'
    if (node.type === 'JSXAttribute') return ['className', 'd', 'viewBox'].includes(nameOf(node['name']))
    return node.type === 'ObjectExpression' && hasProperty(node, 'remedy')
  })
}

function hasProperty(node: Node, name: string): boolean {
  return (node['properties'] as readonly Node[]).some((property) => nameOf(property['key']) === name)
}

function nameOf(node: unknown): string {
  if (!isNode(node)) return ''
  if (node.type === 'MemberExpression') return nameOf(node['property'])
  return typeof node['name'] === 'string' ? node['name'] : ''
}

describe('the sources of the window', () => {
  it('hold no sentence', () => {
    expect(renderer.flatMap(visibleLiterals)).toEqual([])
  })

  it('which would be found, wherever it stood', () => {
    const sources = [
      '<p>Hello there</p>', '<p>{isOpen ? "Yes" : t("no")}</p>', '<p>{count > 0 && `${count} cards`}</p>', '<Button aria-label="Close" />', '<Field label={isNew ? "Name" : t("x")} />',
      'say("Gone.")', 'say(`${name} is gone`)', 'const words = { a: "One that stands elsewhere" }'
    ]
    expect(sources.filter((text) => visibleLiterals(parse('a.tsx', text)).length === 0)).toEqual([])
    expect(visibleLiterals(parse('a.tsx', '<p className="big words and more">{t("key")}{" · "}{count}</p>; throw new Error("this is never seen")'))).toEqual([])
  })
})

/** Keys without their plural endings. */
const stems = (keys: readonly string[]): readonly string[] => [...new Set(keys.map((key) => key.replace(/_(?:zero|one|other)$/u, '')))]

describe('the catalogues', () => {
  it('have the same rooms, keys and holes in German as in English, and say something', () => {
    expect([...german.keys()]).toEqual([...english.keys()])
    const holes = (text: string): readonly string[] => (text.match(/\{\{\w+\}\}/gu) ?? []).toSorted()
    for (const [name, sentences] of english) {
      const others = german.get(name) ?? {}
      expect(Object.keys(others).toSorted(), name).toEqual(Object.keys(sentences).toSorted())
      for (const [key, sentence] of Object.entries(sentences)) {
        expect(new Set(holes(others[key] ?? '')), `${name}:${key}`).toEqual(new Set(holes(sentence)))
        expect([sentence.trim(), others[key]?.trim()], `${name}:${key}`).not.toContain('')
      }
    }
  })

  it('speak to one person alike: du, not Sie', () => {
    const polite = /\bIhnen\b|(?<![.!?:„]\s?|^)\bIhre?[mnrs]?\b|\b(?:Öffnen|Tippen|Geben|Sehen|Vergleichen|Lassen|Schalten|Wählen|Versuchen|Starten|Nehmen|Speichern) Sie\b/u
    expect([...german].flatMap(([name, sentences]) => Object.entries(sentences).filter(([, sentence]) => polite.test(sentence)).map(([key]) => `${name}:${key}`))).toEqual([])
  })

  it('have every key that is asked for, and none that nobody asks for', () => {
    const asked = askedKeys(renderer)
    const unknown = [...asked].flatMap(([name, { exact }]) => [...exact.asked].filter((key) => !stems(Object.keys(english.get(name) ?? {})).includes(key)).map((key) => `${name}:${key} is not there`))
    /* Two rooms are asked for by what stands in shared/: tests/renderer/language/problems.test.ts and shown.test.ts. */
    const unused = [...english].filter(([name]) => name !== 'problems' && name !== 'calls').flatMap(([name, sentences]) => {
      const uses = asked.get(name)
      return stems(Object.keys(sentences)).filter((key) => uses === undefined || !(uses.exact.any.has(key) || uses.patterns.some((pattern) => pattern.test(key)))).map((key) => `${name}:${key} is asked for by nobody`)
    })
    expect([...unknown, ...unused]).toEqual([])
  })
})

interface Asked {
  /** `asked`: by a call that names its room; `any`: any text of a source that uses the room, since keys are handed on. */
  readonly exact: { readonly asked: Set<string>; readonly any: Set<string> }
  readonly patterns: RegExp[]
}

function askedKeys(sources: readonly Source[]): ReadonlyMap<string, Asked> {
  const asked = new Map<string, Asked>()
  const of = (name: string): Asked => {
    const found = asked.get(name) ?? { exact: { asked: new Set<string>(), any: new Set<string>() }, patterns: [] }
    asked.set(name, found)
    return found
  }
  for (const { program } of sources) {
    const rooms = new Map<string, Set<string>>()
    const texts: string[] = []
    walk(program, (node) => {
      if (node.type === 'VariableDeclarator' && isNode(node['init']) && nameOf(node['init']['callee']) === 'useTranslation') {
        const [room] = textsOf((node['init']['arguments'] as readonly Node[])[0])
        const pattern = node['id'] as Node
        for (const property of pattern.type === 'ObjectPattern' ? (pattern['properties'] as readonly Node[]) : []) {
          if (nameOf(property['key']) === 't' && room !== undefined) rooms.set(nameOf(property['value']), new Set([...(rooms.get(nameOf(property['value'])) ?? []), room]))
        }
      }
      if (node.type === 'Literal' || node.type === 'TemplateLiteral') texts.push(...textsOf(node))
    })
    walk(program, (node) => {
      if (node.type !== 'CallExpression' || !isNode(node['callee'])) return
      const [first] = node['arguments'] as readonly Node[]
      const here = node['callee'].type === 'Identifier' ? rooms.get(nameOf(node['callee'])) : undefined
      /* A name that stands for two rooms in one file is looked up by its texts alone. */
      if (here?.size === 1) for (const room of here) for (const key of textsOf(first)) if (!key.includes('{{')) of(room).exact.asked.add(key)
      if (nameOf(node['callee']) === 't' && node['callee'].type === 'MemberExpression') for (const key of textsOf(first)) if (!key.includes('{{')) of(key.split(':')[0] ?? '').exact.asked.add(key.split(':')[1] ?? '')
    })
    /* `room:${name}`: the names stand elsewhere in the source. */
    for (const text of texts) {
      const bare = /^([\w-]+):\{\{0\}\}$/u.exec(text)?.[1]
      if (bare !== undefined && english.has(bare)) rooms.set(`${bare}:`, new Set([bare]))
    }
    for (const text of texts) {
      const [, room, key] = /^([\w-]+):(\S+)$/u.exec(text) ?? []
      const names = room !== undefined && english.has(room) ? [room] : [...new Set([...rooms.values()].flatMap((each) => [...each]))]
      const told = room !== undefined && english.has(room) ? (key ?? '') : text
      for (const name of names) {
        of(name).exact.any.add(told)
        if (/\{\{\d+\}\}/u.test(told) && letters.test(told.replace(/\{\{\d+\}\}/gu, ''))) of(name).patterns.push(new RegExp(`^${told.split(/\{\{\d+\}\}/u).map((part) => part.replace(/[.$^*+?()[\]{}|\\]/gu, String.raw`\$&`)).join('.+')}$`, 'u'))
      }
    }
  }
  return asked
}

describe('styles', () => {
  it('say start and end, never left and right, so that they hold whichever way one reads', () => {
    const folder = join(import.meta.dirname, '..', '..', '..', 'renderer', 'styles')
    const sided = /(?:^|[\s;{])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)\b|(?:left|right)\s*:|border-(?:top|bottom)-(?:left|right)-radius|text-align\s*:\s*(?:left|right)|float\s*:|clear\s*:\s*(?:left|right)|to (?:left|right)\b|(?:margin|padding|inset)\s*:\s*(\S+)\s+(\S+)\s+\S+\s+(?!\2[;\s])\S+\s*;)/u
    const found = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').replace(/\/\*[^]*?\*\//gu, '').split('\n').filter((line) => sided.test(line)).map((line) => `${file}: ${line.trim()}`))
    expect(found).toEqual([])
    expect(['  left: 2px;', '  padding-left: 1px;', '  margin: 0 1px 0 2px;', '  text-align: right;'].every((line) => sided.test(line))).toBe(true)
    expect(['  margin: 0 1px 0 1px;', '  inset: 0;', '  text-align: start;', '  padding: 1px 2px;'].some((line) => sided.test(line))).toBe(false)
  })
})

describe('the pseudo-languages', () => {
  it('keep what is filled in, and are 40 % longer in brackets, or run the other way', () => {
    expect(lengthened('Go to {{name}}')).toMatch(/^⟦.*\{\{name\}\}.*⟧$/u)
    for (const sentences of english.values()) for (const sentence of Object.values(sentences)) {
      expect(lengthened(sentence).length).toBeGreaterThanOrEqual(sentence.length * 1.4)
      expect(lengthened(sentence).match(/\{\{\w+\}\}/gu)).toEqual(sentence.match(/\{\{\w+\}\}/gu))
      expect(mirrored(sentence).replace(/[\u200F\u202E\u202C]/gu, '')).toBe(sentence)
    }
  })
})
