// Running a part of the sources in a script: bundled into a file that is there for a moment.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './steps.mjs';

/** How all of our code is bundled. */
export const BUNDLING = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Packages in CommonJS form call require() for Node's own modules.
  banner: { js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
  logLevel: 'warning',
};

/** Imports a TypeScript module of the repository. */
export async function importSource(entry) {
  const { build } = await import('esbuild');
  const folder = mkdtempSync(join(tmpdir(), 'netns-mcp-build-'));
  const outfile = join(folder, 'module.mjs');
  try {
    await build({ ...BUNDLING, entryPoints: [entry], outfile });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
