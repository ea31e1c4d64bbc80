// Builds dist/: the program's entry, a chunk with all that a server needs to start, and those that are loaded late. `--if-stale`: only when a source is newer.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { importSource, pack } from './sources.mjs';
import { root } from './steps.mjs';

const dist = join(root, 'dist');
const ENTRY = 'netns-mcp.js';
const NOTICES = 'THIRD-PARTY-LICENSES.txt';
/** Each run by a Node process of its own, so not part of the bundle. */
const PROGRAMS = ['src/probe/prober.mjs', 'src/service/web-server.mjs'];
/** How long chunks of earlier builds are kept. */
const KEPT_MS = 15 * 60_000;
const INPUTS = ['src', 'tools', 'policies', 'scripts', 'package.json', 'package-lock.json'];

/** When the newest of a file, or of all below a folder (the folders too: a file may have been deleted), was changed. */
function changedAt(path) {
  const own = statSync(path).mtimeMs;
  if (!statSync(path).isDirectory()) return own;
  return readdirSync(path, { recursive: true }).reduce((newest, name) => Math.max(newest, statSync(join(path, name)).mtimeMs), own);
}

function isStale() {
  const entry = join(dist, ENTRY);
  if (!existsSync(entry)) return true;
  const built = statSync(entry).mtimeMs;
  return INPUTS.some((input) => changedAt(join(root, input)) > built);
}

/** Licence texts of the packages whose code is in the bundle. */
function notices(chunks) {
  const folders = new Set();
  for (const id of chunks.flatMap(({ moduleIds }) => moduleIds)) {
    const found = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
    if (found) folders.add(found);
  }
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : 'No licence file in the package.'}\n`;
  });
  return texts.join(`\n${'-'.repeat(72)}\n\n`);
}

/** In one rename, so that whoever starts the program meanwhile gets the old file or the new one, whole. */
function write(name, contents, mode = 0o644) {
  const temporary = join(dist, `.${name}.${process.pid}`);
  writeFileSync(temporary, contents, { mode });
  renameSync(temporary, join(dist, name));
}

async function build() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { readReadyPolicies } = await importSource('scripts/ready-policies.ts');
  const policies = JSON.stringify(readReadyPolicies(join(root, 'policies')));
  const { readOffers } = await importSource('scripts/offers.ts');
  const offers = JSON.stringify(readOffers());
  const chunks = await pack({
    input: { 'netns-mcp': 'src/main.ts', serve: 'src/cli/commands/serve.ts' },
    define: { NETNS_MCP_VERSION: JSON.stringify(version), NETNS_MCP_READY_POLICIES: JSON.stringify(policies), NETNS_MCP_OFFERS: JSON.stringify(offers) },
    output: {
      entryFileNames: ({ name }) => (name === 'netns-mcp' ? ENTRY : '[name]-[hash].js'),
      chunkFileNames: '[name]-[hash].js',
      hashCharacters: 'hex',
      // Node takes about a millisecond for each file that it loads. The entry stays outside: it waits for chunks that import this one.
      codeSplitting: { groups: [{ name: 'core', tags: ['$initial'], test: /^(?!.*\/src\/main\.ts$)/ }] },
    },
    write: false,
  });
  mkdirSync(dist, { recursive: true });
  const kept = new Set([ENTRY, NOTICES]);
  for (const { fileName, code } of chunks) {
    if (fileName === ENTRY) continue;
    write(fileName, code);
    kept.add(fileName);
  }
  write(NOTICES, notices(chunks));
  for (const program of PROGRAMS) {
    copyFileSync(join(root, program), join(dist, basename(program)));
    kept.add(basename(program));
  }
  write(ENTRY, `#!/usr/bin/env node\n${chunks.find(({ fileName }) => fileName === ENTRY).code}`, 0o755);
  // A server that runs may still load a chunk of the build before: only a clean build, for a package, leaves nothing over.
  const isOver = (name) => process.argv.includes('--clean') || Date.now() - statSync(join(dist, name)).mtimeMs > KEPT_MS;
  for (const name of readdirSync(dist)) if (!kept.has(name) && !name.startsWith('.') && isOver(name)) rmSync(join(dist, name));
}

if (!process.argv.includes('--if-stale') || isStale()) {
  await build().catch((error) => {
    // The bundler's message says which file, line and why.
    if (!error.errors) throw error;
    process.stderr.write(`${stripVTControlCharacters(error.message)}\n`);
    process.exitCode = 1;
  });
}
