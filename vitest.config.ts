import { createRequire } from 'node:module';

import { defineConfig } from 'vitest/config';

/**
 * `*.db.test.ts` runs on the embedded database, and once more on TEST_DATABASE_URL where that is set. `*.slow.*` starts
 * processes or walks the whole schema, and runs by a name of its own, `npm run test:slow`; what breaks servers runs as
 * `npm run test:faults`.
 */
const suite = process.env['TEST_SUITE'] ?? 'quick';
const isSlow = suite === 'slow';
const folders = '{test,packages/*/test}';
const databaseTests = [isSlow ? `${folders}/**/*.slow.db.test.ts` : `${folders}/**/*.db.test.ts`];
const common = {
  exclude: [
    '**/node_modules/**',
    'test/acceptance/**',
    'test/bench/**',
    'test/faults/**',
    ...(isSlow ? [] : ['**/*.slow.*']),
  ],
  globalSetup: ['test/support/global-setup.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // Files share what they import, which takes half the time; what a process measures of itself needs one of its own.
  isolate: isSlow,
};

const faults = {
  name: 'faults',
  include: ['test/faults/**/*.test.ts'],
  exclude: ['**/node_modules/**'],
  // It starts servers of its own.
  globalSetup: [],
  isolate: true,
  env: { TEST_ENGINE: 'postgres' },
};
const projectsOfSuite = [
  {
    name: 'pure',
    include: [isSlow ? `${folders}/**/*.slow.test.ts` : `${folders}/**/*.test.ts`],
    exclude: [...common.exclude, ...databaseTests],
    globalSetup: [],
  },
  { name: 'embedded', include: databaseTests, env: { TEST_ENGINE: 'pglite' } },
];
if (process.env['TEST_DATABASE_URL']) {
  projectsOfSuite.push({ name: 'postgres', include: databaseTests, env: { TEST_ENGINE: 'postgres' } });
}

const projects = suite === 'faults' ? [faults] : projectsOfSuite;

export default defineConfig({
  // Without this vitest takes the package's ES modules while Node gives Pothos the CommonJS ones: two realms.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  // All cores, where by default one is left idle; the slow suite measures, and has the other core for its processes.
  test: {
    maxWorkers: isSlow ? 1 : '100%',
    projects: projects.map((project) => ({ extends: true, test: { ...common, ...project } })),
  },
});
