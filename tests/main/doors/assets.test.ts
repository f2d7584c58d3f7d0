import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contentSecurityPolicy, pressableStyle, readAsset } from '../../../main/doors/assets.ts'

let outside: string
let folder: string

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'assets-'))
  folder = join(outside, 'renderer')
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(outside, 'secret.json'), 'secret')
  await writeFile(join(folder, 'index.html'), '<!doctype html>')
  await writeFile(join(folder, 'assets', 'index-Ab3_x9Zk.js'), '1')
  await writeFile(join(folder, 'assets', 'notes.exe'), 'x')
  await writeFile(join(folder, '.hidden.json'), 'x')
  await symlink(join(outside, 'secret.json'), join(folder, 'link.json'))
  await mkdir(join(folder, 'folder.html'))
})

afterAll(() => rm(outside, { recursive: true }))

describe('assets', () => {
  it('reads the index for the root, and what it names, with their types', async () => {
    expect(await readAsset(folder, '/')).toMatchObject({ type: 'text/html; charset=utf-8', immutable: false })
    expect(await readAsset(folder, '/index.html')).toMatchObject({ immutable: false })
    expect(await readAsset(folder, '/assets/index-Ab3_x9Zk.js')).toMatchObject({ type: 'text/javascript; charset=utf-8', immutable: true })
  })

  it.each([
    '', 'index.html', '/../secret.json', '/assets/../../secret.json', '/%2e%2e/secret.json', '/..%2fsecret.json', '/%2e%2e%2fsecret.json',
    '/..\\secret.json', '/assets/%5c..%5c..%5csecret.json', '//secret.json', '/./index.html', '/link.json', '/folder.html', '/.hidden.json',
    '/assets/notes.exe', '/assets', '/missing.js', '/index.html%00.js', '/%', '/%ff.js', '/index.html/', '/C:/index.html'
  ])('reads nothing for %j', async (path) => {
    expect(await readAsset(folder, path)).toBeNull()
  })

  it('has a policy that starts from nothing and allows neither inline nor evaluated code', () => {
    expect(contentSecurityPolicy).toMatch(/^default-src 'none'; /u)
    expect(contentSecurityPolicy).not.toMatch(/unsafe|data:|blob:|https?:|\*/u)
    for (const directive of ['base-uri', 'form-action', 'frame-ancestors']) expect(contentSecurityPolicy).toContain(`${directive} 'none'`)
  })

  it('allows by hash exactly the style element that react-aria adds', async () => {
    const source = await readFile(join(import.meta.dirname, '../../../node_modules/react-aria/dist/private/interactions/usePress.mjs'), 'utf8')
    const attribute = /PRESSABLE_ATTRIBUTE = '([^']+)'/u.exec(source)?.[1] ?? ''
    const template = /style\.textContent = `([^`]*)`\.trim\(\)/u.exec(source)?.[1] ?? ''
    expect(template.replace(/\$\{[^}]*\}/u, attribute).trim()).toBe(pressableStyle)
    expect(contentSecurityPolicy).toContain(`'sha256-${createHash('sha256').update(pressableStyle).digest('base64')}'`)
  })
})
