// How our code is bundled: what is shipped, and, for a moment, a part of the sources that a script runs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './steps.mjs';

const BUNDLING = { cwd: root, platform: 'node', transform: { target: 'node20.19' } };

/** zod brings its messages in some fifty languages: a third of its size, read at each start for nothing. */
const englishOnly = {
  name: 'english-only',
  load: {
    filter: { id: /zod\/v4\/locales\/index\.js$/ },
    handler: () => "export { default as en } from './en.js';",
  },
};

const names = { function: true, class: true };

/**
 * Bundles what is shipped: less to parse at each start. Names stay, for stack traces.
 * @returns the chunks; written already, unless `write` is false.
 */
export async function pack({ input, define = {}, output, write = true }) {
  const { build } = await import('rolldown');
  const { output: chunks } = await build({
    ...BUNDLING,
    input,
    transform: { ...BUNDLING.transform, define },
    plugins: [englishOnly],
    // Some parts are loaded late by one command and early by another.
    checks: { ineffectiveDynamicImport: false },
    output: { comments: false, minify: { mangle: false, compress: { keepNames: names }, codegen: { removeWhitespace: true } }, ...output },
    write,
  });
  return chunks;
}

/** Imports a TypeScript module of the repository. */
export async function importSource(entry) {
  const { build } = await import('rolldown');
  const folder = mkdtempSync(join(tmpdir(), 'netns-mcp-build-'));
  const file = join(folder, 'module.mjs');
  try {
    await build({ ...BUNDLING, input: entry, output: { file, codeSplitting: false } });
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
