/**
 * The picture of DESIGN §3, enforced: which folder may import which folder and which package, which package has one
 * importer alone, what `shared/` may not touch. Each rule is also shown to fail on a small tree that breaks it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { violations, type Rules } from './support/boundaries.ts'

const root = join(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<'dependencies' | 'devDependencies', Record<string, string>>

const electronDoor = ['main/index.ts', 'main/doors/window.ts', 'main/doors/preload.ts', 'main/doors/ipc.ts', 'main/doors/print.ts', 'main/vault/keychain.ts']

const rules: Rules = {
  top: ['shared', 'models', 'main', 'renderer', 'tests', 'package.json', 'package-lock.json', 'tsconfig.json', 'electron-builder.yml', 'README.md'],
  folders: {
    shared: {
      folders: ['shared'],
      packages: ['zod', 'yjs', 'lib0', 'y-protocols', '@noble/hashes', '@noble/ciphers', '@noble/curves', '@scure/bip39'],
      forbidden: [
        ...['Date.now', 'new Date()', 'Date()', 'Math.random'],
        ...['performance', 'crypto', 'process', 'console', 'fetch', 'globalThis', 'window', 'document', 'self', 'require', 'Buffer'],
        ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame', 'localStorage', 'indexedDB']
      ]
    },
    models: { folders: ['models', 'shared'], packages: ['node:', '@huggingface/transformers', '@noble/hashes', 'zod'] },
    main: { folders: ['main', 'models', 'shared'], packages: ['node:', 'electron', 'ws', 'yjs', 'lib0', 'y-protocols', 'zod', '@noble/hashes', '@noble/ciphers', '@noble/curves', '@scure/bip39', '@number0/iroh', 'bonjour-service', '@modelcontextprotocol/server'] },
    renderer: {
      folders: ['renderer', 'shared'],
      packages: ['react', 'react-dom', 'react-aria-components', 'zustand', 'yjs', 'lib0', 'y-protocols', 'zod', 'i18next', 'react-i18next', '@tanstack/react-virtual', 'uqr', 'vite/client']
    },
    tests: { folders: ['shared', 'models', 'main', 'renderer', 'tests'], packages: ['node:', ...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)] }
  },
  sole: {
    '@huggingface/transformers': ['models/runtime.ts'],
    'onnxruntime-node': [],
    electron: electronDoor,
    'node:sqlite': ['main/log/damage.ts', 'main/home/lock.ts', 'main/log/file.ts', 'main/log/plain.ts', 'main/log/read.ts', 'main/log/rows.ts'],
    ws: ['main/doors/browser.ts', 'main/doors/socket.ts'],
    '@number0/iroh': ['main/iroh.ts'],
    'bonjour-service': ['main/peer/meeting/discovery.ts'],
    '@modelcontextprotocol/server': ['main/mcp.ts']
  },
  /* certificate.ts is the certificate's schema; what else it holds (hashing, sealing), verify.ts and rules.ts do not import. */
  apart: [{ file: 'shared/decision/verify.ts', from: 'shared/decision/decide.ts', sharing: ['shared/schema.ts', 'shared/decision/certificate.ts', 'shared/result.ts'] }],
  builds: {
    'main/electron.vite.config.ts': ['electron-vite', 'vite'],
    'renderer/vite.config.ts': ['vite', '@vitejs/plugin-react', 'node:'],
    'tests/package.slow.test.ts': ['@electron/asar']
  }
}

/** What the project's own tools make and git does not look after. */
const made = new Set(['node_modules', 'out', 'dist'])

describe('the tree as it is', () => {
  const tree = readTree()
  const top = readdirSync(root).filter((name) => !name.startsWith('.') && !made.has(name))

  it('keeps every rule', () => {
    expect(violations(tree, top, rules)).toEqual([])
  })

  it('was read whole: every folder of the picture has sources', () => {
    for (const folder of Object.keys(rules.folders)) expect([...tree.keys()].filter((path) => path.startsWith(`${folder}/`))).not.toEqual([])
  })

  it('names only files that are there, in the rules for what is installed', () => {
    const installed = Object.entries(rules.sole).filter(([name]) => name.startsWith('node:') || Object.hasOwn(manifest.dependencies, name) || Object.hasOwn(manifest.devDependencies, name))
    const named = [...installed.flatMap(([, files]) => files), ...rules.apart.flatMap(({ file, from }) => [file, from]), ...Object.keys(rules.builds)]
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it('needs only what is shipped: what the app imports is a dependency, not a tool', () => {
    const shipped = new Set([...Object.keys(manifest.dependencies), 'electron', 'node:', 'vite/client', '@number0/iroh', '@modelcontextprotocol/server'])
    const allowed = ['shared', 'models', 'main', 'renderer'].flatMap((folder) => rules.folders[folder]?.packages ?? [])
    expect(allowed.filter((name) => !shipped.has(name))).toEqual([])
  })
})

describe('each rule fails when it is broken', () => {
  const broken: readonly (readonly [rule: string, path: string, text: string])[] = [
    ['[B1] shared/a.ts: imports node:fs', 'shared/a.ts', "import { readFileSync } from 'node:fs'"],
    ['[B1] shared/a.ts: imports react', 'shared/a.ts', "import type { ReactNode } from 'react'"],
    ['[B1] models/a.ts: imports electron', 'models/a.ts', "export { app } from 'electron'"],
    ['[B1] main/a.ts: imports react-dom/client', 'main/a.ts', "import 'react-dom/client'"],
    ['[B1] main/a.ts: imports left-pad', 'main/a.ts', "const pad = require('left-pad')"],
    ['[B1] main/a.ts: imports left-pad', 'main/a.ts', "import { createRequire } from 'node:module'; createRequire(import.meta.url)('left-pad')"],
    ['[B1] renderer/a.tsx: imports node:path', 'renderer/a.tsx', "const path = await import('node:path')"],
    ['[B1] tests/a.test.ts: imports jest', 'tests/a.test.ts', "import 'jest'"],
    ['[B2] models/a.ts: @huggingface/transformers is for models/runtime.ts alone', 'models/a.ts', "import { pipeline } from '@huggingface/transformers'"],
    [`[B2] main/a.ts: electron is for ${electronDoor.join(', ')} alone`, 'main/a.ts', "type App = import('electron').App"],
    ['[B2] main/a.ts: node:sqlite is for main/log/damage.ts, main/home/lock.ts, main/log/file.ts, main/log/plain.ts, main/log/read.ts, main/log/rows.ts alone', 'main/a.ts', "export * from 'node:sqlite'"],
    ['[B2] main/a.ts: ws is for main/doors/browser.ts, main/doors/socket.ts alone', 'main/a.ts', "import { WebSocket } from 'ws'"],
    ['[B2] main/a.ts: @number0/iroh is for main/iroh.ts alone', 'main/a.ts', "import '@number0/iroh'"],
    ['[B2] main/a.ts: @modelcontextprotocol/server is for main/mcp.ts alone', 'main/a.ts', "import '@modelcontextprotocol/server/stdio'"],
    ['[B3] shared/a.ts: imports from main/', 'shared/a.ts', "import { x } from '../main/steward.ts'"],
    ['[B3] models/a.ts: imports from main/', 'models/a.ts', "new URL('../main/log/log.ts', import.meta.url)"],
    ['[B3] main/a.ts: imports from renderer/', 'main/a.ts', "import type { View } from '../renderer/store.ts'"],
    ['[B3] renderer/b/a.ts: imports from main/', 'renderer/b/a.ts', "const x = import('../../main/ipc.ts')"],
    ['[B3] main/a.ts: imports from tests/', 'main/a.ts', "import { fake } from '../tests/support/clock.ts'"],
    ['[B5] shared/a.ts: uses Date.now', 'shared/a.ts', 'export const now = () => Date.now()'],
    ['[B5] shared/a.ts: uses Date.now', 'shared/a.ts', "export const now = () => Date['now']()"],
    ['[B5] shared/a.ts: uses new Date()', 'shared/a.ts', 'export const now = () => new Date()'],
    ['[B5] shared/a.ts: uses Date()', 'shared/a.ts', 'export const now = () => Date()'],
    ['[B5] shared/a.ts: uses Math.random', 'shared/a.ts', 'export const chance = Math.random'],
    ['[B5] shared/a.ts: uses performance', 'shared/a.ts', 'performance.now()'],
    ['[B5] shared/a.ts: uses crypto', 'shared/a.ts', 'crypto.randomUUID()'],
    ['[B5] shared/a.ts: uses process', 'shared/a.ts', "export const on = process.platform === 'linux'"],
    ['[B5] shared/a.ts: uses console', 'shared/a.ts', 'console.log(1)'],
    ['[B5] shared/a.ts: uses setTimeout', 'shared/a.ts', 'setTimeout(() => {}, 1)'],
    ['[B5] shared/a.ts: uses globalThis', 'shared/a.ts', 'globalThis.fetch'],
    ['[B7] main/a.ts: imports something that is not written there', 'main/a.ts', "const name = './b.ts'; await import(name)"]
  ]
  for (const [violation, path, text] of broken) {
    it(`${violation} (${text})`, () => {
      expect(violations(new Map([[path, text]]), [], rules)).toContain(violation)
    })
  }

  it('[B4] the checker of certificates, however indirectly, uses what makes decisions', () => {
    const tree = new Map([
      ['shared/decision/decide.ts', "import { score } from './choice.ts'; import '../schema.ts'"],
      ['shared/decision/choice.ts', 'export const score = 1'],
      ['shared/schema.ts', ''],
      ['shared/decision/verify.ts', "import '../schema.ts'; import { check } from '../check.ts'"],
      ['shared/check.ts', "export { score as check } from './decision/choice.ts'"]
    ])
    expect(violations(tree, [], rules)).toEqual(['[B4] shared/decision/verify.ts: shares shared/decision/choice.ts with shared/decision/decide.ts'])
    expect(violations(new Map([...tree, ['shared/check.ts', "import type { Score } from './decision/choice.ts'"]]), [], rules)).toEqual([])
  })

  it('[B8] two files take something of each other, be it a type, and be it by way of a third', () => {
    const tree = new Map([
      ['main/a.ts', "import { b } from './b.ts'"],
      ['main/b.ts', "import type { C } from './c.ts'"],
      ['main/c.ts', "import type { A } from './a.ts'"],
      ['main/d.ts', "import { a } from './a.ts'"]
    ])
    expect(violations(tree, [], rules)).toEqual(['[B8] main/a.ts, main/b.ts, main/c.ts: import each other in a circle'])
    expect(violations(new Map([...tree, ['main/c.ts', '']]), [], rules)).toEqual([])
  })

  it('[B6] another name appears at the top level', () => {
    expect(violations(new Map(), ['README.md', 'utils'], rules)).toEqual(['[B6] utils: not one of the names at the top level'])
  })

  it('and lets through what only looks like a break', () => {
    const harmless = [
      "// Date.now() and import 'electron'",
      "export const words = 'process, console, import(x)'",
      'export const clock = { process: 1, console() {} }',
      'export const read = (record: { process: number }) => record.process',
      'export const day = (instant: number) => new Date(instant)'
    ].join('\n')
    expect(violations(new Map([['shared/a.ts', harmless]]), [], rules)).toEqual([])
  })
})

function readTree(): ReadonlyMap<string, string> {
  const tree = new Map<string, string>()
  for (const folder of Object.keys(rules.folders)) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile() && /\.(ts|tsx|mts|js|mjs|cjs)$/u.test(entry.name)) tree.set(path.slice(root.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8'))
    }
  }
  return tree
}
