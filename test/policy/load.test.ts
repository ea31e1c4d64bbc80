// What the loader takes, and how it refuses the rest: every problem at once, each with its line.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NetnsError } from '../../src/model/errors.js';
import { checkPolicy, loadPolicy } from '../../src/policy/load.js';
import { READY_POLICIES } from '../../src/policy/ready.js';
import { HOST, policyText } from './subjects.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(text: string | Uint8Array, name = 'p.yaml'): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Problems as `LINE message`. */
function problems(text: string): string[] {
  return checkPolicy(write(text)).problems.map(({ line, message }) => `${line} ${message}`);
}

function refusal(nameOrFile: string): NetnsError {
  try {
    loadPolicy(nameOrFile);
  } catch (error) {
    if (error instanceof NetnsError) return error;
    throw error;
  }
  throw new Error('it was loaded');
}

const RULE = 'effect: allow, actions: [namespace.list]';

describe('what is loaded', () => {
  test('a file, with the lines of its rules', () => {
    const file = write(policyText('id: first, effect: allow, actions: [namespace.list]', 'id: second, effect: deny, actions: [link.*]'));
    const policy = loadPolicy(file);
    expect(policy).toMatchObject({ name: 'test', file, description: 'Test.', redacts: new Set() });
    expect(policy.decide({ action: 'link.set', subjects: [HOST] })).toMatchObject({ effect: 'deny', rule: 'second', file, line: 6 });
    expect(policy.summary().map(({ rule, line }) => [rule, line])).toEqual([
      ['first', 5],
      ['second', 6],
    ]);
  });

  test('what it redacts', () => {
    expect(loadPolicy(write(policyText(RULE).replace('rules:', 'redact: [macs, processes]\nrules:'))).redacts).toEqual(new Set(['macs', 'processes']));
  });

  test('a byte order mark, Windows line ends and a symbolic link', () => {
    const file = write(`\ufeff${policyText(RULE).replaceAll('\n', '\r\n')}`, 'real.yaml');
    const other = join(folder, 'p.yaml');
    symlinkSync(file, other);
    expect(loadPolicy(other).name).toBe('test');
  });

  test.each(Object.keys(READY_POLICIES))('the ready policy %s, whatever the current folder is', (name) => {
    expect(loadPolicy(name).file).toMatch(new RegExp(`/policies/${name}\\.yaml$`));
  });
});

describe('names', () => {
  test.each([
    ['labs', 'Did you mean lab?'],
    ['mypolicy', './mypolicy.yaml'],
    ['__proto__', 'Ready policies: observe, lab, operate, sandbox'],
    ['', 'Ready policies'],
  ])('"%s"', (name, hint) => {
    expect(refusal(name)).toMatchObject({ code: 'POLICY_INVALID', hint: expect.stringContaining(hint) });
  });

  test('a path is never taken for a ready policy', () => {
    expect(refusal(join(folder, 'lab'))).toMatchObject({ code: 'POLICY_INVALID', message: expect.stringContaining('ENOENT') });
  });
});

describe('what is no policy', () => {
  test.each<[string, string, string[]]>([
    ['empty', '', ['1 Invalid input: expected object, received null']],
    ['no mapping', '- 1\n', ['1 Invalid input: expected object, received array']],
    ['another version', policyText(RULE).replace('version: 1', 'version: 2'), ['1 version: Invalid input: expected 1']],
    ['an unknown key', `${policyText(RULE)}secret: 1\n`, ['6 unknown key "secret"']],
    ['an unknown key in a rule', policyText(RULE, `${RULE}, acton: x`), ['6 rules[1]: unknown key "acton"']],
    ['a key twice', `${policyText(RULE)}name: again\n`, ['6 Map keys must be unique']],
    ['an id twice', policyText(`id: a, ${RULE}`, `id: b, ${RULE}`, `id: a, ${RULE}`), ['7 rule "a" is there already, in line 5']],
    ['no rule', 'version: 1\nname: x\ndescription: x\nrules: []\n', ['4 rules: Too small: expected array to have >=1 items']],
    ['too many rules', policyText(...Array.from({ length: 201 }, () => RULE)), ['4 rules: Too big: expected array to have <=200 items']],
    ['a text for a list', policyText('effect: allow, actions: namespace.list'), ['5 rules[0].actions: Invalid input: expected array, received string']],
    ['a number for a text', policyText(RULE).replace('name: test', 'name: 7'), ['2 name: Invalid input: expected string, received number']],
    ['an unknown effect', policyText('effect: maybe, actions: [link.set]'), ['5 rules[0].effect: Invalid option: expected one of "allow"|"ask"|"deny"']],
    ['protected: false', policyText(`${RULE}, protected: false`), ['5 rules[0].protected: Invalid input: expected true']],
    ['a tab', 'version: 1\n\tname: x\n', ['2 Tabs are not allowed as indentation']],
    ['an alias', `x: &a [1]\n${policyText(RULE)}y: *a\n`, ['7 aliases are not taken: write it out']],
    ['a tag', policyText(RULE).replace('name: test', 'name: !!binary aGk='), ['2 Unresolved tag']],
    ['a line break in a sentence', policyText(RULE).replace('Test.', '"a\\nb"'), ['3 description: one line without control characters']],
    ['a text that turns its direction', policyText(RULE).replace('Test.', '"a\\u202Eb"'), ['3 description: one line without control characters']],
    ['merging', policyText(RULE).replace('name: test', 'name: test\n<<: {a: 1}'), ['3 unknown key "<<"']],
    ['a prototype', `${policyText(RULE)}__proto__: {x: 1}\n`, ['6 unknown key "__proto__"']],
  ])('%s', (_what, text, expected) => {
    const found = problems(text);
    for (const [index, message] of expected.entries()) expect(found[index]).toContain(message);
    expect(found).toHaveLength(expected.length);
  });

  test.each([
    ['an open bracket', 'version: 1\nrules: [\n', 'Flow sequence'],
    ['two documents', `${policyText(RULE)}---\nversion: 1\n`, '6 a second document'],
    ['a stray word', `${policyText(RULE)}stray\n`, '6 '],
  ])('%s is told in the words of YAML', (_what, text, message) => {
    expect(problems(text).join('\n')).toContain(message);
  });

  test.each<[string, string]>([
    ['actions: [link.stop]', 'rules[0].actions[0]: "link.stop" names no action; did you mean link.set'],
    ['actions: [""]', '"" names no action'],
    ['actions: [link.set], namespaces: ["inode:1"]', 'no namespace pattern'],
    ['actions: [link.set], namespaces: ["!"]', 'fits no name'],
    ['actions: [link.set], namespaces: ["!!host"]', 'fits no name'],
    ['actions: [link.set], namespaces: ["a/b"]', 'fits no name'],
    ['actions: [link.set], namespaces: ["lab:"]', 'fits no name'],
    ['actions: [link.set], links: ["a/b"]', 'fits no link'],
    ['actions: [link.set], links: ["index:4"]', 'fits no link'],
    ['actions: [probe.send], addresses: ["10.0.0.1/8"]', 'write 10.0.0.0/8'],
    ['actions: [probe.send], addresses: ["010.0.0.1"]', 'no address pattern'],
    ['actions: [probe.send], addresses: ["*"]', 'no address pattern'],
    ['actions: [probe.send], addresses: ["::ffff:10.0.0.1"]', 'write the IPv4 address'],
    ['actions: [probe.send], addresses: ["name:a b"]', 'fits no host name'],
    ['actions: [exec.run], commands: [bash]', '"bash" is no program of the closed list'],
    ['actions: [exec.run], commands: [pign]', 'did you mean dig or ping?'],
    ['actions: [exec.run], commands: ["/bin/ip"]', 'no program of the closed list'],
    ['actions: [exec.run], commands: ["ip  link"]', 'one between words'],
    ['actions: [exec.run], paths: ["tmp"]', 'fits no path'],
    ['actions: [exec.run], paths: ["/tmp/../etc"]', 'fits no path'],
    ['actions: [exec.run], hosts: ["far"]', 'expected "local"'],
    ['actions: [exec.run], id: "A b"', '1-40 of a-z 0-9 -'],
  ])('%s', (rule, message) => {
    const found = problems(policyText(`effect: allow, ${rule}`));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^5 /);
    expect(found[0]).toContain(message);
  });

  test('all problems are told at once, in the order of their lines, and by loadPolicy too', () => {
    const text = [
      'version: 3',
      'name: x y',
      'rules:',
      '  - id: a',
      '    effect: no',
      '    actions:',
      '      - link.set',
      '      - link.stop',
      '    reason: r',
      '',
    ].join('\n');
    const lines = checkPolicy(write(text)).problems.map(({ line }) => line);
    expect(lines).toEqual([1, 1, 2, 5, 8]);
    const { message, hint, details } = refusal(write(text));
    for (const part of ['line 1: ', 'line 2: name', 'line 5: rules[0].effect', 'line 8: rules[0].actions[1]']) expect(message).toContain(part);
    expect(hint).toContain('netns-mcp policy check');
    expect(details['problems']).toHaveLength(5);
  });

  test('a thousand problems are not all told', () => {
    expect(problems(policyText(...Array.from({ length: 150 }, () => 'effect: no, actions: [x]')))).toHaveLength(51);
  });
});

describe('hostile files', () => {
  /** Refused, and soon. */
  function refusedSoon(file: string): NetnsError {
    const started = performance.now();
    const error = refusal(file);
    expect(performance.now() - started).toBeLessThan(5000);
    return error;
  }

  test('an alias bomb', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`);
    expect(refusedSoon(write(['a0: &a0 x', ...levels, ''].join('\n'))).message).toContain('aliases are not taken');
  });

  test('an alias that holds itself', () => {
    expect(refusedSoon(write('a: &a [*a]\n')).message).toContain('aliases are not taken');
  });

  test('10 MB', () => {
    expect(refusedSoon(write(`${policyText(RULE)}${'# x\n'.repeat(2_500_000)}`)).message).toContain('larger than 256 KiB');
  });

  test('just the most bytes are read, and one more is refused', () => {
    const head = policyText(RULE);
    expect(loadPolicy(write(head + '#'.repeat(256 * 1024 - head.length))).name).toBe('test');
    expect(refusal(write(head + '#'.repeat(256 * 1024 - head.length + 1))).message).toContain('larger');
  });

  test.each([
    ['open brackets', (n: number) => `x: ${'['.repeat(n)}`],
    ['brackets', (n: number) => `x: ${'['.repeat(n)}${']'.repeat(n)}`],
    ['braces', (n: number) => `${'{a: '.repeat(n)}1${'}'.repeat(n)}`],
    ['lists', (n: number) => '- '.repeat(n)],
    ['keys', (n: number) => '? '.repeat(n)],
  ])('%s in each other, thousandfold', (_, text) => {
    for (const n of [100, 1_000, 2_000, 3_500, 40_000]) expect(refusedSoon(write(text(n))).message).toContain('nested more than 30 deep');
  });

  test('a great many keys', () => {
    refusedSoon(write(Array.from({ length: 30_000 }, (_, i) => `k${i}: 1`).join('\n')));
  });

  test('a FIFO does not hang it', () => {
    const fifo = join(folder, 'p.yaml');
    execFileSync('mkfifo', [fifo]);
    expect(refusedSoon(fifo).message).toContain('not a regular file');
  });

  test.each(['/dev/zero', '/dev/null', '/proc/self/'])('%s', (file) => {
    expect(refusedSoon(file).message).toContain('not a regular file');
  });

  test('a folder', () => {
    const path = join(folder, 'p.yaml');
    mkdirSync(path);
    expect(refusedSoon(path).message).toContain('not a regular file');
  });

  test('bytes that are no UTF-8, and NUL', () => {
    expect(refusedSoon(write(new Uint8Array([0x6e, 0xff, 0xfe]))).message).toContain('not UTF-8');
    refusedSoon(write(policyText(RULE).replace('test', 'te\0st')));
  });

  test('a message shows no control characters of the file', () => {
    expect(refusedSoon(write(`${policyText(RULE)}"k\\e[31m\\u202E": 1\n`)).message).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});

describe.skipIf(process.getuid?.() !== 0)('for root', () => {
  test('a file that others can write is refused, with the way to mend it', () => {
    const file = write(policyText(RULE));
    chmodSync(file, 0o664);
    expect(refusal(file).message).toContain(`chmod go-w ${file}`);
    chmodSync(file, 0o600);
    expect(loadPolicy(file).name).toBe('test');
  });

  test('a file of another user is refused', () => {
    const file = write(policyText(RULE));
    chownSync(file, 65534, 65534);
    expect(refusal(file).message).toContain('belongs to user 65534');
  });

  test('a folder in which others can put another file in its place is refused', () => {
    const file = write(policyText(RULE));
    chmodSync(folder, 0o777);
    expect(refusal(file).message).toContain('can write its folder');
    chownSync(folder, 65534, 65534);
    expect(refusal(file).message).toContain('belongs to user 65534');
  });

  test('behind a symbolic link the real folder counts', () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    writeFileSync(join(open, 'real.yaml'), policyText(RULE));
    chmodSync(open, 0o777);
    symlinkSync(join(open, 'real.yaml'), join(folder, 'p.yaml'));
    expect(refusal(join(folder, 'p.yaml')).message).toContain('can write its folder');
  });
});
