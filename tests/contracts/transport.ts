/**
 * The contract of the Transport port (shared/ports.ts T1–T4), for any pair of connected ends, and of PeerTransport (T5–T7).
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { PeerTransport, Transport } from '../../shared/ports.ts'

export interface TransportPair {
  readonly left: Transport
  readonly right: Transport
  /** Frees whatever lies under the two ends. */
  dispose(): Promise<void>
}

export function transportContract(name: string, connect: () => Promise<TransportPair>): void {
  describe(name, () => {
    let pair: TransportPair | null = null
    const open = async () => (pair = await connect())
    afterEach(async () => {
      await pair?.dispose()
      pair = null
    })

    it('[T1] delivers frames whole, unchanged and in order, both ways', async () => {
      const { left, right } = await open()
      const sent = [0, 1, 2, 125, 126, 65_535, 65_536, 300_000].map((length, index) => new Uint8Array(length).fill(index + 1))
      const [atRight, atLeft] = [collect(right), collect(left)]
      for (const frame of sent) {
        left.send(frame)
        right.send(frame)
      }
      await vi.waitFor(() => expect([atLeft.length, atRight.length]).toEqual([sent.length, sent.length]), 10_000)
      expect(atRight).toEqual(sent)
      expect(atLeft).toEqual(sent)
    })

    it('[T1] delivers a frame as it was when it was sent, though the sender uses its bytes again', async () => {
      const { left, right } = await open()
      const frames = collect(right)
      const bytes = Uint8Array.of(1, 2, 3)
      left.send(bytes)
      bytes.fill(9)
      await vi.waitFor(() => expect(frames).toEqual([Uint8Array.of(1, 2, 3)]), 10_000)
    })

    it('[T2] does nothing on send after close, on either side, and never throws', async () => {
      const { left, right } = await open()
      const frames = collect(right)
      const closed = vi.fn()
      right.onClose(closed)
      left.close()
      left.send(Uint8Array.of(1))
      await vi.waitFor(() => expect(closed).toHaveBeenCalled(), 10_000)
      right.send(Uint8Array.of(2))
      left.close()
      right.close()
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(frames).toEqual([])
    })

    for (const side of ['left', 'right'] as const) {
      it(`[T3] tells both ends once that the ${side} one closed`, async () => {
        const { left, right } = await open()
        const told = [vi.fn(), vi.fn()] as const
        left.onClose(told[0])
        right.onClose(told[1])
        const closer = side === 'left' ? left : right
        closer.close()
        closer.close()
        await vi.waitFor(() => told.forEach((tell) => expect(tell).toHaveBeenCalled()), 10_000)
        left.close()
        right.close()
        await new Promise((resolve) => setTimeout(resolve, 20))
        for (const tell of told) expect(tell).toHaveBeenCalledTimes(1)
      })
    }

    it('[T3] tells a listener that came too late', async () => {
      const { left } = await open()
      left.close()
      const told = vi.fn()
      left.onClose(told)
      await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(1), 10_000)
    })

    it('[T4] keeps frames that arrive before anybody listens, in order', async () => {
      const { left, right } = await open()
      left.send(Uint8Array.of(1))
      left.send(Uint8Array.of(2))
      await new Promise((resolve) => setTimeout(resolve, 50))
      const frames = collect(right)
      left.send(Uint8Array.of(3))
      await vi.waitFor(() => expect(frames).toEqual([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]), 10_000)
    })
  })
}

export interface PeerTransportPair extends TransportPair {
  readonly left: PeerTransport
  readonly right: PeerTransport
  readonly keys: { readonly left: Uint8Array; readonly right: Uint8Array }
  /** Bytes that may wait, and bytes of one frame. */
  readonly limits: { readonly backlog: number; readonly frame: number }
}

export function peerTransportContract(name: string, connect: () => Promise<PeerTransportPair>): void {
  transportContract(name, connect)
  describe(name, () => {
    let pair: PeerTransportPair | null = null
    const open = async () => (pair = await connect())
    afterEach(async () => {
      await pair?.dispose()
      pair = null
    })

    it('[T5] knows the key of the other end', async () => {
      const { left, right, keys } = await open()
      expect(left.remote).toEqual(keys.right)
      expect(right.remote).toEqual(keys.left)
    })

    it('[T6] says how much waits, and when there is little left', async () => {
      const { left, right } = await open()
      const frames = collect(right)
      for (let index = 0; index < 8; index += 1) left.send(new Uint8Array(400_000).fill(index))
      expect(left.pending).toBeGreaterThan(2_000_000)
      await left.drained()
      expect(left.pending).toBeLessThan(1_000_000)
      await vi.waitFor(() => expect(frames.length).toBe(8), 20_000)
      expect(frames.map((frame) => frame[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    })

    it('[T6] does not leave anybody waiting for a channel that closed', async () => {
      const { left } = await open()
      for (let index = 0; index < 8; index += 1) left.send(new Uint8Array(400_000))
      const dry = left.drained()
      left.close()
      await dry
      await left.drained()
    })

    it('[T6] closes rather than take more than the limit, and leaves no frame out of the middle', async () => {
      const { left, right, limits } = await open()
      const frames = collect(right)
      const closed = vi.fn()
      right.onClose(closed)
      const size = Math.ceil(limits.backlog / 8)
      for (let index = 0; index < 40; index += 1) left.send(new Uint8Array(size).fill(index))
      await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1), 20_000)
      expect(frames.length).toBeLessThan(40)
      expect(frames.map((frame) => frame[0])).toEqual(frames.map((_, index) => index))
    })

    it('[T7] closes rather than send a frame that is too long', async () => {
      const { left, right, limits } = await open()
      const frames = collect(right)
      const closed = vi.fn()
      right.onClose(closed)
      left.send(new Uint8Array(limits.frame + 1))
      await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1), 20_000)
      expect(frames).toEqual([])
    })
  })
}

function collect(end: Transport): Uint8Array[] {
  const frames: Uint8Array[] = []
  end.onFrame((frame) => frames.push(Uint8Array.from(frame)))
  return frames
}
