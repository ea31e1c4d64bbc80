// A driver that runs inside a sandbox, as one file that plain Node runs.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'netns-mcp');

const bundled = new Map<string, Promise<string>>();

/** Bundles a driver, once for the same sources. @param entry Its path. @returns Where the one file is. */
export function bundleDriver(entry: string): Promise<string> {
  const known = bundled.get(entry) ?? bundle(entry);
  bundled.set(entry, known);
  return known;
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20.19', write: false, sourcemap: 'inline' },
    // Libraries that ask for modules of Node's by themselves.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    define: { 'process.env.NETNS_MCP_BUILT': 'undefined' },
  });
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  const file = join(CACHE, `${basename(entry, '.ts')}-${createHash('sha256').update(contents).digest('hex').slice(0, 16)}.mjs`);
  if (!existsSync(file)) {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, contents);
    renameSync(`${file}.${process.pid}`, file);
  }
  return file;
}
