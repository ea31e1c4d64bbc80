// Three kinds of tests: pure ones, those that run against the real kernel, each in a sandbox of its own, and those that a second kernel runs (scripts/uml.mjs).
import { defineConfig } from 'vitest/config';
import { Counts } from './test/run/counts.js';

/** What needs kinds of links and qdiscs that this kernel may lack; slow there. */
const UML = ['test/**/*.uml.test.ts'];
/** Where tests live that start processes. */
const LIVE = ['test/{kernel-live,change,exec,probe,service,protocol,cli}/**/*.test.ts', 'test/**/*live.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', new Counts()],
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [...LIVE, ...UML] } },
      { extends: true, test: { name: 'live', include: LIVE, exclude: UML, globalSetup: ['test/run/build.ts'] } },
      { extends: true, test: { name: 'uml', include: UML, testTimeout: 120_000, hookTimeout: 120_000 } },
    ],
  },
});
