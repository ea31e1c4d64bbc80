// The pages that follow from the declarations are in step with them, and the table of errors with the code.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pages } from '../../scripts/pages.js';
import { OPERATIONS } from '../../src/change/operations/table.js';
import { ACTIONS } from '../../src/model/actions.js';
import { ERROR_CODES } from '../../src/model/errors.js';
import { TOOLS } from '../../tools/index.js';

const root = join(import.meta.dirname, '..', '..');

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** All source text, but for the table of codes itself. */
function sourceText(): string {
  const files = ['src', 'tools'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file}`),
  );
  return files
    .filter((file) => file !== 'src/model/errors.ts')
    .map(read)
    .join('\n');
}

describe('generated pages', () => {
  test.each(Object.keys(pages))('%s is in step', (page) => {
    expect(read(page) === pages[page], `${page} is out of step with the declarations: npm run docs`).toBe(true);
  });

  /** The part of the page of tools under a heading. */
  function partOf(heading: string): string {
    const [, part = ''] = (pages['docs/tools.md'] ?? '').split(`\n${heading}\n`);
    return part.split(/\n##+ /)[0] ?? '';
  }

  test('the page of tools has every listed tool, with its arguments and action', () => {
    for (const { name, input, action } of TOOLS.filter(({ listed }) => listed !== 'never')) {
      const own = partOf(`## ${name}`);
      expect(own).toContain(`\`${action}\``);
      for (const field of Object.keys(input.shape)) expect(own, name).toContain(`| \`${field}\` |`);
    }
  });

  test('and every operation, with its arguments and action, there or under its own tool', () => {
    for (const { name, input, action, description } of OPERATIONS) {
      expect(partOf('## Operations'), name).toContain(`| [\`${name}\`](#${name}) | ${description.replaceAll('|', '\\|')} | \`${action}\` |`);
      const own = partOf(`### ${name}`) || partOf(`## ${name}`);
      expect(own, name).toContain(`\`${action}\``);
      for (const field of Object.keys(input.shape)) expect(own, name).toContain(`| \`${field}\` |`);
    }
  });
});

describe('error codes', () => {
  test('each is used by the code', () => {
    const text = sourceText();
    const unused = Object.keys(ERROR_CODES).filter((code) => code !== 'INTERNAL' && !text.includes(`'${code}'`));
    expect(unused, 'remove it from src/model/errors.ts, or use it').toEqual([]);
  });

  test('are upper case words', () => {
    expect(Object.keys(ERROR_CODES).filter((code) => !/^[A-Z]+(_[A-Z]+)*$/.test(code))).toEqual([]);
  });
});

test('every action is judged for some tool, or read by a resource', () => {
  const used = new Set<string>([...TOOLS.map(({ action }) => action), 'audit.read']);
  expect(Object.keys(ACTIONS).filter((action) => !used.has(action))).toEqual([]);
});
