/** What the steward says of itself is known again in the window, whatever is filled in, and said in its language. */
import i18next from 'i18next'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drasticWords } from '../../../main/peer/circle/state.ts'
import { sentenceOf, toldWords } from '../../../renderer/language/problems.ts'
import { details } from '../../../shared/peer/gate/gate.ts'
import { readCatalogues, readSources, isNode, textsOf, walk, type Node } from '../../support/sentences.ts'

/** Doors that a person at a window does not come through: the command line and the start of the host. */
const otherDoors = new Set([
  'main/cli.ts', 'main/commands/cards.ts', 'main/commands/home.ts', 'main/commands/preview.ts', 'main/commands/eval.ts', 'main/home/files.ts', 'main/cards.ts', 'main/commands/usage.ts', 'main/doors/browser.ts', 'main/start.ts',
  'main/peer/commands.ts', 'main/peer/quarantine.ts', 'main/models/commands.ts', 'main/vault/commands.ts', 'main/keep/commands.ts', 'shared/decision/argument.ts', 'shared/decision/preview.ts'
])
/** Of those that are read here only in part: one names what is wrong where it stands, the other takes what others wrote. */
const composed = new Set(['{{0}} {{1}}', '{{0}}: {{1}}'])

/** Every message and remedy that the sources write, with where. */
function written(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { path, program } of readSources('shared', 'models', 'main', 'renderer')) {
    if (otherDoors.has(path) || path.includes('/training/')) continue
    walk(program, (node) => {
      const said = [...calledIn(node), ...problemIn(node)]
      for (const part of said) for (const text of textsOf(part)) if (text.replace(/\{\{\d+\}\}/gu, '').trim() !== '' && !composed.has(text)) found.set(text, path)
    })
  }
  return found
}

/** What `fail(kind, message, remedy)` and `problems.push(line)` say. */
function calledIn(node: Node): readonly unknown[] {
  if (node.type !== 'CallExpression' || !isNode(node['callee'])) return []
  const given = node['arguments'] as readonly Node[]
  if (nameOf(node['callee']) === 'fail') return given.slice(1, 3)
  return node['callee'].type === 'MemberExpression' && nameOf(node['callee']['object']) === 'problems' && nameOf(node['callee']['property']) === 'push' ? given : []
}

/** A problem's two sentences, or what a schema says of what does not fit. */
function problemIn(node: Node): readonly unknown[] {
  if (node.type !== 'ObjectExpression') return []
  const valueOf = (name: string): unknown => (node['properties'] as readonly Node[]).find((property) => nameOf(property['key']) === name)?.['value']
  if (valueOf('error') !== undefined) return [valueOf('error')]
  return valueOf('message') === undefined || valueOf('remedy') === undefined ? [] : [valueOf('message'), valueOf('remedy')]
}

function nameOf(node: unknown): string {
  return isNode(node) && typeof node['name'] === 'string' ? node['name'] : ''
}

const letters = /\p{L}/u
const english = readCatalogues('en').get('problems') ?? {}
const german = readCatalogues('de').get('problems') ?? {}

describe('what the steward says', () => {
  it('is in the catalogue, each sentence and each remedy that a person at a window can meet', () => {
    const known = Object.values(english).filter((sentence) => letters.test(sentence.replaceAll(/\{\{\d+\}\}/gu, ''))).map((sentence) => new RegExp(`^${sentence.split(/\{\{\d+\}\}/u).map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`)).join('[^]+')}$`, 'u'))
    const missing = [...written()].filter(([text]) => !known.some((pattern) => pattern.test(text))).map(([text, path]) => `${path}: ${text}`)
    expect(missing).toEqual([])
  })

  it('says why something from another device was put aside, and what it would do, in sentences of the catalogue', () => {
    const reasons: string[] = [...Object.values(details), drasticWords]
    const nouns: string[] = []
    for (const { program } of readSources('shared', 'main').filter(({ path }) => /peer\/(?:circle\/intake|gate\/gate)\.ts$/u.test(path))) {
      walk(program, (node, around) => {
        const isExamining = around.some((outer) => outer.type === 'MethodDefinition' && nameOf(outer['key']) === 'examine')
        if (node.type === 'ReturnStatement' && isExamining) reasons.push(...textsOf(node['argument']))
        if (node.type === 'VariableDeclarator' && nameOf(node['id']) === 'nouns') walk(node['init'] as Node, (inner) => void (inner.type === 'Property' && nouns.push(...textsOf(inner['value']))))
      })
    }
    expect(reasons.length).toBeGreaterThan(8)
    expect(nouns).toContain('the card')
    const known = new Set(Object.values(english))
    expect([...reasons, ...nouns, 'an entry', 'removes {{0}}', 'adds {{0}}', 'changes {{0}}'].filter((text) => !known.has(text))).toEqual([])
  })

  it('is what the catalogue has: nothing there that no source says', () => {
    const all = new Set(readSources('shared', 'models', 'main', 'renderer').flatMap(({ program }) => {
      const texts: string[] = []
      walk(program, (node) => void texts.push(...(node.type === 'Literal' || node.type === 'TemplateLiteral' ? textsOf(node) : [])))
      return texts
    }))
    /* A part of a text counts: some are put together. */
    const bare = (text: string): string => text.replaceAll(/\{\{\d+\}\}/gu, '{{}}').replaceAll(/^\{\{\}\} ?|\{\{\}\}$/gu, '')
    const texts = [...all].map((text) => text.replaceAll(/\{\{\d+\}\}/gu, '{{}}'))
    expect(Object.values(english).filter((sentence) => !texts.some((text) => text.includes(bare(sentence))))).toEqual([])
  })
})

describe('in German', () => {
  beforeAll(() => i18next.changeLanguage('de'))
  afterAll(() => i18next.changeLanguage('en'))

  it('each is said in German, with what was filled in', () => {
    for (const [id, sentence] of Object.entries(english)) {
      const filled = (text: string): string => text.replaceAll(/\{\{(\d+)\}\}/gu, (_, at: string) => `“X${at}”`)
      expect(toldWords(filled(sentence)), id).toBe(filled(german[id] ?? ''))
    }
  })

  it('a problem is two sentences, each with a capital', () => {
    expect(sentenceOf({ kind: 'bad-input', message: '“a.json” is larger than 64 MB', remedy: 'give a smaller one' })).toBe('“a.json” ist größer als 64 MB. Nimm eine kleinere.')
    expect(sentenceOf({ kind: 'storage', message: 'there is no room left on the disk', remedy: 'free some room; what you changed is kept here and written then' })).toBe(
      'Auf der Festplatte ist kein Platz mehr. Schaff etwas Platz. Was du geändert hast, ist hier aufgehoben und wird dann geschrieben.'
    )
  })

  it('what is filled in is translated where it is a sentence itself, and stays as it is where it is not', () => {
    expect(toldWords('line 7: left out: it holds no list of options')).toBe('Zeile 7: ausgelassen: es enthält keine Liste von Möglichkeiten')
    expect(toldWords('the card "is empty" is left out: title: is missing')).toBe('die Karte "is empty" wird ausgelassen: title: fehlt')
    expect(toldWords('something that nobody has put into German')).toBe('something that nobody has put into German')
  })
})
