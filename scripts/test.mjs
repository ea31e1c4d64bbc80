// npm test: everything, from nothing. The last line says how many tests passed and failed.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebianPackages } from './debian.mjs';
import { watchLeftovers } from './leftovers.mjs';
import { demandPlatform, ensureBuilt, ensureInstalled, run, totals } from './steps.mjs';
import { runLane } from './uml.mjs';

demandPlatform();
await ensureInstalled();
await ensureDebianPackages();
await ensureBuilt();

/** Checks that count as one test each; the tree is only looked at, so they run side by side. */
const CHECKS = {
  types: ['node_modules/.bin/tsc', ['--noEmit']],
  lint: ['node_modules/.bin/biome', ['check', '--error-on-warnings', '.']],
  'unused code': ['node_modules/.bin/knip', []],
};

async function check([name, [command, args]]) {
  const { code, output } = await run(command, args, { quiet: true });
  process.stdout.write(code === 0 ? ` ✓ ${name}\n` : `${output.trimEnd()}\n ✗ ${name}: ${[command, ...args].join(' ')}\n`);
  return code === 0;
}

/** The counts that our reporter wrote; null when vitest could not even begin. */
async function vitest(mark, args) {
  const folder = mkdtempSync(join(tmpdir(), 'netns-mcp-test-'));
  const file = join(folder, 'counts.json');
  try {
    const { code } = await run('node_modules/.bin/vitest', ['run', '--project=!uml', ...args], {
      env: { NETNS_MCP_TEST_COUNTS: file, NETNS_MCP_TEST_RUN: mark },
    });
    const counts = JSON.parse(readFileSync(file, 'utf8'));
    // Unhandled errors and failed set-ups belong to no test.
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } catch {
    return { passed: 0, failed: 1, skipped: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const mark = randomUUID();
const leftovers = watchLeftovers(mark);
const checks = await Promise.all(Object.entries(CHECKS).map(check));
const args = process.argv.slice(2);
// One machine beside the others; what it prints comes after what they print.
const lane = args.length === 0 ? runLane({ mark, quiet: true }) : { passed: 0, failed: 0, skipped: [], output: '' };
const counts = await Promise.all([vitest(mark, args), lane]);
const left = await leftovers();

process.stdout.write(`${counts[1].output.trimEnd()}\n`);
for (const line of left) process.stdout.write(`${line}\n`);
process.stdout.write(left.length === 0 ? ' ✓ nothing left over\n' : ' ✗ the tests left something over, or took something away\n');

const results = [...checks, left.length === 0];
const passed = results.filter(Boolean).length;
const all = [...counts, { passed, failed: results.length - passed, skipped: [] }].reduce((sum, next) => ({
  passed: sum.passed + next.passed,
  failed: sum.failed + next.failed,
  skipped: [...sum.skipped, ...next.skipped],
}));
process.stdout.write(`${totals(all)}\n`);
process.exitCode = all.failed > 0 ? 1 : 0;
