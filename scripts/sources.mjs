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

/** zod brings its messages in some fifty languages: a third of its size, read at each start for nothing. */
const englishOnly = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({ contents: "export { default as en } from './en.js';" }));
  },
};

/** How what is shipped is bundled: less to parse at each start. Names stay, for stack traces. */
export const PACKING = { ...BUNDLING, minifySyntax: true, minifyWhitespace: true, plugins: [englishOnly], legalComments: 'none' };

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
