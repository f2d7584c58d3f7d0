/**
 * Which tests there are, in three groups: `unit` (npm run check), `slow` (the real model, kill -9, what takes long; named
 * *.slow.test.ts) and `browser` (tests/e2e, in a real Chromium).
 */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { keepTestKeys } from './support/keys.ts'

const slow = 'tests/**/*.slow.test.{ts,tsx}'
const browser = 'tests/e2e/**/*.test.{ts,tsx}'
const patience = { testTimeout: 180_000, hookTimeout: 120_000 }

/* What must become true in a window may take long where all cores are busy; vitest's own second is too short for that. */
const polling = { expect: { poll: { timeout: 20_000 } } }

keepTestKeys()

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    pool: 'forks',
    maxWorkers: 3,
    allowOnly: false,
    projects: [
      { test: { name: 'unit', include: ['tests/**/*.test.{ts,tsx}'], exclude: [slow, browser], testTimeout: 30_000, hookTimeout: 30_000 } },
      { test: { name: 'slow', include: [slow], exclude: [browser], ...patience } },
      { test: { name: 'browser', include: [browser], testTimeout: 240_000, hookTimeout: 120_000, ...polling } }
    ]
  }
})
