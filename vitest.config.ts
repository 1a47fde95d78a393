import { defineConfig } from 'vitest/config'

/** Folders whose tests need no database, so that running them alone starts at once. */
const pure = ['core', 'files', 'simulator', 'aws', 'bench'].map((folder) => `test/${folder}/**/*.test.ts`)

/** Tests that need several connections: the embedded database has one, on which transactions follow one another anyway. */
const onPostgresOnly = process.env['TEST_PG_URL'] === undefined ? ['test/**/*.postgres.test.ts'] : []

export default defineConfig({
  test: {
    env: { TZ: 'UTC' },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'pure', include: pure } },
      {
        extends: true,
        test: {
          name: 'database',
          include: ['test/**/*.test.ts'],
          // Tests against peers run by `npm run test:peers`, which starts the peer.
          exclude: [...pure, ...onPostgresOnly, 'test/peers/**'],
          globalSetup: 'test/support/empty-database.ts',
        },
      },
    ],
  },
})
