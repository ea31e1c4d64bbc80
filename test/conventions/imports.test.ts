// The rooms of the house: who may import whom. Lint rules hold it; here they are seen to catch what they should.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..');

/** The table of docs/architecture.md, by hand: the lint rules are checked against it. */
const MAY_IMPORT = {
  model: [],
  exec: ['model'],
  kernel: ['exec', 'model'],
  change: ['kernel', 'exec', 'model'],
  policy: ['model'],
  topology: ['model'],
  lab: ['change', 'kernel', 'topology', 'model'],
  diagnose: ['change', 'model'],
  probe: ['exec', 'kernel', 'model'],
  service: ['exec', 'kernel', 'model'],
  server: ['model', 'exec', 'kernel', 'change', 'policy', 'topology', 'lab', 'diagnose', 'probe', 'service'],
  cli: ['model', 'exec', 'kernel', 'change', 'policy', 'topology', 'lab', 'diagnose', 'probe', 'service', 'server'],
} as const satisfies Record<string, readonly string[]>;
const ROOMS = Object.keys(MAY_IMPORT);

/** How a module can be imported; each is planted. */
const FORMS: readonly ((from: string) => string)[] = [
  (from) => `import { planted } from '${from}';\nplanted();\n`,
  (from) => `import type { Planted } from '${from}';\nexport type Again = Planted;\n`,
  (from) => `export { planted } from '${from}';\n`,
  (from) => `export const planted = await import('${from}');\n`,
];

const Report = z.object({ diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })) });

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'netns-mcp-rooms-'));
  const config: Record<string, unknown> = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  // The copy is no git repository.
  writeFileSync(join(copy, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

function plant(file: string, text: string): void {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), text);
}

/** Lints the copy; the files in which a forbidden import was found. */
function caught(): string[] {
  const { stdout } = spawnSync(
    'node_modules/.bin/biome',
    ['lint', '--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none', 'src', 'tools'],
    {
      cwd: copy,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const { diagnostics } = Report.parse(JSON.parse(stdout));
  return [...new Set(diagnostics.filter(({ category }) => category === 'lint/style/noRestrictedImports').map(({ location }) => location.path))].sort();
}

/** Files below a folder of the repository. */
function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

describe('imports between the rooms of src', () => {
  test('the planted ones are caught, the permitted ones pass', () => {
    const forbidden: string[] = [];
    for (const room of ROOMS) {
      for (const other of ROOMS) {
        const files = FORMS.map((form, at) => ({ file: `src/${room}/deep/${other}-${at}.ts`, text: form(`../../${other}/thing.js`) }));
        files.push({ file: `src/${room}/${other}.ts`, text: FORMS[0]?.(`../${other}/deep/thing.js`) ?? '' });
        for (const { file, text } of files) plant(file, text);
        const may: readonly string[] = MAY_IMPORT[room as keyof typeof MAY_IMPORT];
        if (room !== other && !may.includes(other)) forbidden.push(...files.map(({ file }) => file));
      }
    }
    expect(caught()).toEqual(forbidden.sort());
    rmSync(join(copy, 'src'), { recursive: true });
  });

  test('only the entry may import tools, and tools may not import the command line', () => {
    const forbidden = ROOMS.map((room) => `src/${room}/planted.ts`);
    for (const file of forbidden) plant(file, "export { TOOLS } from '../../tools/index.js';\n");
    plant('src/main.ts', "export { TOOLS } from '../tools/index.js';\n");
    plant('tools/observe/planted.ts', "export { runCli } from '../../src/cli/run.js';\n");
    plant('tools/observe/permitted.ts', "export { pass } from '../../src/server/call/gate.js';\n");
    expect(caught()).toEqual([...forbidden, 'tools/observe/planted.ts'].sort());
    rmSync(join(copy, 'src'), { recursive: true });
    rmSync(join(copy, 'tools'), { recursive: true });
  });

  test('only src/exec may start processes', () => {
    const text = "export { spawn } from 'node:child_process';\n";
    const forbidden = [...ROOMS.filter((room) => room !== 'exec').map((room) => `src/${room}/planted.ts`), 'tools/planted.ts'];
    for (const file of [...forbidden, 'src/exec/permitted.ts']) plant(file, text);
    expect(caught()).toEqual(forbidden.sort());
    rmSync(join(copy, 'src'), { recursive: true });
    rmSync(join(copy, 'tools'), { recursive: true });
  });

  test('the tree as it is has none', () => {
    for (const folder of ['src', 'tools']) cpSync(join(root, folder), join(copy, folder), { recursive: true });
    expect(caught()).toEqual([]);
  });

  test('every folder of src is a room with its rule', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).filter((name) => !ROOMS.includes(name))).toEqual([]);
  });
});

describe('standard output', () => {
  /** It belongs to the protocol; these print for a person instead, or hand it to the protocol. */
  const PERMITTED = /^src\/cli\/|^src\/server\/mcp\/stdio\.ts$/;

  test('is written by the command line and the transport only', () => {
    const writers = [...sources('src'), ...sources('tools')].filter((file) => /process\.stdout|\bstdout\.write\(/.test(readFileSync(join(root, file), 'utf8')));
    expect(writers.filter((file) => !PERMITTED.test(file))).toEqual([]);
  });
});

describe('every source file', () => {
  test('begins with a line that says what it is for', () => {
    const files = [...sources('src'), ...sources('tools'), ...sources('test')];
    expect(files.filter((file) => !readFileSync(join(root, file), 'utf8').startsWith('// '))).toEqual([]);
  });
});
