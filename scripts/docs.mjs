// npm run docs: writes the pages that follow from the declarations. `--check`: only says which are out of step.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importSource } from './sources.mjs';
import { ensureInstalled, root } from './steps.mjs';

function current(page) {
  try {
    return readFileSync(join(root, page), 'utf8');
  } catch {
    return null;
  }
}

await ensureInstalled();
process.chdir(root);
const { pages } = await importSource('scripts/pages.ts');
const onlyCheck = process.argv.includes('--check');
for (const [page, text] of Object.entries(pages)) {
  if (current(page) === text) continue;
  if (onlyCheck) {
    process.exitCode = 1;
    process.stderr.write(`${page} is out of step with the declarations: npm run docs\n`);
  } else {
    writeFileSync(join(root, page), text);
    process.stderr.write(`${page} written\n`);
  }
}
