import { describe, expect, it } from 'vitest'
import { readAdvert, readKey, writeAdvert, writeKey } from '../../../../main/peer/meeting/discovery.ts'

const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
const key = new Uint8Array(32).fill(3)
const other = new Uint8Array(32).fill(4)

describe('an advert', () => {
  it('is recognised by the circle, under its new key and its old one, and never twice the same', () => {
    const names = Array.from({ length: 20 }, () => writeAdvert({ me: 'a', key, others: ['b'], keys }))
    expect(new Set(names).size).toBe(20)
    for (const name of names) {
      expect(readAdvert(name, { me: 'b', key: other, others: ['c', 'a'], keys })).toBe('a')
      expect(readAdvert(name, { me: 'b', key: other, others: ['a'], keys: [new Uint8Array(32), ...keys] })).toBe('a')
    }
  })

  it('says nothing to anybody else, and nothing of whom it is', () => {
    const name = writeAdvert({ me: 'a', key, others: ['b'], keys })
    expect(name).toMatch(/^[0-9a-f]{16}-[0-9a-f]{32}$/u)
    expect(readAdvert(name, { me: 'b', key: other, others: ['a'], keys: [new Uint8Array(32).fill(9)] })).toBeNull()
    expect(readAdvert(name, { me: 'b', key: other, others: ['c'], keys })).toBeNull()
    for (const text of ['', 'x', name.slice(1), `${name}0`, name.replace(/^./u, (digit) => (digit === '0' ? '1' : '0'))]) expect(readAdvert(text, { me: 'b', key: other, others: ['a'], keys })).toBeNull()
  })

  it('holds the key of who shows it for those of the circle alone, and for that name alone', () => {
    const mine = { me: 'a', key, others: ['b'], keys }
    const theirs = { me: 'c', key: other, others: [], keys: [new Uint8Array(32), ...keys] }
    const [name, second] = [writeAdvert(mine), writeAdvert(mine)]
    const sealed = writeKey(name, mine)
    expect(sealed).not.toBe(writeKey(second, mine))
    expect(readKey(name, sealed, theirs)).toEqual(key)
    expect(readKey(name, sealed, mine)).toBeNull()
    expect(readKey(second, sealed, theirs)).toBeNull()
    expect(readKey(name, sealed, { ...theirs, keys: [new Uint8Array(32).fill(9)] })).toBeNull()
    for (const text of ['', 'k', sealed.slice(2), sealed.replace(/^./u, (digit) => (digit === '0' ? '1' : '0'))]) expect(readKey(name, text, theirs)).toBeNull()
  })
})
