/**
 * The rows of a log as they lie in its file: each sealed for its log and its number, and told whether it takes the place of all
 * before it. So a row that is copied, moved or exchanged does not open; one that was replaced and is put back is known as such,
 * and so is one that is taken out from between others. Not promised: that a whole older file is noticed.
 *
 * A row is 1 byte (1 where it replaces what was before, else 0), then a sealed piece, bound to that byte too.
 */
import type { Vault } from './vault.ts'

/** Whose log it is: the person's values, or what this home knows of their devices. */
export type StoreName = 'values' | 'devices'

export interface OpenedRow {
  readonly entry: Uint8Array
  readonly replaces: boolean
}

export interface RowSealer {
  seal(entry: Uint8Array, number: number, replaces: boolean): Uint8Array
  /** Null where it is not what was sealed there. */
  open(row: Uint8Array, number: number): OpenedRow | null
  /** For the table of what could not be read, where that was plain. */
  sealDamaged(bytes: Uint8Array, number: number): Uint8Array
}

export function createRowSealer(vault: Vault, store: StoreName): RowSealer {
  return {
    seal(entry, number, replaces) {
      const flag = replaces ? 1 : 0
      return Buffer.concat([Uint8Array.of(flag), vault.seal(entry, ['log', store, number, flag])])
    },
    open(row, number) {
      const [flag] = row
      if (flag !== 0 && flag !== 1) return null
      const opened = vault.open(row.subarray(1), ['log', store, number, flag])
      return opened.ok ? { entry: opened.value, replaces: flag === 1 } : null
    },
    sealDamaged: (bytes, number) => vault.seal(bytes, ['damaged', store, number])
  }
}
