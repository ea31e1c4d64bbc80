// Writes what scripts/test.mjs counts: how many tests passed and failed, and which were skipped for what reason.
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

export class Counts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const file = process.env['NETNS_MCP_TEST_COUNTS'];
    if (file === undefined) return;
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const results = tests.map((test) => ({ test, result: test.result() }));
    // A file that could not be loaded, or whose set-up failed, has no failed test of its own.
    const broken = modules.filter((module) => module.state() === 'failed' && [...module.children.allTests('failed')].length === 0);
    writeFileSync(
      file,
      JSON.stringify({
        passed: results.filter(({ result }) => result.state === 'passed').length,
        failed: results.filter(({ result }) => result.state === 'failed').length + broken.length + unhandled.length,
        skipped: results
          .filter(({ result }) => result.state === 'skipped')
          .map(({ test, result }) => ({
            name: `${test.module.relativeModuleId} > ${test.fullName}`,
            reason: (result.state === 'skipped' && result.note) || 'its name says why',
          })),
      }),
    );
  }
}
