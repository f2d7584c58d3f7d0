import { describe, expect, it } from 'vitest'
import { commonWords } from '../../models/retrieval.ts'

describe('what words in common are worth', () => {
  const lines = ['NEIGHBOURS who never ask', 'NEIGHBOURS at the gate', 'PIANOS that are played for nobody', 'HOURS of sleep']

  it('counts a word that few have above one that several have, and nothing where none is in common', () => {
    const [first = 0, second = 0, piano = 0, sleep] = commonWords('My neighbour plays the piano late.', lines)
    expect(first).toBeGreaterThan(0)
    expect(second).toBeGreaterThan(0)
    expect(piano).toBeGreaterThan(Math.max(first, second))
    expect(sleep).toBe(0)
  })

  it('counts it less in a long line', () => {
    const [short = 0, long = 0] = commonWords('a piano', ['PIANOS', 'PIANOS in old houses with thin walls and small children asleep', 'bread'])
    expect(short).toBeGreaterThan(long)
    expect(long).toBeGreaterThan(0)
  })

  it('is BM25 with each word counted once: 0.0075 · ln(1 + 1.5 / 1.5) for a word that one of two lines has, both of one length', () => {
    expect(commonWords('piano', ['piano', 'bread'])[0]).toBeCloseTo(0.0075 * Math.log(1 + 1.5 / 1.5), 12)
  })

  it('is nothing for an empty list, an empty text, and lines without words', () => {
    expect(commonWords('piano', [])).toEqual([])
    expect(commonWords('', lines)).toEqual([0, 0, 0, 0])
    expect(commonWords('piano', ['', '…'])).toEqual([0, 0])
  })
})
