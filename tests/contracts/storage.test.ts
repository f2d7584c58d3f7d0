/** The Storage contract, held by the SQLite log and by the memory of the tests. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLog } from '../../main/log/log.ts'
import type { Storage } from '../../shared/ports.ts'
import { createMemoryDisk, openMemoryStorage } from '../support/storage.ts'
import { storageContract } from './storage.ts'
import { testVault } from '../support/vault.ts'

storageContract('the memory of the tests', async () => {
  const disk = createMemoryDisk()
  const crashes = new Map<Storage, () => void>()
  return {
    open() {
      const storage = openMemoryStorage(disk)
      crashes.set(storage, storage.crash)
      return Promise.resolve(storage)
    },
    crash: async (storage) => crashes.get(storage)?.(),
    async fill() {
      disk.problem = { kind: 'storage', message: 'the disk is full', remedy: 'free some room' }
      return async () => {
        disk.problem = null
      }
    },
    end: async () => undefined
  }
})

/* 1,000 pages of 4 kB: room for what the contract keeps, none for what it must refuse. */
storageContract('the SQLite log', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'steward-log-'))
  return {
    async open() {
      const log = await openLog({ directory, mode: 'write', vault: testVault, maximumPages: 1_000 })
      if (!log.ok) throw new Error(log.error.message)
      return log.value
    },
    /* The thread is ended with the file open: no checkpoint, no closing of the database. */
    crash: async (storage) => (storage as Storage & { abandon(): Promise<void> }).abandon(),
    fill: async () => async () => undefined,
    end: () => rm(directory, { recursive: true, force: true })
  }
})
