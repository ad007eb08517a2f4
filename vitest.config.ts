import { createRequire } from 'node:module';

import { defineConfig } from 'vitest/config';

/**
 * `*.db.test.ts` runs on the embedded database, and once more on TEST_DATABASE_URL where that is set. What breaks servers
 * takes minutes and runs by its own name, `npm run test:faults`.
 */
const databaseTests = ['test/**/*.db.test.ts'];
const common = {
  exclude: ['**/node_modules/**', 'test/acceptance/**', 'test/bench/**', 'test/faults/**'],
  globalSetup: ['test/support/global-setup.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

const faults = {
  name: 'faults',
  include: ['test/faults/**/*.test.ts'],
  exclude: ['**/node_modules/**'],
  // It starts servers of its own.
  globalSetup: [],
  env: { TEST_ENGINE: 'postgres' },
};
const quick = [
  {
    name: 'pure',
    include: ['test/**/*.test.ts'],
    exclude: [...common.exclude, ...databaseTests],
    globalSetup: [],
  },
  { name: 'embedded', include: databaseTests, env: { TEST_ENGINE: 'pglite' } },
];
if (process.env['TEST_DATABASE_URL']) {
  quick.push({ name: 'postgres', include: databaseTests, env: { TEST_ENGINE: 'postgres' } });
}

const projects = process.env['TEST_SUITE'] === 'faults' ? [faults] : quick;

export default defineConfig({
  // Without this vitest takes the package's ES modules while Node gives Pothos the CommonJS ones: two realms.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: { projects: projects.map((project) => ({ extends: true, test: { ...common, ...project } })) },
});
