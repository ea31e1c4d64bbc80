// What the npm scripts share: running a step, and getting the packages in.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Ends the script with one clear word. */
export function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Runs a program in the repository. `quiet` keeps its output back; what it printed is in the answer. */
export function run(command, args, { quiet = false, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['inherit', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(chunk));
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code, signal) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString(), signal }));
  });
}

/** A step whose output is only of interest when it fails. */
export async function quietly(what, command, args) {
  process.stderr.write(`${what} …\n`);
  const { code, output } = await run(command, args, { quiet: true });
  if (code !== 0) stop(`${output.trimEnd()}\n\n${what} failed: ${[command, ...args].join(' ')} (exit ${code}).`);
}

/** The scripts stop here on a Node that is too old, and where there is no Linux. */
export function demandPlatform() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) stop(`netns-mcp needs Node 20.19 or newer; this is ${process.versions.node}.`);
  if (process.platform === 'linux') return;
  stop(
    `netns-mcp is a Linux server: it works on the Linux kernel's network namespaces, which ${process.platform} does not have.\n` +
      'Clone and run it on a Linux host over SSH (ssh HOST), or in a Linux VM. The README shows how a client here uses a server there.',
  );
}

/** False where the clone belongs to somebody else. */
export function isWritable() {
  try {
    accessSync(root, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Installs the packages of package-lock.json, when they are not there or older than it. */
export async function ensureInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs) return;
  if (!isWritable()) {
    stop(`The packages are not installed, and ${root} is not yours to write. Run npm ci there as its owner, or clone into a folder of your own.`);
  }
  await quietly('Installing packages (npm ci)', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Builds dist/ when a source is newer. */
export async function ensureBuilt() {
  const { code, output } = await run(process.execPath, ['scripts/build.mjs', '--if-stale'], { quiet: true });
  if (code === 0) return;
  if (!isWritable())
    stop(`dist/ is older than the sources, and ${root} is not yours to write. Run npm run build there as its owner, or clone into a folder of your own.`);
  stop(`${output.trimEnd()}\n\nThe build failed.`);
}

/** What was skipped, and the last line of a test run. */
export function totals({ passed, failed, skipped }) {
  const lines = skipped.map(({ name, reason }) => ` - skipped: ${name}: ${reason}\n`);
  return `${lines.join('')}${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`;
}
