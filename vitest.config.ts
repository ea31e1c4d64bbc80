// Two kinds of tests: pure ones, and those that run against the real kernel, each in a sandbox of its own.
import { defineConfig } from 'vitest/config';
import { Counts } from './test/run/counts.js';

/** Where tests live that start processes. */
const LIVE = ['test/{kernel-live,change,exec,probe,protocol,cli}/**/*.test.ts', 'test/**/*live.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', new Counts()],
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: LIVE } },
      { extends: true, test: { name: 'live', include: LIVE, globalSetup: ['test/run/build.ts'] } },
    ],
  },
});
