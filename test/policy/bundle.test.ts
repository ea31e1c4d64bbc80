// Loading from a bundle, as the program is shipped: the ready policies beside it, and files of others' in the sandbox.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { policyText } from './subjects.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'policy-bundle-'));
  chmodSync(folder, 0o755);
  cpSync(join(root, 'policies'), join(folder, 'policies'), { recursive: true });
  const entry = `import { loadPolicy } from './src/policy/load.js';
    try { console.log(loadPolicy(process.argv[2]).file); } catch (error) { console.log(error.message); }`;
  await build({
    stdin: { contents: entry, resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    outfile: join(folder, 'dist', 'load.mjs'),
    logLevel: 'error',
  });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function load(policy: string, ...around: string[]): string {
  const [program = '', ...args] = [...around, process.execPath, join(folder, 'dist', 'load.mjs'), policy];
  return execFileSync(program, args, { encoding: 'utf8', cwd: '/' }).trim();
}

test('the ready policies are found beside the bundle', () => {
  expect(load('lab')).toBe(join(folder, 'policies', 'lab.yaml'));
});

test.skipIf(process.getuid?.() !== 0)('who owns a file is asked of real root only: in a user namespace owners are not to be seen', () => {
  const file = join(folder, 'mine.yaml');
  writeFileSync(file, policyText('effect: allow, actions: [namespace.list]'));
  chownSync(file, 65534, 65534);
  const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  expect(load(file)).toContain('belongs to user 65534');
  expect(load(file, ...asNobody)).toBe(file);
  expect(load(file, ...asNobody, 'unshare', '--user', '--map-root-user')).toBe(file);
});
