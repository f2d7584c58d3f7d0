import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { downloadFile, type DownloadOptions, type Wanted } from '../../../main/models/download.ts'
import { createWeb, type Web } from '../../../main/models/web.ts'
import { repository, revision, sha256, startSource, type TestSource } from '../../support/source.ts'

let folder: string
let source: TestSource
let web: Web
const bytes = randomBytes(1_500_000)
const at = (name = 'weights.bin') => join(folder, name)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'download-'))
  source = await startSource({ 'weights.bin': bytes })
  web = createWeb({ environment: {}, patience: 2_000 })
})
afterEach(async () => {
  web.close()
  await source.close()
  await rm(folder, { recursive: true, force: true })
})

function wanted(change: Partial<Wanted> = {}): Wanted {
  return { address: new URL(`${source.base}/${repository}/resolve/${revision}/weights.bin`), name: 'weights.bin', bytes: bytes.length, most: bytes.length, sha256: sha256(bytes), optional: false, ...change }
}

function options(change: Partial<DownloadOptions> = {}): DownloadOptions {
  return { web, signal: new AbortController().signal, onBytes: () => undefined, run: { gained: 0 }, pause: 1, ...change }
}

/** Nothing of it is left. */
function expectNothing(): void {
  for (const name of [at(), `${at()}.part`, `${at()}.part.json`]) expect(existsSync(name)).toBe(false)
}

describe('a download', () => {
  it('brings the right bytes, under their name only at the end, and tells how far it is', async () => {
    const heard: number[] = []
    const result = await downloadFile(at(), wanted(), options({ onBytes: (done) => {
      heard.push(done)
      expect(existsSync(at())).toBe(false)
    } }))
    expect(result).toEqual({ ok: true, value: { bytes: bytes.length, sha256: sha256(bytes) } })
    expect((await readFile(at())).equals(bytes)).toBe(true)
    expect(existsSync(`${at()}.part`)).toBe(false)
    expect(heard).toEqual(heard.toSorted((one, other) => one - other))
    expect(heard.at(-1)).toBe(bytes.length)
    expect(source.sent).toBe(bytes.length)
  })

  it('asks for stretches that grow with what was won', async () => {
    await downloadFile(at(), wanted(), options())
    const lengths = source.asked.map((line) => /bytes=(\d+)-(\d+)/u.exec(line)).map((range) => Number(range?.[2]) - Number(range?.[1]) + 1)
    expect(lengths[0]).toBe(32 * 1024)
    expect(lengths.at(-1)).toBeGreaterThan(32 * 1024)
    expect(lengths.at(-1)).toBeLessThan(bytes.length / 16)
  })

  it('goes on where a part ends, and fetches nothing twice', async () => {
    const stop = new AbortController()
    const first = await downloadFile(at(), wanted(), options({ signal: stop.signal, onBytes: (done) => void (done > 700_000 && stop.abort()) }))
    expect(first).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
    const here = (await stat(`${at()}.part`)).size
    expect(here).toBeGreaterThan(700_000)
    const before = source.sent
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: true })
    expect(source.sent - before).toBe(bytes.length - here)
    expect((await readFile(at())).equals(bytes)).toBe(true)
  })

  it('is whole when it was stopped between its last byte and its name', async () => {
    await writeFile(`${at()}.part`, bytes)
    await writeFile(`${at()}.part.json`, JSON.stringify({ validator: `"${sha256(bytes)}"` }))
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: true })
    expect(source.asked).toEqual([])
    await rm(at())
    await writeFile(`${at()}.part`, bytes)
    await writeFile(`${at()}.part.json`, JSON.stringify({ validator: `"${sha256(bytes)}"` }))
    expect(await downloadFile(at(), wanted({ bytes: null }), options())).toMatchObject({ ok: true })
    expect(source.sent).toBe(0)
  })

  it('does not trust a part without word of which version it is', async () => {
    await writeFile(`${at()}.part`, bytes.subarray(0, 500_000))
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: true })
    expect(source.sent).toBe(bytes.length)
  })

  it('begins anew where the version changes midway, in length too, and by what the source says of the new one', async () => {
    const newer = randomBytes(1_200_000)
    source.mischief = (request, response) => {
      if (source.sent > 300_000) source.files = { 'weights.bin': newer }
      /* An address is lent for one version. */
      const now = `?${sha256(source.files['weights.bin'] ?? bytes)}`
      if (request.url?.endsWith(now) === true) return false
      response.writeHead(request.url?.includes('?') === true ? 403 : 302, { location: now, 'x-linked-etag': `"${now.slice(1)}"` }).end()
      return true
    }
    expect(await downloadFile(at(), wanted({ bytes: null, sha256: null }), options())).toEqual({ ok: true, value: { bytes: newer.length, sha256: sha256(newer) } })
    expect((await readFile(at())).equals(newer)).toBe(true)
  })

  it('begins anew where the source has another version now', async () => {
    await writeFile(`${at()}.part`, randomBytes(500_000))
    await writeFile(`${at()}.part.json`, JSON.stringify({ validator: '"another"' }))
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: true })
    expect((await readFile(at())).equals(bytes)).toBe(true)
  })
})

describe('what is refused, with nothing of it kept', () => {
  it('a changed byte', async () => {
    const changed = Buffer.from(bytes)
    changed[1_234_567] = (changed[1_234_567] ?? 0) ^ 1
    source.files = { 'weights.bin': changed }
    expect(await downloadFile(at(), wanted(), options())).toEqual({ ok: false, error: { kind: 'bad-input', message: `the file weights.bin from ${new URL(source.base).host} is not the one that was expected: its SHA-256 differs`, remedy: 'it was removed; try again, and where it happens again import the model from a folder' } })
    expectNothing()
  })

  it('a part that was changed on the disk, and the next attempt brings the right bytes', async () => {
    await writeFile(`${at()}.part`, randomBytes(500_000))
    await writeFile(`${at()}.part.json`, JSON.stringify({ validator: `"${sha256(bytes)}"` }))
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
    expectNothing()
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: true })
  })

  it.each([
    ['longer than it should be', bytes.length - 1, 'weights.bin has 1500000 bytes; it should have 1499999'],
    ['shorter than it should be', bytes.length + 1, 'weights.bin has 1500000 bytes; it should have 1500001']
  ])('a file that the source says is %s', async (_, size, message) => {
    expect(await downloadFile(at(), wanted({ bytes: size, most: size }), options())).toMatchObject({ ok: false, error: { kind: 'bad-input', message: expect.stringContaining(message) as string } })
    expectNothing()
  })

  it('more than the catalogue allows, where the size is not known exactly', async () => {
    expect(await downloadFile(at(), wanted({ bytes: null, most: 1_000_000, sha256: null }), options())).toMatchObject({ ok: false, error: { kind: 'bad-input', message: expect.stringContaining('at most 1000000 were expected') as string } })
    expectNothing()
    source.mischief = (_request, response) => {
      response.writeHead(200)
      for (let count = 0; count < 100; count += 1) response.write(randomBytes(20_000))
      response.end()
      return true
    }
    expect(await downloadFile(at(), wanted({ bytes: null, most: 1_000_000, sha256: null }), options())).toMatchObject({ ok: false, error: { kind: 'bad-input', message: expect.stringContaining('sends more of weights.bin than it said') as string } })
    expectNothing()
  })

  it('a piece from another place than it was asked for', async () => {
    source.mischief = (_request, response) => {
      response.writeHead(206, { 'content-range': `bytes 7-${bytes.length - 1}/${bytes.length}` })
      response.end(bytes.subarray(7))
      return true
    }
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: false, error: { kind: 'bad-input', message: expect.stringContaining('another piece') as string } })
    expectNothing()
  })

  it('a file that differs from what the source itself says of it', async () => {
    source.mischief = (request, response) => {
      if (request.url?.includes('again') === true) return false
      response.writeHead(302, { location: `${request.url}?again`, 'x-linked-etag': `"${'ab'.repeat(32)}"` }).end()
      return true
    }
    expect(await downloadFile(at(), wanted({ sha256: null }), options())).toMatchObject({ ok: false, error: { kind: 'bad-input', message: expect.stringContaining('SHA-256 differs') as string } })
    expectNothing()
  })
})

describe('a source that behaves badly', () => {
  it('does not know of pieces: the whole is taken, and taken anew after a break', async () => {
    let times = 0
    source.mischief = (_request, response) => {
      times += 1
      response.writeHead(200, { 'content-length': bytes.length })
      if (times === 1) response.write(bytes.subarray(0, 400_000), () => response.destroy())
      else response.end(bytes)
      return true
    }
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: true })
    expect((await readFile(at())).equals(bytes)).toBe(true)
    expect(times).toBe(3)
  })

  it('breaks off again and again: each time it goes on behind the last byte', async () => {
    let breaks = 0
    source.mischief = (request, response) => {
      const start = Number(/bytes=(\d+)/u.exec(request.headers.range ?? '')?.[1])
      if (breaks >= 20) return false
      breaks += 1
      response.writeHead(206, { etag: `"${sha256(bytes)}"`, 'content-range': `bytes ${start}-${start + 32_767}/${bytes.length}`, 'content-length': 32_768 })
      /* Not at once: a connection that is torn down takes along what was not read yet. */
      response.write(bytes.subarray(start, start + 10_000), () => setTimeout(() => response.destroy(), 30))
      return true
    }
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: true })
    expect((await readFile(at())).equals(bytes)).toBe(true)
    expect(breaks).toBe(20)
  })

  it('stalls: said after the last attempt, with what was fetched kept', async () => {
    web.close()
    web = createWeb({ environment: {}, patience: 60 })
    let asked = 0
    source.mischief = (request, response) => {
      const start = Number(/bytes=(\d+)/u.exec(request.headers.range ?? '')?.[1])
      asked += 1
      if (start < 300_000) return false
      response.writeHead(206, { etag: `"${sha256(bytes)}"`, 'content-range': `bytes ${start}-${start + 32_767}/${bytes.length}`, 'content-length': 32_768 })
      response.flushHeaders()
      return true
    }
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: false, error: { kind: 'conflict', message: expect.stringContaining('sends nothing any more') as string, remedy: expect.stringContaining('kept') as string } })
    expect((await stat(`${at()}.part`)).size).toBeGreaterThanOrEqual(300_000)
    expect(asked).toBeLessThan(40)
  })

  it.each([
    [404, 'not-found', 'has no file weights.bin'],
    [403, 'denied', 'does not give weights.bin to everyone'],
    [407, 'denied', 'the proxy wants a name and a password'],
    [500, 'conflict', 'cannot give the file weights.bin now (500)'],
    [418, 'conflict', 'answered 418']
  ])('answers %i', async (status, kind, message) => {
    source.mischief = (_request, response) => (response.writeHead(status).end('<h1>no</h1>'), true)
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: false, error: { kind, message: expect.stringContaining(message) as string } })
    expectNothing()
    expect(source.asked.length).toBe(status === 500 ? 6 : 1)
  })

  it('answers 503 for a while: it is tried again', async () => {
    let times = 0
    source.mischief = (_request, response) => (times += 1) < 4 && (response.writeHead(503).end(), true)
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: true })
  })

  it('gives a web page, as the login of a network does', async () => {
    source.mischief = (_request, response) => (response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<title>Welcome to our hotel</title>'), true)
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: false, error: { kind: 'conflict', message: expect.stringContaining('a web page instead of the file weights.bin') as string } })
    expectNothing()
  })

  it('is not there at all', async () => {
    const address = wanted().address
    await source.close()
    expect(await downloadFile(at(), wanted({ address }), options())).toMatchObject({ ok: false, error: { kind: 'conflict', message: expect.stringMatching(/cannot be reached \(ECONN/u) as string } })
    source = await startSource({})
  })

  it('lacks an optional file: that is no failure', async () => {
    source.files = {}
    expect(await downloadFile(at(), wanted({ optional: true }), options())).toEqual({ ok: true, value: null })
    expectNothing()
  })

  it('lent an address for a while: when it has run out, the first one is asked again', async () => {
    let lent = 0
    source.mischief = (request, response, _path, whole) => {
      const number = Number(/lent=(\d+)/u.exec(request.url ?? '')?.[1])
      const start = Number(/bytes=(\d+)/u.exec(request.headers.range ?? '')?.[1])
      if (!Number.isFinite(number)) return response.writeHead(302, { location: `?lent=${(lent += 1)}` }).end(), true
      if (number < lent || start > number * 500_000) return response.writeHead(403).end(), true
      void whole
      return false
    }
    expect(await downloadFile(at(), wanted(), options())).toMatchObject({ ok: true })
    expect(lent).toBeGreaterThan(1)
    expect(source.asked.filter((line) => line.startsWith('weights.bin')).length).toBeGreaterThan(10)
  })
})

describe('the person', () => {
  it('stops it, at once also while it waits', async () => {
    source.mischief = (_request, response) => (response.writeHead(503).end(), true)
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 50)
    expect(await downloadFile(at(), wanted(), options({ signal: stop.signal, pause: 60_000 }))).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
  })

  it('has no folder to write to: said', async () => {
    await writeFile(join(folder, 'file'), '')
    expect(await downloadFile(join(folder, 'file', 'x'), wanted(), options())).toMatchObject({ ok: false, error: { kind: 'storage' } })
    await truncate(join(folder, 'file'), 0)
  })
})
