import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRowSealer } from '../../../main/vault/rows.ts'
import { createVault, newMaterial, overhead, type Place } from '../../../main/vault/vault.ts'

const vault = createVault(newMaterial())
const bytes = fc.uint8Array({ maxLength: 2_000 })
const place = fc.tuple(fc.string(), fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 4 })).map(([first, rest]): Place => [first, ...rest])

describe('what a vault seals', () => {
  it('opens in its place, as it was, also by the vault of another thread', () => {
    const elsewhere = createVault(structuredClone(vault.material()))
    fc.assert(fc.property(bytes, place, (plain, where) => {
      const sealed = vault.seal(plain, where)
      expect(sealed.length).toBe(plain.length + overhead)
      expect(elsewhere.open(sealed, where)).toEqual({ ok: true, value: plain })
    }))
  })

  it('opens nowhere else', () => {
    fc.assert(fc.property(bytes, place, place, (plain, where, other) => {
      fc.pre(JSON.stringify(where) !== JSON.stringify(other))
      expect(vault.open(vault.seal(plain, where), other)).toMatchObject({ ok: false, error: { kind: 'storage' } })
    }))
    const sealed = vault.seal(Buffer.from('text'), ['log', 'values', 11])
    for (const other of [['log', 'values', 1, 1], ['log', 'values', '11'], ['log', 'values11'], ['log', 'values', 11, 0]] as const) expect(vault.open(sealed, other).ok).toBe(false)
  })

  it('does not open by the vault of another home, even one with the same key', () => {
    const sealed = vault.seal(Buffer.from('text'), ['a'])
    expect(createVault(newMaterial()).open(sealed, ['a']).ok).toBe(false)
    expect(createVault({ ...vault.material(), home: 'f'.repeat(32) }).open(sealed, ['a']).ok).toBe(false)
  })

  it('is found to be damaged by any byte that is another, missing or more', () => {
    const sealed = vault.seal(Buffer.from('a few words of mine'), ['a'])
    for (let at = 0; at < sealed.length; at += 1) {
      for (const flip of [0x01, 0x80, 0xff]) expect(vault.open(sealed.map((byte, where) => (where === at ? byte ^ flip : byte)), ['a']).ok).toBe(false)
      expect(vault.open(sealed.subarray(0, at), ['a']).ok).toBe(false)
    }
    expect(vault.open(Buffer.concat([sealed, Buffer.of(0)]), ['a']).ok).toBe(false)
  })

  it('never looks the same twice, and draws a key of its own for each opening', () => {
    const again = createVault(vault.material())
    const pieces = Array.from({ length: 2_000 }, (_, at) => Buffer.from((at % 2 === 0 ? vault : again).seal(new Uint8Array(), ['a'])))
    expect(new Set(pieces.map((piece) => piece.toString('hex'))).size).toBe(2_000)
    expect(new Set(pieces.map((piece) => piece.subarray(1, 17).toString('hex'))).size).toBe(2)
    expect(new Set(pieces.map((piece) => piece.subarray(17, 29).toString('hex'))).size).toBe(2_000)
  })

  it('gives a key for each purpose, always the same, and never the home’s own', () => {
    const keys = ['a', 'b', 'header'].map((purpose) => Buffer.from(vault.derive(purpose)).toString('hex'))
    expect(new Set([...keys, Buffer.from(vault.material().key).toString('hex')]).size).toBe(4)
    expect(Buffer.from(createVault(vault.material()).derive('a')).toString('hex')).toBe(keys[0])
  })
})

describe('a row of a log', () => {
  const sealer = createRowSealer(vault, 'values')
  it('opens under its own number, in its own log, with its own flag', () => {
    const row = sealer.seal(Buffer.from('an edit'), 5, false)
    expect(sealer.open(row, 5)).toEqual({ entry: Uint8Array.from(Buffer.from('an edit')), replaces: false })
    expect([sealer.open(row, 6), createRowSealer(vault, 'devices').open(row, 5), sealer.open(Buffer.concat([Buffer.of(1), row.subarray(1)]), 5)]).toEqual([null, null, null])
  })
})
