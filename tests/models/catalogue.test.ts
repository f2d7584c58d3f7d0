import { describe, expect, it } from 'vitest'
import { bytesOf, catalogue, mostBytes, readCatalogue } from '../../models/catalogue.ts'
import { builtIn } from '../../models/manifest.ts'
import { entryOf, modelFiles } from '../support/source.ts'

describe('the catalogue', () => {
  it('has at least six models, each with a name of its own that is not the built-in one’s', () => {
    expect(catalogue.length).toBeGreaterThanOrEqual(6)
    const names = catalogue.map(({ name }) => name.toLowerCase())
    expect(new Set([...names, builtIn.toLowerCase()]).size).toBe(names.length + 1)
  })

  it('puts those first whose terms need no accepting, and the smaller first among them', () => {
    const free = catalogue.filter(({ licence }) => licence.terms === null)
    expect(catalogue.slice(0, free.length)).toEqual(free)
    expect(free.length).toBeGreaterThanOrEqual(6)
    expect(free.map(bytesOf)).toEqual(free.map(bytesOf).toSorted((one, other) => one - other))
  })

  it('is not for English alone', () => {
    expect(catalogue.filter(({ languages }) => languages.includes('de')).length).toBeGreaterThanOrEqual(3)
  })

  describe.each(catalogue)('$name', (entry) => {
    it('is free under Apache-2.0 or MIT, or says its terms in both languages and where they stand', () => {
      const isFree = ['Apache-2.0', 'MIT'].includes(entry.licence.name)
      expect(entry.licence.terms === null).toBe(isFree)
      if (entry.licence.terms !== null) expect(entry.licence.terms.de).not.toBe(entry.licence.terms.en)
    })

    it('has what transformers.js needs of its build, each file once, and no file twice the size of the model', () => {
      const paths = entry.files.map(({ path }) => path)
      for (const path of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) expect(paths).toContain(path)
      const suffix = { q4: '_q4', fp32: '', fp16: '_fp16', q8: '_quantized', int8: '_int8', uint8: '_uint8', q4f16: '_q4f16', bnb4: '_bnb4' }[entry.dtype]
      expect(paths).toContain(`onnx/model${suffix}.onnx`)
      expect(paths.filter((path) => path.startsWith('onnx/')).every((path) => path.startsWith(`onnx/model${suffix}.onnx`))).toBe(true)
      expect(new Set(paths).size).toBe(paths.length)
    })

    it('knows a hash only of files whose size it knows exactly', () => {
      for (const file of entry.files) {
        if (file.sha256 !== null) expect(file.exact).toBe(true)
        expect(mostBytes(file)).toBeGreaterThanOrEqual(file.bytes)
        expect(file.exact ? mostBytes(file) : file.bytes).toBe(file.bytes)
      }
    })

    it('needs more memory than it is large, and is as large as so many parameters in so few bits can be', () => {
      expect(entry.memory).toBeGreaterThan(bytesOf(entry))
      const bits = (8 * bytesOf(entry)) / entry.parameters
      expect(bits).toBeGreaterThan(4)
      expect(bits).toBeLessThan(16)
    })
  })
})

describe('a list of one’s own', () => {
  it('is read in the same form', () => {
    const entry = entryOf(modelFiles())
    expect(readCatalogue(JSON.stringify({ models: [entry] }), 'the list')).toEqual({ ok: true, value: [entry] })
  })

  it.each([
    ['no JSON', '{'],
    ['another form', '[]'],
    ['a path upwards', JSON.stringify({ models: [{ ...entryOf(modelFiles()), files: [...entryOf(modelFiles()).files, { path: '../evil', bytes: 1, exact: true, sha256: null, optional: false }] }] })],
    ['a hidden file', JSON.stringify({ models: [{ ...entryOf(modelFiles()), files: [...entryOf(modelFiles()).files, { path: 'onnx/.evil', bytes: 1, exact: true, sha256: null, optional: false }] }] })],
    ['an absolute path', JSON.stringify({ models: [{ ...entryOf(modelFiles()), files: [...entryOf(modelFiles()).files, { path: '/etc/evil', bytes: 1, exact: true, sha256: null, optional: false }] }] })],
    ['a name with a step', JSON.stringify({ models: [entryOf(modelFiles(), { name: '..' })] })],
    ['a repository with a step', JSON.stringify({ models: [{ ...entryOf(modelFiles()), source: { repository: '../../x', revision: null } }] })]
  ])('is refused in one sentence where it holds %s', (_, text) => {
    expect(readCatalogue(text, 'the list')).toMatchObject({ ok: false, error: { kind: 'bad-input', message: expect.stringMatching(/^the list/u) as string } })
  })
})
