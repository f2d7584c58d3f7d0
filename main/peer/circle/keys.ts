/**
 * Where a device's secrets lie: a sealed file of the home, behind an interface of two calls, so that something safer can take
 * its place.
 */
import { fail, type Result } from '../../../shared/result.ts'
import { readPersonal, writePersonal, type Seal } from '../../vault/seal.ts'

/** Null where nothing was written yet. What was written is there after a crash. */
export interface Keystore {
  read(): Result<Uint8Array | null>
  write(bytes: Uint8Array): Result<void>
}

export function createFileKeystore(home: string, seal: Seal): Keystore {
  return {
    read: () => readPersonal(home, 'devices/keys', seal),
    write(bytes) {
      const written = writePersonal(home, 'devices/keys', bytes, seal)
      return written.ok ? written : fail(written.error.kind, 'the keys of this device could not be kept', written.error.remedy)
    }
  }
}
