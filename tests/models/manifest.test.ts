import { createHash } from 'node:crypto'
import { mkdtemp, mkdir, rm, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { fileHash, readWeights } from '../../models/manifest.ts'

let folder = ''
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the weights that are installed', () => {
  it('are whole where every file has the size and the hash of the manifest', async () => {
    await install()
    expect(await readWeights(folder, 'small')).toMatchObject({ ok: true, value: { name: 'small', folder: join(folder, 'weights', 'small') } })
  })

  it.each([
    ['is missing', () => unlink(file())],
    ['has 3 bytes instead of 10', () => truncate(file(), 3)],
    ['is damaged', () => writeFile(file(), 'parameter!')],
    ['is missing', async () => (await unlink(file()), await mkdir(file()))]
  ])('are refused where a file %s', async (what, harm) => {
    await install()
    await harm()
    const found = await readWeights(folder, 'small')
    expect(found).toMatchObject({ ok: false, error: { kind: 'model' } })
    expect(found.ok ? '' : found.error.message).toContain(`small/model.onnx ${what}`)
  })

  it.each(['', '{', '[]', '{"models":[{"name":"small"}]}', '{"models":[{"name":"small","licence":"","source":"","files":[{"path":"x","bytes":-1,"sha256":"z"}]}]}'])('are refused where the manifest is %j', async (manifest) => {
    await install()
    await writeFile(join(folder, 'manifest.json'), manifest)
    expect(await readWeights(folder, 'small')).toMatchObject({ ok: false, error: { kind: 'model', message: expect.stringContaining('manifest.json') as string } })
  })

  it('are heard of again and again while a large file is read, so that a slow disk is not taken for a dead process', async () => {
    await install()
    await truncate(file(), 50_000_000)
    let heard = 0
    await fileHash(file(), () => void (heard += 1))
    expect(heard).toBe(2)
  })

  it('are not found by a name that the manifest does not hold, and the names that it holds are told', async () => {
    await install()
    expect(await readWeights(folder, '../etc')).toMatchObject({ ok: false, error: { kind: 'not-found', remedy: 'choose one of: small' } })
  })
})

function file(): string {
  return join(folder, 'weights', 'small', 'model.onnx')
}

async function install(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'steward-weights-'))
  await mkdir(join(folder, 'weights', 'small'), { recursive: true })
  await writeFile(file(), 'parameters')
  const sha256 = createHash('sha256').update('parameters').digest('hex')
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ models: [{ name: 'small', licence: 'Apache-2.0', source: 'made up', files: [{ path: 'small/model.onnx', bytes: 10, sha256 }] }] }))
}
