/** What every Storage must keep (shared/ports.ts, S1–S6). `open` opens the same place again and again. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Storage } from '../../shared/ports.ts'

export interface StorageWorld {
  open(): Promise<Storage>
  /** Stops as a crash does, nothing put away; what was acknowledged must be there at the next `open`. */
  crash(storage: Storage): Promise<void>
  /** Makes writing fail, and works again when the returned function is called. */
  fill(storage: Storage): Promise<() => Promise<void>>
  end(): Promise<void>
}

export function storageContract(name: string, begin: () => Promise<StorageWorld>): void {
  describe(`${name} keeps the Storage contract`, () => {
    let world: StorageWorld
    const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
    const entriesOf = async (storage: Storage): Promise<number[][]> => {
      const loaded = await storage.load()
      if (!loaded.ok) throw new Error(loaded.error.message)
      return loaded.value.map((entry) => [...entry])
    }
    afterEach(() => world.end())

    it('[S1] what was acknowledged is there after a crash', async () => {
      world = await begin()
      const storage = await world.open()
      expect(await storage.append(bytes(1, 2))).toEqual({ ok: true, value: undefined })
      expect(await storage.append(bytes())).toEqual({ ok: true, value: undefined })
      await world.crash(storage)
      const again = await world.open()
      expect(await entriesOf(again)).toEqual([[1, 2], []])
      await again.close()
    })

    it('[S2] every entry comes back byte for byte, large ones too', async () => {
      world = await begin()
      const storage = await world.open()
      const large = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 31) % 256)
      await storage.append(large)
      await storage.close()
      const again = await world.open()
      const loaded = await again.load()
      expect(loaded.ok && loaded.value.map((entry) => Buffer.compare(entry, large))).toEqual([0])
      await again.close()
    })

    it('[S3] entries stand in the order in which append was called, however many wait', async () => {
      world = await begin()
      const storage = await world.open()
      await Promise.all(Array.from({ length: 250 }, (_, at) => storage.append(bytes(at))))
      expect(await entriesOf(storage)).toEqual(Array.from({ length: 250 }, (_, at) => [at]))
      await storage.close()
    })

    it('[S4] compaction replaces what was there and keeps what came after', async () => {
      world = await begin()
      const storage = await world.open()
      void storage.append(bytes(1))
      void storage.append(bytes(2))
      const compacted = storage.compact(bytes(9))
      const after = storage.append(bytes(3))
      expect([await compacted, await after]).toEqual([{ ok: true, value: undefined }, { ok: true, value: undefined }])
      await world.crash(storage)
      const again = await world.open()
      expect(await entriesOf(again)).toEqual([[9], [3]])
      await again.close()
    })

    it('[S5] a full disk is a problem, changes nothing, and passes', async () => {
      world = await begin()
      const storage = await world.open()
      await storage.append(bytes(1))
      const free = await world.fill(storage)
      const huge = new Uint8Array(8_000_000).fill(7)
      for (const result of [await storage.append(huge), await storage.compact(huge)]) {
        expect(result.ok).toBe(false)
        expect(result.ok ? null : result.error.kind).toBe('storage')
      }
      expect(await entriesOf(storage)).toEqual([[1]])
      await free()
      expect(await storage.append(bytes(2))).toEqual({ ok: true, value: undefined })
      expect(await entriesOf(storage)).toEqual([[1], [2]])
      await storage.close()
    })

    it('[S6] close waits for what is under way; afterwards everything is refused', async () => {
      world = await begin()
      const storage = await world.open()
      const last = storage.append(bytes(5))
      await storage.close()
      expect(await last).toEqual({ ok: true, value: undefined })
      expect((await storage.append(bytes(6))).ok).toBe(false)
      expect((await storage.compact(bytes(6))).ok).toBe(false)
      expect((await storage.load()).ok).toBe(false)
      const again = await world.open()
      expect(await entriesOf(again)).toEqual([[5]])
      await again.close()
    })
  })
}
