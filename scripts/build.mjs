// Builds dist/: the program's entry, and beside it the chunks that rarely used commands load. `--if-stale`: only when a source is newer.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { importSource, PACKING } from './sources.mjs';
import { root } from './steps.mjs';

const dist = join(root, 'dist');
const ENTRY = 'netns-mcp.js';
const NOTICES = 'THIRD-PARTY-LICENSES.txt';
/** Run by a Node process of its own, so not part of the bundle. */
const PROBER = 'src/probe/prober.mjs';
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
function notices(metafile) {
  const folders = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const found = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
    if (found) folders.add(found);
  }
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(root, folder, file), 'utf8').trim() : 'No licence file in the package.'}\n`;
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
  const { build: bundle } = await import('esbuild');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { readReadyPolicies } = await importSource('scripts/ready-policies.ts');
  const policies = JSON.stringify(readReadyPolicies(join(root, 'policies')));
  const { readOffers } = await importSource('scripts/offers.ts');
  const offers = JSON.stringify(readOffers());
  const { outputFiles, metafile } = await bundle({
    ...PACKING,
    entryPoints: { 'netns-mcp': 'src/main.ts' },
    outdir: dist,
    chunkNames: '[name]-[hash]',
    splitting: true,
    define: { NETNS_MCP_VERSION: JSON.stringify(version), NETNS_MCP_READY_POLICIES: JSON.stringify(policies), NETNS_MCP_OFFERS: JSON.stringify(offers) },
    metafile: true,
    write: false,
  });
  mkdirSync(dist, { recursive: true });
  const entry = outputFiles.find(({ path }) => basename(path) === ENTRY);
  const kept = new Set([ENTRY, NOTICES]);
  for (const chunk of outputFiles) {
    if (chunk === entry) continue;
    write(basename(chunk.path), chunk.contents);
    kept.add(basename(chunk.path));
  }
  write(NOTICES, notices(metafile));
  if (existsSync(join(root, PROBER))) {
    copyFileSync(join(root, PROBER), join(dist, basename(PROBER)));
    kept.add(basename(PROBER));
  }
  write(ENTRY, `#!/usr/bin/env node\n${entry.text}`, 0o755);
  // A server that runs may still load a chunk of the build before: only a clean build, for a package, leaves nothing over.
  const isOver = (name) => process.argv.includes('--clean') || Date.now() - statSync(join(dist, name)).mtimeMs > KEPT_MS;
  for (const name of readdirSync(dist)) if (!kept.has(name) && !name.startsWith('.') && isOver(name)) rmSync(join(dist, name));
}

if (!process.argv.includes('--if-stale') || isStale()) {
  // esbuild has said what is wrong.
  await build().catch((error) => {
    if (!error.errors) throw error;
    process.exitCode = 1;
  });
}
