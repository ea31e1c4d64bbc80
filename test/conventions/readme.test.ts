// What the README and the pages in docs name is there: commands, options, tools, calls, files, links; and client snippets are what the program prints.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readCommandLine } from '../../src/cli/command-line.js';
import { endingPage } from '../../src/cli/commands/tour/ending.js';
import { COMMANDS, isCommand } from '../../src/cli/commands.js';
import { isOption, OPTIONS } from '../../src/cli/options.js';
import { SANDBOX_VARIABLE } from '../../src/exec/sandbox-script.js';
import { ERROR_CODES } from '../../src/model/errors.js';
import { LINK_KINDS } from '../../src/model/kinds/table.js';
import { ALLOWED_PROGRAMS } from '../../src/policy/grammar/names.js';
import { ACTION_GROUPS, actionsOf } from '../../src/policy/patterns/actions.js';
import { READY_POLICIES } from '../../src/policy/ready.js';
import { TOOLS } from '../../tools/index.js';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const DOCS = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...DOCS];
/** All source text: pages for those who work on it name constants. */
const SOURCES = ['src', 'tools']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`))
  .filter((name) => name.endsWith('.ts'))
  .map(read)
  .join('\n');
const Package = z.looseObject({ scripts: z.record(z.string(), z.string()), devDependencies: z.record(z.string(), z.string()) });
const { scripts, devDependencies } = Package.parse(JSON.parse(read('package.json')));

/** Options of other programs that the pages speak of. */
/** Variables by which tests are told to do more. */
const OF_THE_TESTS = ['NETNS_MCP_ALL_KINDS', 'NETNS_MCP_SEED', 'NETNS_MCP_PROPERTY_ROUNDS', 'NETNS_MCP_KILL_ROUNDS', 'NETNS_MCP_SHRINK'];
const FOREIGN_OPTIONS = ['--resolve', '--interface', '--security-opt', '--scope', '--'];
/** Pages that are about the options of other programs. */
const ON_FOREIGN_OPTIONS = ['docs/services.md'];
/** First parts of constants that are no error codes of ours. */
const FOREIGN_CONSTANTS = /^(CAP|CLONE|CONFIG|RLIMIT|NETNS_MCP)_/;
const FOLDERS = /^(src|tools|docs|test|scripts|policies|bench)\/[\w./-]+$/;
/** What looks like a file or a command of ours and is none: methods of MCP, what the prober sends. */
const LOOKALIKES = ['tools/list', 'tools/call', 'netns-mcp probe'];
/** A word of an action's group and another after a dot; files are named alike. */
const ACTION_LIKE = new RegExp(`^(${ACTION_GROUPS.map((group) => group.replace('.*', '')).join('|')})\\.(?!md|yaml|ts|json|conf)[a-z*]+$`);
const VERBS = new Set(TOOLS.map(({ name }) => name.split('_')[0]));

interface Page {
  text: string;
  blocks: { language: string; lines: string[]; text: string }[];
  /** Code within sentences. */
  spans: string[];
}

function pageOf(file: string): Page {
  const text = read(file);
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', inner = '']) => ({ language, text: inner, lines: inner.split('\n') }));
  const prose = text.replace(/^```\w*\n.*?^```$/gms, '');
  return { text, blocks, spans: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span) };
}

/** What could be typed into a shell: lines of shell blocks, and spans. */
function typed({ blocks, spans }: Page): string[] {
  const lines = blocks.filter(({ language }) => language === 'sh').flatMap((block) => block.lines);
  return [...lines.map((line) => line.replace(/\s+#.*$/, '')), ...spans].filter((line) => !LOOKALIKES.includes(line));
}

/** The words after the program's name; null when it is another program. */
function wordsForUs(line: string): string[] | null {
  const rest = /^(?:sudo )?(?:netns-mcp|node \S*dist\/netns-mcp\.js)( .*)?$/.exec(line);
  return rest && [...(rest[1] ?? '').matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare = '']) => quoted ?? bare);
}

/** Why a call is not one that the tool would take; null when it is, or when something is left out of it. */
function problemOfCall(name: string, json: string): string | null {
  const tool = TOOLS.find((known) => known.name === name);
  if (!tool) return `there is no tool ${name}`;
  if (json.includes('…')) return null;
  const { error } = tool.input.safeParse(JSON.parse(json));
  return error ? `${name}: ${z.prettifyError(error)}` : null;
}

/** GitHub's name for a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

function anchorsIn(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

describe.each(PAGES)('%s', (file) => {
  const page = pageOf(file);

  test('names commands and options that there are, with arguments that the tools take', () => {
    for (const line of typed(page)) {
      const words = wordsForUs(line);
      // A command that is spoken of, not typed, stands there without its operands.
      if (words === null || isCommand(words.join(' '))) continue;
      const { command, operands, given } = readCommandLine(words);
      const [tool, json] = operands;
      if ((command === 'call' || command === 'policy explain') && json?.startsWith('{')) expect(problemOfCall(tool ?? '', json)).toBeNull();
      const { policy } = given;
      if (typeof policy === 'string' && /^[a-z]+$/.test(policy)) expect(Object.keys(READY_POLICIES)).toContain(policy);
    }
    const options = page.spans.flatMap((span) => /^(--[a-z-]*)(?:[ =]\S+)?$/.exec(span)?.[1] ?? []);
    if (!ON_FOREIGN_OPTIONS.includes(file)) expect(options.filter((option) => !isOption(option.slice(2)) && !FOREIGN_OPTIONS.includes(option))).toEqual([]);
  });

  test('names environment variables that are read', () => {
    const known = [SANDBOX_VARIABLE, ...OF_THE_TESTS, ...Object.values(OPTIONS).flatMap(({ env }) => env ?? [])];
    for (const [name] of page.text.matchAll(/NETNS_MCP_[A-Z_]+/g)) expect(known).toContain(name);
  });

  test('names npm scripts that there are', () => {
    for (const line of typed(page)) {
      const name = /^npm (?:run ([\w-]+)|(start|test))\b/.exec(line);
      if (name) expect(Object.keys(scripts)).toContain(name[1] ?? name[2]);
    }
  });

  test('names tools, error codes and actions that there are', () => {
    const toolLike = page.spans.filter((span) => /^[a-z]+(_[a-z]+)+$/.test(span) && VERBS.has(span.split('_')[0] ?? ''));
    const ofKinds = Object.values(LINK_KINDS).flatMap(({ attributes, shorthands = {} }) => [...Object.keys(attributes), ...Object.keys(shorthands)]);
    const fields = [...TOOLS.flatMap(({ input, output }) => [...Object.keys(input.shape), ...Object.keys(output.shape)]), ...ofKinds];
    expect(toolLike.filter((span) => !fields.includes(span) && !TOOLS.some(({ name }) => name === span))).toEqual([]);
    const codes = page.spans.filter((span) => /^[A-Z]+(_[A-Z]+)+$/.test(span) && !FOREIGN_CONSTANTS.test(span));
    expect(codes.filter((code) => !Object.hasOwn(ERROR_CODES, code) && !SOURCES.includes(`const ${code}`))).toEqual([]);
    const actions = page.spans.filter((span) => ACTION_LIKE.test(span));
    // The page of tools has fields of answers that look like actions; it is held to the declarations elsewhere.
    if (file !== 'docs/tools.md') expect(actions.filter((action) => actionsOf(action).length === 0)).toEqual([]);
  });

  test('shows calls that the tools take', () => {
    const calls = page.blocks.filter(({ language }) => language === 'jsonc').flatMap(({ lines }) => lines);
    for (const line of calls) {
      const [, name, json] = /^([a-z_]+)\s+(\{.*\})$/.exec(line) ?? [];
      if (name !== undefined && json !== undefined) expect(problemOfCall(name, json)).toBeNull();
    }
  });

  test('has JSON that parses', () => {
    for (const { text } of page.blocks.filter(({ language }) => language === 'json')) expect(() => JSON.parse(text)).not.toThrow();
  });

  test('names files that there are', () => {
    const named = typed(page).flatMap((line) => line.split(' ').filter((word) => FOLDERS.test(word)));
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('has links that lead somewhere', () => {
    for (const [, target = ''] of page.text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const linked = path === '' ? file : normalize(join(dirname(file), path));
      expect(existsSync(join(root, linked)) && statSync(join(root, linked)).isFile(), `${target} in ${file}`).toBe(true);
      if (anchor !== undefined) expect(anchorsIn(linked)).toContain(anchor);
    }
  });
});

describe('README', () => {
  const readme = pageOf('README.md');

  test('has the client snippets that the program prints', () => {
    const program = join(root, 'package.json');
    const printed = endingPage(program, false).replaceAll(program, '/path/to/netns-mcp/dist/netns-mcp.js').replace(/^ {4}/gm, '');
    const snippets = readme.blocks.filter(({ text }) => text.includes('/path/to/') && !text.includes('"ssh"'));
    expect(snippets.length).toBe(5);
    for (const { text } of snippets) expect(printed).toContain(text);
  });

  test('has a row for each ready policy', () => {
    const [, table = ''] = readme.text.split('| policy | in short |');
    const rows = [...(table.split('\n\n')[0] ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual(Object.keys(READY_POLICIES).sort());
  });

  test('names every program that can be run', () => {
    expect(ALLOWED_PROGRAMS.filter((program) => !readme.spans.includes(program))).toEqual([]);
  });
});

test('the code on the page on operations is that of the files', () => {
  const { text } = pageOf('docs/adding-an-operation.md');
  const quotes = [...text.matchAll(/`((?:src|test)\/[\w./-]+\.ts)`:\n\n```ts\n(.*?)^```$/gms)];
  expect(quotes.length).toBe(3);
  for (const [, file = '', quote = ''] of quotes) expect(read(file).includes(quote), `${file} is quoted otherwise than it is`).toBe(true);
});

test('the index lists every page', () => {
  const index = read('docs/index.md');
  expect(DOCS.filter((file) => file !== 'docs/index.md' && !index.includes(`(${file.slice('docs/'.length)})`))).toEqual([]);
});

test('the page on architecture has every room and every package', () => {
  const { spans } = pageOf('docs/architecture.md');
  const rooms = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const packages = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/'));
  expect([...rooms.map(({ name }) => `src/${name}`), ...packages].filter((name) => !spans.includes(name))).toEqual([]);
});

test('the changelog names every command and tool', () => {
  const { spans } = pageOf('CHANGELOG.md');
  expect([...Object.keys(COMMANDS), ...TOOLS.map(({ name }) => name)].filter((name) => !spans.includes(name))).toEqual([]);
});
