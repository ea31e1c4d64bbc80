// npm test: everything, from nothing. The last line says how many tests passed and failed.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebianPackages } from './debian.mjs';
import { watchLeftovers } from './leftovers.mjs';
import { demandPlatform, ensureBuilt, ensureInstalled, run } from './steps.mjs';

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
    const { code } = await run('node_modules/.bin/vitest', ['run', ...args], { env: { NETNS_MCP_TEST_COUNTS: file, NETNS_MCP_TEST_RUN: mark } });
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
const counts = await vitest(mark, process.argv.slice(2));
const left = await leftovers();

for (const line of left) process.stdout.write(`${line}\n`);
process.stdout.write(left.length === 0 ? ' ✓ nothing left over\n' : ' ✗ the tests left something over, or took something away\n');
for (const { name, reason } of counts.skipped) process.stdout.write(` - skipped: ${name}: ${reason}\n`);

const results = [...checks, left.length === 0];
const passed = counts.passed + results.filter(Boolean).length;
const failed = counts.failed + results.filter((ok) => !ok).length;
process.stdout.write(`${passed} passed, ${failed} failed${counts.skipped.length > 0 ? `, ${counts.skipped.length} skipped` : ''}\n`);
process.exitCode = failed > 0 ? 1 : 0;
