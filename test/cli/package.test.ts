// The package as npm would publish it: it runs from the tarball alone, without any other package.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'netns-mcp-package-'));
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root, stdio: 'ignore' });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  execFileSync('tar', ['xzf', join(folder, tarball), '-C', folder]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('needs no other package at run time', () => {
  const { dependencies, bin } = JSON.parse(readFileSync(join(folder, 'package', 'package.json'), 'utf8'));
  expect({ dependencies, bin }).toEqual({ dependencies: undefined, bin: { 'netns-mcp': 'dist/netns-mcp.js' } });
});

test('its program starts by itself and calls a tool', () => {
  const program = join(folder, 'package', 'dist', 'netns-mcp.js');
  expect(execFileSync(program, ['call', 'list_namespaces', '--sandbox', '--json'], { encoding: 'utf8', cwd: '/' })).toContain('"kind": "host"');
});

test('holds the program, the ready policies and the licences, and nothing else', () => {
  const files = readdirSync(join(folder, 'package'), { recursive: true, encoding: 'utf8' });
  for (const file of ['LICENSE', 'dist/THIRD-PARTY-LICENSES.txt', 'policies/lab.yaml']) expect(files).toContain(file);
  expect(files.filter((file) => /^(src|tools|test|node_modules)/.test(file) || file.endsWith('.map'))).toEqual([]);
});

test('a server starts from few files', () => {
  const loaded = new Set(['netns-mcp.js']);
  for (const name of loaded) {
    const text = readFileSync(join(folder, 'package', 'dist', name), 'utf8');
    for (const [imported] of text.matchAll(/(?<=from"\.\/)[^"]+|(?<=import\(`\.\/)serve-[^`]+/g)) loaded.add(imported);
  }
  expect([...loaded].map((name) => name.replace(/(-[0-9a-f]+)?\.js$/, '')).sort()).toEqual(['core', 'netns-mcp', 'rolldown-runtime', 'serve']);
});
