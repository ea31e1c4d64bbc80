// The user-mode-linux lane: test/**/*.uml.test.ts on a second kernel, which has the kinds of links and qdiscs that this one may lack.
// npm run test:uml [-- FILE…]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ensureDebianPackages, pathOf } from './debian.mjs';
import { demandPlatform, ensureBuilt, ensureInstalled, root, run, totals } from './steps.mjs';

const LIMIT_MS = 30 * 60_000;
const COUNTS_INSIDE = '/run/lane/counts.json';
const APART = ['unshare', '--user', '--map-root-user', '--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
const VITEST = ['node_modules/vitest/vitest.mjs', 'run', '--project=uml'];
/** One processor, and every start of a Node costs seconds there. (The number of workers of a project is not for the command line to say.) */
const FRUGALLY = ['--no-file-parallelism', '--no-isolate'];

/** Why there is no second kernel here; null when there is. */
function whyNot() {
  if (pathOf('linux.uml') === null) return 'linux.uml is not there (Debian package user-mode-linux)';
  if (pathOf('modprobe') === null) return 'modprobe is not there (Debian package kmod)';
  const [command, ...args] = APART;
  if (spawnSync(command, [...args, 'true'], { stdio: 'ignore' }).status !== 0) return 'no user namespace can be made here';
  return null;
}

/** The tests by name, none of them run. */
async function skipped(reason, args) {
  const folder = mkdtempSync(join(tmpdir(), 'netns-mcp-uml-'));
  try {
    const file = join(folder, 'counts.json');
    const nothing = ['--testNamePattern', '(?!)'];
    const { output } = await run(process.execPath, [...VITEST, ...nothing, ...args], { quiet: true, env: { NETNS_MCP_TEST_COUNTS: file } });
    if (!existsSync(file)) return { passed: 0, failed: 1, skipped: [], output };
    const counts = JSON.parse(readFileSync(file, 'utf8'));
    return { ...counts, skipped: counts.skipped.map(({ name }) => ({ name, reason })), output: '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Boots the second kernel once and runs the tests in it. `mark`: what leftovers.mjs knows our processes by; `quiet` keeps the output back. */
export async function runLane({ mark = '', args = [], quiet = false } = {}) {
  const reason = whyNot();
  if (reason !== null) return skipped(reason, args);
  const settings = [
    `NETNS_MCP_TEST_COUNTS=${COUNTS_INSIDE}`,
    `NETNS_MCP_ALL_KINDS=${process.env.NETNS_MCP_ALL_KINDS ?? ''}`,
    'NETNS_MCP_LANE=uml',
    'NO_COLOR=1',
  ];
  const inside = ['-C', root, ...settings, process.execPath, ...VITEST, ...FRUGALLY, ...args];
  const boot = ['sh', join(root, 'test', 'uml', 'boot.sh'), pathOf('linux.uml'), join(root, 'test', 'uml', 'init.sh'), COUNTS_INSIDE];
  const [command, ...words] = [...APART, ...boot, ...inside];
  const child = spawn(command, words, {
    stdio: ['pipe', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit', 'pipe'],
    env: { ...process.env, NETNS_MCP_TEST_RUN: mark },
  });
  const limit = setTimeout(() => child.stdin.end(), LIMIT_MS);
  // npm ends the shell between itself and us, and that shell ends without a word to us.
  const parent = process.ppid;
  const orphaned = setInterval(() => process.ppid === parent || child.stdin.end(), 500);
  const closed = new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  const streams = [child.stdout, child.stderr, child.stdio[3]].map((stream) => (stream === null ? '' : text(stream)));
  const [code, stdout, stderr, counts] = await Promise.all([closed, ...streams]);
  clearTimeout(limit);
  clearInterval(orphaned);
  return { ...counted(code, counts), output: stdout + stderr };
}

/** What came out of the machine; a machine that ended badly or said nothing is a failure of its own. */
function counted(code, text) {
  try {
    const counts = JSON.parse(text);
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } catch {
    return { passed: 0, failed: 1, skipped: [] };
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  demandPlatform();
  await ensureInstalled();
  await ensureDebianPackages();
  await ensureBuilt();
  const { output, ...counts } = await runLane({ args: process.argv.slice(2) });
  process.stdout.write(`${output}${totals(counts)}\n`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
}
