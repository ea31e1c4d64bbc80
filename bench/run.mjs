// `npm run bench`: builds both servers, makes a sandbox, and measures inside it. Prints both sides of each ratio; `--json` for machines.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from '../scripts/sources.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const ran = (command, args, options) => {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (error) throw error;
  return status ?? 1;
};

const folder = mkdtempSync(join(tmpdir(), 'netns-mcp-bench-'));
try {
  if (ran(process.execPath, [join(root, 'scripts', 'build.mjs'), '--if-stale']) !== 0) process.exit(1);
  const minimal = join(folder, 'minimal.mjs');
  // Bundled like ours: like with like.
  await pack({ input: join(here, 'minimal-server.mjs'), output: { file: minimal } });
  const flags = ['--user', '--map-root-user', '--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
  // A clean environment: an extra certificate file alone costs each Node start some 30 ms.
  const env = { PATH: process.env.PATH, HOME: folder, BENCH_FOLDER: folder };
  process.exitCode = ran('unshare', [...flags, process.execPath, join(here, 'inside.mjs'), minimal, ...process.argv.slice(2)], { cwd: root, env });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
