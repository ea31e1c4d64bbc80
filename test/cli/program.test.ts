// The command as a person or a script uses it: what it prints where, and its exit codes. Everything that changes runs in the sandbox.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPolicy } from '../../src/policy/load.js';
import { READY_POLICIES } from '../../src/policy/ready.js';
import { AS_ORDINARY_USER, Program } from './program.js';

let program: Program;

beforeAll(() => {
  program = new Program();
});

afterAll(() => program[Symbol.dispose]());

const PAIR = JSON.stringify({ a: { name: 'veth0' }, b: { name: 'veth1' } });
const DRY_PAIR = JSON.stringify({ a: { name: 'veth0' }, b: { name: 'veth1' }, dry_run: true });

describe('call', () => {
  test('done is 0: the text on standard output, nothing on standard error', () => {
    const { code, stdout, stderr } = program.run(['call', 'create_veth_pair', PAIR, '--sandbox']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('veth0');
  });

  test('a dry run prints the commands', () => {
    expect(program.run(['call', 'create_veth_pair', DRY_PAIR, '--sandbox']).stdout).toContain('ip link add name veth0 type veth peer name veth1');
  });

  test('--json prints the structured content', () => {
    const { code, stdout } = program.run(['call', '--json', 'create_veth_pair', DRY_PAIR, '--sandbox']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ change: { dry_run: true, commands: [expect.arrayContaining(['ip', 'link', 'add'])] } });
  });

  test('arguments come from standard input for -', () => {
    expect(program.run(['call', 'create_veth_pair', '-', '--sandbox'], { input: DRY_PAIR }).code).toBe(0);
  });

  test('an error of the tool is 1: CODE and what to do on standard error', () => {
    const { code, stdout, stderr } = program.run(['call', 'set_link', '{"link":"nothing0","up":true}', '--sandbox']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^LINK_NOT_FOUND: /);
  });

  test('with --json the error object is on standard output', () => {
    const { code, stdout } = program.run(['call', 'set_link', '{"link":"nothing0","up":true}', '--sandbox', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ code: 'LINK_NOT_FOUND', message: expect.any(String), hint: expect.any(String), details: expect.any(Object) });
  });

  test('the policy "sandbox" is refused on the host itself', () => {
    const { code, stderr } = program.run(['call', 'list_namespaces', '{}', '--policy', 'sandbox', '--audit-log', 'none']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^POLICY_INVALID: .*this is no sandbox/) });
  });

  test.each([
    ['the policy', ['call', 'create_veth_pair', PAIR, '--policy', 'observe', '--sandbox'], 'POLICY_DENIED'],
    ['--read-only', ['call', 'create_veth_pair', PAIR, '--sandbox', '--read-only'], 'POLICY_DENIED'],
    ['the list of commands', ['call', 'exec_in_namespace', '{"namespace":"host","command":["sh"]}', '--sandbox'], 'COMMAND_REFUSED'],
  ])('refused by %s is 2', (_, argv, errorCode) => {
    const { code, stderr } = program.run(argv);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(new RegExp(`^${errorCode}: `)) });
  });

  test('a dry run of what the policy denies shows the commands, and what the policy would say', () => {
    const { code, stdout } = program.run(['call', 'create_veth_pair', DRY_PAIR, '--policy', 'observe', '--audit-log', 'none']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/ip link add[\s\S]*The policy would refuse it \(rule no-changes\)/) });
  });

  test('what would have to be asked of a human is refused from a shell: 2', () => {
    const { code, stderr } = program.run(['call', 'create_veth_pair', PAIR, '--policy', 'operate', '--sandbox']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^APPROVAL_UNAVAILABLE: /) });
  });

  test.each([
    [['call', 'create_vet_pair'], 'Did you mean create_veth_pair'],
    [['call', 'list_namespaces', '{namespace'], 'The arguments are no JSON'],
    [['call'], 'call needs more'],
    [['cal', 'list_namespaces'], 'Did you mean call?'],
    [['serve', '--polcy', 'lab'], 'Did you mean --policy?'],
  ])('%j is 64', (argv, says) => {
    const { code, stdout, stderr } = program.run(argv);
    expect({ code, stdout, stderr }).toEqual({ code: 64, stdout: '', stderr: expect.stringContaining(says) });
  });

  test('a policy that is not there is an error of its own', () => {
    expect(program.run(['call', 'list_namespaces', '--policy', 'observ'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^POLICY_INVALID: .*observe/),
    });
  });

  test('the audit log that was asked for is written outside of the sandbox', () => {
    const file = join(program.folder, 'audit.jsonl');
    expect(program.run(['call', 'create_veth_pair', PAIR, '--sandbox', '--audit-log', file]).code).toBe(0);
    const entries = readFileSync(file, 'utf8').trim().split('\n');
    expect(entries.map((line) => JSON.parse(line))).toContainEqual(expect.objectContaining({ tool: 'create_veth_pair', outcome: 'done' }));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('the other commands', () => {
  test('tools lists what the policy leaves', () => {
    const names = (argv: string[]) => JSON.parse(program.run(['tools', '--json', ...argv]).stdout).map(({ name }: { name: string }) => name);
    expect(names([])).toContain('move_link');
    expect(names(['--policy', 'observe'])).not.toContain('move_link');
    expect(names(['--read-only'])).not.toContain('move_link');
    expect(names(['--toolsets', 'exec'])).toEqual(['exec_in_namespace', 'start_service', 'stop_service', 'list_services']);
  });

  test('policy list, show, check and explain', () => {
    expect(program.run(['policy', 'list']).stdout).toMatch(/^\* +lab/m);
    expect(program.run(['policy', 'show', 'observe']).stdout).toContain('name: observe');
    expect(program.run(['policy', 'check', join(program.folder, 'policies', 'lab.yaml')])).toMatchObject({ code: 0, stdout: expect.stringContaining('valid') });
    expect(program.run(['policy', 'explain', 'move_link', '{"link":"lo","to":"host"}']).stdout).toContain('denied by rule');
  });

  test.each(Object.keys(READY_POLICIES))('policy %s is the same built in as read from its file', (name) => {
    const { rules } = JSON.parse(program.run(['policy', 'explain', '--json', '--policy', name]).stdout);
    expect(rules).toEqual(loadPolicy(name).summary());
  });

  test('a ready policy that was edited after the build counts as it stands', () => {
    using edited = new Program();
    const file = join(edited.folder, 'policies', 'lab.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n  - id: nothing-at-all\n    effect: deny\n    actions: ["link.*"]\n    reason: Because.\n`);
    expect(edited.run(['policy', 'explain']).stdout).toContain('nothing-at-all');
    expect(edited.run(['tools']).stdout).not.toContain('move_link');
  });

  test('policy check names the line of each problem, and ends with 1', () => {
    const file = join(program.folder, 'bad.yaml');
    writeFileSync(file, 'version: 1\nname: bad\ndescription: A bad one.\nrules:\n  - id: a\n    effect: perhaps\n    actions: ["*"]\n');
    const { code, stdout } = program.run(['policy', 'check', file]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/bad\.yaml:6: problem: /);
  });

  test('--version and --help', () => {
    const { version } = JSON.parse(readFileSync(join(program.folder, 'package.json'), 'utf8'));
    expect(program.run(['--version']).stdout).toBe(`${version}\n`);
    expect(program.run(['call', '--help']).stdout).toMatch(/^Usage: netns-mcp call TOOL \[JSON\]/);
    expect(program.run(['policy', '--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('policy explain') });
  });

  test('no colours where nobody sees them', () => {
    for (const argv of [['tools'], ['doctor'], ['--help']]) expect(program.run(argv).stdout).not.toContain('\x1b');
  });

  test('a reader that goes away is no crash', () => {
    const { stderr } = spawnSync('sh', ['-c', '"$@" | true', 'sh', process.execPath, program.file, 'tools', '--json'], { encoding: 'utf8' });
    expect(stderr).toBe('');
  });
});

describe('without a command', () => {
  const INITIALIZE = `${JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  })}\n`;

  test('it serves a client that started it', () => {
    const { code, stdout } = program.run([], { input: INITIALIZE });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: 1, result: { serverInfo: { name: 'netns-mcp' } } });
  });

  test.skipIf(!existsSync('/usr/bin/script'))('it teaches a person at a terminal (needs script of bsdutils)', () => {
    const command = `${process.execPath} ${program.file}`;
    const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], {
      encoding: 'utf8',
      timeout: 20_000,
      env: { ...process.env, NO_COLOR: '1' },
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('netns-mcp tour') });
  });

  test.each(['darwin', 'win32'])('on %s it says that it is for Linux, and how to use it from there', (platform) => {
    const pretend = `data:text/javascript,Object.defineProperty(process,'platform',{value:'${platform}'})`;
    const { code, stdout, stderr } = program.run(['serve'], { node: ['--import', pretend] });
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toContain('Linux server');
    expect(stderr).toContain('{"mcpServers":{"netns":{"command":"ssh","args":["HOST","netns-mcp","serve"]}}}');
    expect(stderr).toContain('Linux VM');
  });
});

describe('as an ordinary user', () => {
  test('the sandbox works', () => {
    expect(program.run(['call', 'create_veth_pair', PAIR, '--sandbox'], { through: AS_ORDINARY_USER })).toMatchObject({ code: 0, stderr: '' });
  });
});
