// The doctor, on this host and on hosts that lack something.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ownIdentity } from '../../src/change/journal/process-identity.js';
import { PROGRAMS } from '../../src/cli/commands/doctor/programs.js';
import { findProgram } from '../../src/exec/program.js';
import { CHANGE_PROGRAMS } from '../../src/model/change.js';
import { ALLOWED_PROGRAMS } from '../../src/policy/grammar/names.js';
import { AS_ORDINARY_USER, Program, type StartOptions } from './program.js';

const Report = z.strictObject({
  version: z.string(),
  node: z.string(),
  sandbox: z.boolean(),
  usable: z.boolean(),
  checks: z.array(
    z.strictObject({ group: z.string(), name: z.string(), status: z.enum(['ok', 'note', 'problem']), says: z.string().min(1), mend: z.string().nullable() }),
  ),
});

let program: Program;

beforeAll(() => {
  program = new Program();
});

afterAll(() => program[Symbol.dispose]());

function examine(argv: string[] = [], options: StartOptions = {}) {
  const { code, stdout, stderr } = program.run(['doctor', '--json', '--audit-log', 'none', ...argv], options);
  expect(stderr).toBe('');
  const report = Report.parse(JSON.parse(stdout));
  return { code, ...report, check: (name: string) => report.checks.find((check) => check.name === name) };
}

/** In a mount namespace of its own, where these programs cannot be started. */
function without(...programs: string[]): string[] {
  const hide = programs.map((name) => `mount --bind /dev/null "$(readlink -f "$(command -v ${name})")"`).join(' && ');
  return ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', `${hide} && exec "$@"`, 'sh'];
}

describe('doctor', () => {
  test('finds what this host has, and says so for people and machines', () => {
    const { code, usable, check } = examine();
    expect({ code, usable }).toEqual({ code: 0, usable: true });
    expect(check('network namespaces')).toMatchObject({ status: 'ok' });
    expect(check('link kinds')?.says).toContain('veth');
    expect(check('ip')).toMatchObject({ status: 'ok', says: expect.stringMatching(/\d/) });
    expect(check('policy')).toMatchObject({ status: 'ok', says: expect.stringContaining('lab') });
    const { stdout } = program.run(['doctor', '--audit-log', 'none']);
    expect(stdout).toMatch(/^ {2}ok +ip +\d/m);
    expect(stdout).toMatch(/Usable\.\n$/);
  });

  test('leaves the host as it was', () => {
    const look = () =>
      ['ip -o link', 'ip netns list', 'cat /proc/self/mountinfo'].map((command) => spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout);
    const before = look();
    examine();
    expect(look()).toEqual(before);
  });

  test('an ordinary user is told what works and what does not', () => {
    const { code, check } = examine([], { through: AS_ORDINARY_USER, env: { HOME: tmpdir() } });
    expect(code).toBe(0);
    expect(check('privileges')).toMatchObject({ status: 'note', says: expect.stringContaining('CAP_NET_ADMIN'), mend: expect.stringContaining('--sandbox') });
    expect(check('sandbox')).toMatchObject({ status: 'ok' });
  });

  test('runs inside the sandbox as well', () => {
    expect(examine(['--sandbox'])).toMatchObject({ code: 0, sandbox: true });
  });

  test('a program that is only useful is a note with its package', () => {
    const { code, check } = examine([], { through: without('nft') });
    expect(code).toBe(0);
    expect(check('nft')).toMatchObject({ status: 'note', mend: expect.stringContaining('apt install nftables') });
    expect(check('nftables')).toMatchObject({ status: 'note' });
  });

  test('a program without which nothing works is a problem, and the exit code 1', () => {
    const { code, usable, check } = examine([], { through: without('ip') });
    expect({ code, usable }).toEqual({ code: 1, usable: false });
    expect(check('ip')).toMatchObject({ status: 'problem', mend: expect.stringContaining('apt install iproute2') });
  });

  test('a policy that cannot be loaded is a problem', () => {
    expect(examine(['--policy', './missing.yaml']).check('policy')).toMatchObject({ status: 'problem', says: expect.stringContaining('missing.yaml') });
  });

  test('a FIFO among the names, for which ip would wait, is a problem with the way out', () => {
    const furnish = 'mount -t tmpfs tmpfs /run && mkdir /run/netns && mkfifo "/run/netns/a pipe" && exec "$@"';
    const { code, check } = examine([], { through: ['unshare', '--user', '--map-root-user', '--net', '--mount', 'sh', '-c', furnish, 'sh'] });
    expect(code).toBe(1);
    expect(check('names')).toMatchObject({
      status: 'problem',
      says: expect.stringContaining('/run/netns/a pipe is a FIFO'),
      mend: "Remove it: rm '/run/netns/a pipe'",
    });
    expect(examine().check('names')).toMatchObject({ status: 'ok' });
  });

  test('takes back what a killed server left half done, and tells of it', () => {
    const folder = join(program.folder, 'runtime', 'netns-mcp', 'changes', '1700000000000-c1');
    mkdirSync(folder, { recursive: true });
    const plan = {
      version: 1,
      ...{ id: 'c1', at: '2026-01-01T00:00:00.000Z', tool: 'move_link', summary: 'move_link of veth 1', confirm_within_seconds: null },
      // Somebody has this PID, but it is not the process that began then.
      server: { ...ownIdentity(), pid: process.pid, start: '1' },
      body: {
        ...{ operations: [], commands: [['ip', 'link', 'set', 'dev', 'veth 1', 'netns', 'a']], undoable: true, loses: [] },
        ...{ judged: [], locks: [], sections: [], before: { places: [] }, owned: { namespaces: [], links: [] } },
      },
    };
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
    writeFileSync(join(folder, 'state.running'), '');
    if (process.getuid?.() === 0) spawnSync('chown', ['-R', '65534:65534', join(program.folder, 'runtime')]);
    const { check } = examine([], { through: AS_ORDINARY_USER, env: { XDG_RUNTIME_DIR: join(program.folder, 'runtime') } });
    expect(check('interrupted change')).toMatchObject({ status: 'note', says: expect.stringContaining('move_link of veth 1') });
    expect(readdirSync(folder)).toContain('state.failed');
  });

  test('knows every program that exec_in_namespace may run, and that changes start', () => {
    const ofCoreutils = ['tee', 'rm', 'mkdir', 'rmdir'];
    const needed = [...ALLOWED_PROGRAMS, ...CHANGE_PROGRAMS.filter((name) => !ofCoreutils.includes(name)), 'flock'];
    expect(needed.filter((name) => !Object.hasOwn(PROGRAMS, name))).toEqual([]);
  });

  test.for([
    ['wg', 'wireguard-tools'],
    ['flock', 'util-linux'],
    ['bridge', 'iproute2'],
    ['tc', 'iproute2'],
  ] as const)('%s is of use for some changes alone: without it there is a note that names %s', ([name, debianPackage], { skip }) => {
    if (findProgram(name) === null) skip();
    expect(examine().check(name)).toMatchObject({ status: 'ok', says: expect.stringMatching(/^\d/) });
    const { code, check } = examine([], { through: without(name) });
    expect({ code, ...check(name) }).toMatchObject({ code: 0, status: 'note', mend: expect.stringContaining(`apt install ${debianPackage}.`) });
  });
});
