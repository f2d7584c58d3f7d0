/** The keys of the homes that tests and benches make lie in a folder of their own, and none with those of whoever runs them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** For this process and those that it starts; gone when it ends. Nothing where one is named already. */
export function keepTestKeys(): void {
  if (process.env['VALUES_STEWARD_KEYS'] !== undefined) return
  const folder = mkdtempSync(join(tmpdir(), 'steward-keys-'))
  process.env['VALUES_STEWARD_KEYS'] = folder
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
}
