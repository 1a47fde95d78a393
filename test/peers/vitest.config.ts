import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The contract tests against servers that others wrote; scripts/test-peers.ts starts them. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: { include: ['test/peers/**/*.test.ts'], env: { TZ: 'UTC' }, testTimeout: 60_000 },
})
