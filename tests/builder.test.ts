/**
 * electron-builder.yml, read and judged by electron-builder itself: its schema, and its own matching of which files of the
 * packages are packed for which system.
 */
import { globSync, lstatSync, readFileSync, type Stats } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import configuration from 'app-builder-lib/out/util/config/config.js'
import type { Configuration } from 'app-builder-lib'
import { describe, expect, it } from 'vitest'

/** What electron-builder does not declare of its own file matcher. */
interface Matching {
  getNodeModuleFileMatcher(from: string, to: string, expand: (pattern: string) => string, options: object, packager: object): { createFilter(): (path: string, stat: Stats) => boolean }
}
const matching = createRequire(import.meta.url)('app-builder-lib/out/fileMatcher.js') as Matching
const silent = { isEnabled: false } as Parameters<typeof configuration.validateConfiguration>[1]

const root = join(import.meta.dirname, '..')
const config = await configuration.getConfig(root, 'electron-builder.yml', null)
const judge = (changed: object) => configuration.validateConfiguration(changed as Configuration, silent)

describe('electron-builder.yml', () => {
  it('is what electron-builder’s schema asks for', async () => {
    await expect(judge(config)).resolves.toBeUndefined()
  })

  const broken: readonly (readonly [string, object])[] = [
    ['a key that nobody knows', { ...config, publsh: null }],
    ['a fuse that is misspelt', { ...config, electronFuses: { ...config.electronFuses, runAsNodes: false } }],
    ['a fuse that is no switch', { ...config, electronFuses: { ...config.electronFuses, runAsNode: 'perhaps' } }],
    ['a target of the wrong kind', { ...config, linux: { ...config.linux, target: { kind: 'AppImage' } } }],
    ['a key of one system under another', { ...config, win: { ...config.win, hardenedRuntime: true } }]
  ]
  for (const [name, changed] of broken) {
    it(`would be refused with ${name}`, async () => {
      await expect(judge(changed)).rejects.toThrow(/Invalid configuration object/u)
    })
  }

  it('[19] sets Signal’s fuses, and takes from files what privileges they have beyond others', () => {
    expect(config.electronFuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false
    })
    expect(config.asar).toBe(true)
  })

  it('publishes nowhere, is hardened on macOS with leave to compile as it runs and no more, and builds for three systems', () => {
    expect(config.publish).toBeNull()
    expect(config.mac).toMatchObject({ hardenedRuntime: true, entitlements: 'main/packaging/entitlements.plist', entitlementsInherit: 'main/packaging/entitlements.plist' })
    expect(config.mac?.extendInfo).toEqual({ NSLocalNetworkUsageDescription: expect.stringContaining('your other devices'), NSBonjourServices: ['_values-steward._udp'] })
    const entitlements = readFileSync(join(root, 'main/packaging/entitlements.plist'), 'utf8')
    expect([...entitlements.matchAll(/<key>(.*)<\/key>/gu)].map(([, key]) => key)).toEqual(['com.apple.security.cs.allow-jit'])
    expect([config.linux?.target, config.win?.target, config.mac?.target]).toEqual([['AppImage', 'deb'], ['nsis'], ['dmg', 'zip']])
  })
})

describe('what is packed of the packages', () => {
  const runtimes = globSync('node_modules/onnxruntime-node/bin/napi-v6/*/*/*', { cwd: root })
  const platforms = [
    ['linux', 'linux', ['x64', 'arm64']],
    ['win', 'win32', ['x64', 'arm64']],
    ['mac', 'darwin', ['arm64']]
  ] as const

  for (const [os, platform, archs] of platforms) {
    for (const arch of archs) {
      it(`for ${os} ${arch} is that system’s ONNX runtime alone`, () => {
        const kept = runtimes.filter(isPacked(os, arch))
        expect(kept.length).toBeGreaterThanOrEqual(2)
        expect(kept).toEqual(runtimes.filter((path) => path.includes(`/${platform}/${arch}/`)))
      })
    }
  }

  it('is all of what main and models import, and none of the window’s', () => {
    const packed = isPacked('linux', 'x64')
    for (const name of ['@huggingface/transformers/dist/transformers.node.mjs', 'onnxruntime-node/dist/index.js', 'onnxruntime-common/package.json', 'sharp/package.json', 'ws/package.json', 'yjs/package.json', 'lib0/package.json', 'y-protocols/package.json', 'zod/package.json', '@noble/hashes/package.json']) {
      expect([name, packed(`node_modules/${name}`)]).toEqual([name, true])
    }
    for (const name of ['react/index.js', 'react-dom/index.js', 'zustand/package.json', 'onnxruntime-web/package.json']) {
      expect([name, packed(`node_modules/${name}`)]).toEqual([name, false])
    }
  })

  it('is outside the archive where it is native, and so is the model', () => {
    expect(config.asarUnpack).toEqual(['models/manifest.json', 'models/weights/**', 'node_modules/onnxruntime-node/bin/**', 'node_modules/@img/**', 'node_modules/@number0/iroh-*/**'])
  })
})

/** electron-builder's own filter for the packages of one system. */
function isPacked(os: 'linux' | 'win' | 'mac', arch: string): (path: string) => boolean {
  const expand = (pattern: string) => pattern.replaceAll('${arch}', arch)
  const packager = { config, debugLogger: silent }
  const filter = matching.getNodeModuleFileMatcher(root, root, expand, config[os] ?? {}, packager).createFilter()
  return (path) => filter(join(root, path), lstatSync(join(root, path)))
}
