/**
 * What the window says, as its sources and its catalogues have it: for tests that hold the two together. Everything is read from
 * the syntax tree, so that comments and types are no words.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'

const root = join(import.meta.dirname, '..', '..')

export interface Source {
  readonly path: string
  readonly program: Node
}

/** A node of an ESTree; what a test asks of it is looked up by name. */
export interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

export type Catalogue = Readonly<Record<string, string>>

/** By namespace. */
export function readCatalogues(language: string): ReadonlyMap<string, Catalogue> {
  const folder = join(root, 'renderer', 'language', language)
  return new Map(readdirSync(folder).sort().map((file) => [file.replace(/\.json$/u, ''), JSON.parse(readFileSync(join(folder, file), 'utf8')) as Catalogue]))
}

/** TypeScript files of these folders, at their paths from the root; read once. */
export function readSources(...folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) => {
    const known = read.get(folder) ?? readFolder(folder)
    read.set(folder, known)
    return known
  })
}

const read = new Map<string, readonly Source[]>()

function readFolder(folder: string): readonly Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/u.test(entry.name))
    .map((entry) => parse(join(entry.parentPath, entry.name).slice(root.length + 1).replaceAll('\\', '/'), readFileSync(join(entry.parentPath, entry.name), 'utf8')))
    .sort((left, right) => (left.path < right.path ? -1 : 1))
}

export function parse(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text)
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`)
  return { path, program: program as unknown as Node }
}

/** Every node, from the outside in, with those around it (as they are then), the nearest last. */
export function walk(node: Node, visit: (node: Node, around: readonly Node[]) => void, around: Node[] = []): void {
  visit(node, around)
  around.push(node)
  for (const child of Object.values(node)) {
    if (Array.isArray(child)) for (const one of child as unknown[]) if (isNode(one)) walk(one, visit, around)
    if (isNode(child)) walk(child, visit, around)
  }
  around.pop()
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

/** What an expression may be as a text, `{{0}}` where something is filled in; empty where the source does not say. */
export function textsOf(node: unknown): readonly string[] {
  if (!isNode(node)) return []
  switch (node.type) {
    case 'Literal':
      return typeof node['value'] === 'string' ? [node['value']] : []
    case 'TemplateLiteral': {
      const quasis = node['quasis'] as readonly { readonly value: { readonly cooked: string } }[]
      return [quasis.map(({ value }, at) => (at === 0 ? '' : `{{${at - 1}}}`) + value.cooked).join('')]
    }
    case 'ConditionalExpression':
      return [...textsOf(node['consequent']), ...textsOf(node['alternate'])]
    case 'LogicalExpression':
      return [...textsOf(node['left']), ...textsOf(node['right'])]
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
      return textsOf(node['expression'])
    default:
      return []
  }
}
