/**
 * Reads a tree of sources and says where it breaks the picture of who may know whom. The rules themselves, as tables, are
 * in tests/boundaries.test.ts; here is only how they are checked, with a real parser, on any tree.
 *
 * Numbers: [B1] packages of a folder · [B2] sole importers · [B3] direction between folders · [B4] files that share no code
 * · [B5] names that a pure folder may not use · [B6] names at the top level · [B7] imports that can be read without running
 * (tests may compute them) · [B8] no circles of imports, types included.
 */
import { posix } from 'node:path'
import { parseSync, visitorKeys } from 'oxc-parser'

/** Path, relative to the root and with `/`, to source text. */
export type Tree = ReadonlyMap<string, string>

export interface FolderRule {
  /** Folders that it may import from, itself among them. */
  readonly folders: readonly string[]
  /** Packages that it may import; `node:` stands for all of Node's own modules. */
  readonly packages: readonly string[]
  /** Globals, or members of globals (`Date.now`), that it may not use; `new Date()` and `Date()` stand for reading the clock. */
  readonly forbidden?: readonly string[]
}

export interface Rules {
  readonly top: readonly string[]
  readonly folders: Readonly<Record<string, FolderRule>>
  /** Package to the only files (outside tests/) that may import it. */
  readonly sole: Readonly<Record<string, readonly string[]>>
  /** `file` and `from`, with all that each imports in the end, have nothing in common but `sharing`; types do not count. */
  readonly apart: readonly { readonly file: string; readonly from: string; readonly sharing: readonly string[] }[]
  /** Files that may import more packages than their folder: those that only a build reads. */
  readonly builds: Readonly<Record<string, readonly string[]>>
}

interface Import {
  readonly from: string
  /** Only a type: gone when the program runs. */
  readonly isType: boolean
  /** Named by its address: it runs in a thread or a process of its own. */
  readonly isApart: boolean
}

interface Source {
  readonly path: string
  readonly imports: readonly Import[]
  /** Free uses of names: `Math.random`, `process`, `new Date()`. */
  readonly uses: ReadonlySet<string>
  /** Dynamic imports of something that is not written there. */
  readonly unreadable: number
}

/** One line a violation, `[rule] path: what is wrong`, sorted; none where the tree keeps the rules. */
export function violations(tree: Tree, topLevel: readonly string[], rules: Rules): readonly string[] {
  const sources = new Map([...tree].map(([path, text]) => [path, readSource(path, text)]))
  const found = topLevel.filter((name) => !rules.top.includes(name)).map((name) => `[B6] ${name}: not one of the names at the top level`)
  for (const source of sources.values()) {
    const folder = source.path.split('/')[0] ?? ''
    const rule = rules.folders[folder]
    if (rule !== undefined) found.push(...checkSource(source, folder, rule, rules))
  }
  for (const { file, from, sharing } of rules.apart) {
    const other = closure(from, sources)
    for (const path of closure(file, sources)) {
      if (other.has(path) && !sharing.includes(path)) found.push(`[B4] ${file}: shares ${path} with ${from}`)
    }
  }
  for (const circle of circlesIn(sources)) found.push(`[B8] ${circle.join(', ')}: import each other in a circle`)
  return found.toSorted()
}

function checkSource(source: Source, folder: string, rule: FolderRule, rules: Rules): readonly string[] {
  const found: string[] = []
  if (folder !== 'tests' && source.unreadable > 0) found.push(`[B7] ${source.path}: imports something that is not written there`)
  for (const name of rule.forbidden ?? []) {
    if (source.uses.has(name)) found.push(`[B5] ${source.path}: uses ${name}`)
  }
  for (const { from } of source.imports) {
    if (from.startsWith('.')) {
      const target = resolvePath(source.path, from).split('/')[0] ?? ''
      if (!rule.folders.includes(target)) found.push(`[B3] ${source.path}: imports from ${target}/`)
      continue
    }
    const name = packageOf(from)
    const allowed = [...rule.packages, ...(rules.builds[source.path] ?? [])]
    if (!allowed.some((each) => each === from || each === name || (each === 'node:' && from.startsWith('node:')))) {
      found.push(`[B1] ${source.path}: imports ${from}`)
    }
    for (const each of [from, name]) {
      const sole = Object.hasOwn(rules.sole, each) ? rules.sole[each] : undefined
      if (folder !== 'tests' && sole !== undefined && !sole.includes(source.path)) found.push(`[B2] ${source.path}: ${each} is for ${sole.join(', ')} alone`)
    }
  }
  return [...new Set(found)]
}

// ---- reading ----------------------------------------------------------------------------------------------------------

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

/** Throws on a file that does not parse. */
function readSource(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text)
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`)
  const imports: Import[] = []
  const uses = new Set<string>()
  let unreadable = 0
  const add = (from: unknown, isType: boolean) => {
    if (isNode(from) && from.type === 'Literal' && typeof from['value'] === 'string') imports.push({ from: from['value'], isType, isApart: false })
    else unreadable++
  }
  /* `new URL('./worker.ts', import.meta.url)`: a file of ours that is loaded by its address; other addresses name no code. */
  const addOwnAddress = (node: Node) => {
    const [name, base] = node['arguments'] as readonly Node[]
    const value = name?.['value']
    if (base?.type !== 'MemberExpression' || (base['object'] as Node).type !== 'MetaProperty') return
    if (typeof value === 'string' && /\.(?:ts|tsx|js|mjs)$/u.test(value)) imports.push({ from: value.startsWith('.') ? value : `./${value}`, isType: false, isApart: true })
  }
  walk(program as unknown as Node, null, (node, parent) => {
    switch (node.type) {
      case 'ImportDeclaration':
        return add(node['source'], isTypeOnly(node, 'importKind'))
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        return node['source'] === null ? undefined : add(node['source'], isTypeOnly(node, 'exportKind'))
      case 'ImportExpression':
        return add(node['source'], false)
      case 'TSImportType':
        return add(node['source'] ?? node['argument'], true)
      case 'NewExpression':
        if (nameOf(node['callee']) === 'URL') addOwnAddress(node)
        if (nameOf(node['callee']) === 'Date' && (node['arguments'] as Node[]).length === 0) uses.add('new Date()')
        return
      case 'CallExpression':
        if (nameOf(node['callee']) === 'require' || isMadeRequire(node['callee'])) add((node['arguments'] as Node[])[0], false)
        if (nameOf(node['callee']) === 'Date') uses.add('Date()')
        return
      case 'MemberExpression': {
        const property = node['property'] as Node
        const name = node['computed'] === true ? property['value'] : property['name']
        if (nameOf(node['object']) !== null && typeof name === 'string') uses.add(`${nameOf(node['object'])}.${name}`)
        return
      }
      case 'Identifier':
        if (isReference(node, parent)) uses.add(String(node['name']))
        return
    }
  })
  return { path, imports, uses, unreadable }
}

function walk(node: Node, parent: Node | null, visit: (node: Node, parent: Node | null) => void): void {
  visit(node, parent)
  for (const key of visitorKeys[node.type] ?? []) {
    const child = node[key]
    for (const each of Array.isArray(child) ? child : [child]) if (isNode(each)) walk(each, node, visit)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

function nameOf(node: unknown): string | null {
  return isNode(node) && node.type === 'Identifier' ? String(node['name']) : null
}

/** `import type …`, or each of its names marked so; a bare import is none. */
function isTypeOnly(node: Node, kind: string): boolean {
  const names = (node['specifiers'] ?? []) as readonly Node[]
  return node[kind] === 'type' || (names.length > 0 && names.every((name) => name[kind] === 'type'))
}

/** `createRequire(import.meta.url)('left-pad')` */
function isMadeRequire(callee: unknown): boolean {
  return isNode(callee) && callee.type === 'CallExpression' && nameOf(callee['callee']) === 'createRequire'
}

/** A name that stands for a value: no member of something else, no key, no name of a type's part. */
function isReference(node: Node, parent: Node | null): boolean {
  if (parent === null) return true
  if (parent.type === 'MemberExpression') return parent['object'] === node || parent['computed'] === true
  if (parent.type === 'Property') return parent['value'] === node || parent['computed'] === true
  return !['MethodDefinition', 'PropertyDefinition', 'LabeledStatement', 'BreakStatement', 'ContinueStatement', 'ImportSpecifier', 'ExportSpecifier'].includes(parent.type) && !parent.type.startsWith('TS')
}

// ---- paths ------------------------------------------------------------------------------------------------------------

function resolvePath(file: string, from: string): string {
  return posix.normalize(posix.join(posix.dirname(file), from))
}

function packageOf(from: string): string {
  return from.split('/', from.startsWith('@') ? 2 : 1).join('/')
}

/** Files outside of tests/ of which each imports all others in the end, to run beside them: who reads one has to read them all. */
function circlesIn(sources: ReadonlyMap<string, Source>): readonly (readonly string[])[] {
  const reached = new Map([...sources.keys()].filter((path) => !path.startsWith('tests/')).map((path) => [path, closure(path, sources, true)]))
  const circles = [...reached].map(([path, others]) => [...others].filter((other) => reached.get(other)?.has(path) === true).toSorted())
  return [...new Map(circles.filter(({ length }) => length > 1).map((circle) => [circle.join(), circle])).values()]
}

/** A file and all files of the tree that it imports in the end: all that runs, or (`isRead`) all that is read with it. */
function closure(file: string, sources: ReadonlyMap<string, Source>, isRead = false): ReadonlySet<string> {
  const reached = new Set<string>()
  const waiting = [file]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    for (const { from, isType, isApart } of sources.get(path)?.imports ?? []) {
      if (from.startsWith('.') && !(isRead ? isApart : isType)) waiting.push(resolvePath(path, from))
    }
  }
  return reached
}
