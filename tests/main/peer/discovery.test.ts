import { describe, expect, it } from 'vitest'
import { readAdvert, writeAdvert } from '../../../main/peer/discovery.ts'

const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]

describe('an advert', () => {
  it('is recognised by the circle, under its new key and its old one, and never twice the same', () => {
    const names = Array.from({ length: 20 }, () => writeAdvert({ me: 'a', others: ['b'], keys }))
    expect(new Set(names).size).toBe(20)
    for (const name of names) {
      expect(readAdvert(name, { me: 'b', others: ['c', 'a'], keys })).toBe('a')
      expect(readAdvert(name, { me: 'b', others: ['a'], keys: [new Uint8Array(32), ...keys] })).toBe('a')
    }
  })

  it('says nothing to anybody else, and nothing of whom it is', () => {
    const name = writeAdvert({ me: 'a', others: ['b'], keys })
    expect(name).toMatch(/^[0-9a-f]{16}-[0-9a-f]{32}$/u)
    expect(readAdvert(name, { me: 'b', others: ['a'], keys: [new Uint8Array(32).fill(9)] })).toBeNull()
    expect(readAdvert(name, { me: 'b', others: ['c'], keys })).toBeNull()
    for (const text of ['', 'x', name.slice(1), `${name}0`, name.replace(/^./u, (digit) => (digit === '0' ? '1' : '0'))]) expect(readAdvert(text, { me: 'b', others: ['a'], keys })).toBeNull()
  })
})
