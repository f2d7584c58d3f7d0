/** The thread in which a snapshot is sealed, written and verified, so that no disk and no decoding ever holds up a window. */
import { parentPort, workerData } from 'node:worker_threads'
import { createVault, type VaultMaterial } from '../vault/vault.ts'
import type { Content } from './content.ts'
import { takeSnapshot } from './snapshots.ts'

export interface SnapshotWork {
  readonly home: string
  readonly vault: VaultMaterial
  readonly content: Content
  readonly vector: Uint8Array
}

const { home, vault, content, vector } = workerData as SnapshotWork
parentPort?.postMessage(takeSnapshot(home, createVault(vault), content, vector))
