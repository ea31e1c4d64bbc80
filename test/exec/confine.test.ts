// The confined run: what a command gets, what it cannot do, and that nothing of it stays.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
import { findProgram } from '../../src/exec/program.js';
import { ask, ConfinedOutcome, Drivers, endAllWith, isRoot, networkOf, processesWith } from '../support/exec-harness.js';
import { test } from '../support/fixture.js';
import { type Sandbox, until } from '../support/sandbox.js';

let drivers: Drivers;
beforeAll(async () => {
  drivers = await Drivers.build();
});
afterAll(() => drivers[Symbol.dispose]());

const words = new Set<string>();
afterEach(() => {
  endAllWith(words);
  words.clear();
});

/** A length of sleep that no other process has. */
function unique(): string {
  const length = String(100_000 + Math.random() * 800_000);
  words.add(length);
  return length;
}

/** Where the server is: in the sandbox, where user 0 is all there is; or outside, as real root, working in the sandbox's namespace. */
const SERVERS = [
  { server: 'a server in a sandbox', inside: true, uid: 0 },
  ...(isRoot ? [{ server: 'a server that is real root', inside: false, uid: 65_534 }] : []),
];

function one(sandbox: Sandbox, inside: boolean, request: Record<string, unknown>) {
  const requests = [inside ? request : { namespace: networkOf(sandbox), ...request }];
  return ask(ConfinedOutcome, drivers, inside ? sandbox : null, requests).then(([answer]) => answer);
}

async function ran(sandbox: Sandbox, inside: boolean, request: Record<string, unknown>) {
  return ConfinedOutcome.parse(await one(sandbox, inside, request));
}

describe.each(SERVERS)('$server', ({ inside, uid }) => {
  test('a command has exactly the capabilities that it needs, no new privileges, and no user that owns anything when that can be', async ({ sandbox }) => {
    const { stdout } = await ran(sandbox, inside, { run: ['cat', '/proc/self/status'], capabilities: ['net_raw', 'net_admin'] });
    const field = (name: string) => new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(stdout)?.[1];
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(field(set), set).toBe('0000000000003000');
    expect(field('NoNewPrivs')).toBe('1');
    expect(field('Uid')).toBe(Array(4).fill(uid).join('    '));
    expect(field('Gid')).toBe(Array(4).fill(uid).join('    '));
    const without = await ran(sandbox, inside, { run: ['grep', '^Cap', '/proc/self/status'] });
    expect(without.stdout.match(/[0-9a-f]{16}/g)).toEqual(Array(5).fill('0000000000000000'));
  });

  test('its environment, folder, open files and limits are the same whatever the server has', async ({ sandbox }) => {
    const { stdout: environment } = await ran(sandbox, inside, { run: ['env'] });
    expect(
      environment
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0])
        .sort(),
    ).toEqual(['HOME', 'LC_ALL', 'PATH', 'TERM']);
    const { stdout: folder } = await ran(sandbox, inside, { run: ['readlink', '/proc/self/cwd'] });
    expect(folder).toBe('/\n');
    // The fourth is the folder that ls reads.
    const { stdout: files } = await ran(sandbox, inside, { run: ['ls', '/proc/self/fd'] });
    expect(files).toBe('0\n1\n2\n3\n');
    const { stdout: limits } = await ran(sandbox, inside, { run: ['cat', '/proc/self/limits'], timeoutMs: 5_000 });
    expect(limits).toMatch(/^Max cpu time +6 +6 /m);
    expect(limits).toMatch(/^Max file size +0 +0 /m);
    expect(limits).toMatch(/^Max core file size +0 +0 /m);
    expect(limits).toMatch(/^Max data size +1073741824 +1073741824 /m);
  });

  test('it runs in the namespace of the handle', async ({ sandbox }) => {
    const { stdout } = await ran(sandbox, inside, { run: ['readlink', '/proc/self/ns/net'] });
    expect(stdout).toBe(await sandbox.ok(['readlink', '/proc/self/ns/net']));
  });

  test('its time limit ends it and every child, also one that left its group and session', async ({ sandbox }) => {
    const [a, b, c] = [unique(), unique(), unique()];
    const run = ['sh', '-c', `setsid sleep ${a} & setsid -f sleep ${b}; sleep ${c}`];
    const result = await ran(sandbox, inside, { run, timeoutMs: 400 });
    expect(result).toMatchObject({ timedOut: true, exitCode: null, signal: 'SIGKILL' });
    expect(result.durationMs).toBeLessThan(900);
    await vi.waitFor(() => expect([a, b, c].flatMap((word) => processesWith(word))).toEqual([]));
  });

  test('what it leaves behind when it ends by itself ends too', async ({ sandbox }) => {
    const left = unique();
    expect(await ran(sandbox, inside, { run: ['sh', '-c', `setsid -f sleep ${left} >/dev/null 2>&1; exit 3`] })).toMatchObject({
      exitCode: 3,
      timedOut: false,
    });
    await vi.waitFor(() => expect(processesWith(left)).toEqual([]));
  });

  test('cancelling ends it', async ({ sandbox }) => {
    const left = unique();
    expect(await one(sandbox, inside, { run: ['setsid', 'sleep', left], cancelAfterMs: 300 })).toMatchObject({
      code: 'CANCELLED',
      message: expect.stringContaining('setsid'),
    });
    await vi.waitFor(() => expect(processesWith(left)).toEqual([]));
  });

  test('the signal that ended it is told, and an exit code that only looks like one is not taken for it', async ({ sandbox }) => {
    const signals = ['KILL', 'TERM', 'SEGV', 'XCPU'];
    for (const name of signals) {
      const result = await ran(sandbox, inside, { run: ['sh', '-c', `kill -${name} $$`] });
      expect(result).toMatchObject({ exitCode: null, signal: `SIG${name}`, stderr: '', timedOut: false });
    }
    for (const code of [124, 127, 255])
      expect(await ran(sandbox, inside, { run: ['sh', '-c', `exit ${code}`] })).toMatchObject({ exitCode: code, signal: null });
  });

  test('the death of the server ends it', async ({ sandbox }) => {
    const left = unique();
    const request = [{ namespace: inside ? '/proc/self/ns/net' : networkOf(sandbox), run: ['setsid', 'sleep', left], timeoutMs: 60_000 }];
    const [program, ...args] = inside ? sandbox.entering(drivers.exec) : drivers.exec;
    const server = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    server.stdin.end(JSON.stringify(request));
    const [pid = 0] = await until('it runs', () => processesWith(left, 'sleep').length > 0 && processesWith(drivers.exec[1]).slice(-1));
    process.kill(pid, 'SIGKILL');
    await once(server, 'close');
    await vi.waitFor(() => expect(processesWith(left)).toEqual([]));
  });
});

const noPing = [...(isRoot ? [] : ['needs real root']), ...(findProgram('ping') === null ? ['ping is not installed'] : [])].join(', ');

test.skipIf(noPing !== '')(
  `the death of a server that is real root ends a program with file capabilities as well${noPing && ` (${noPing})`}`,
  async ({ sandbox }) => {
    const address = `127.${[0, 0, 0].map(() => 1 + Math.floor(Math.random() * 250)).join('.')}`;
    words.add(address);
    const [program, ...args] = drivers.exec;
    const server = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    server.stdin.end(
      JSON.stringify([{ namespace: networkOf(sandbox), run: ['ping', '-c', '50', '-i', '1', address], capabilities: ['net_raw'], timeoutMs: 60_000 }]),
    );
    await until('ping runs', () => processesWith(address).some((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'ping\n'));
    server.kill('SIGKILL');
    await once(server, 'close');
    await vi.waitFor(() => expect(processesWith(address)).toEqual([]));
  },
);

const SANDBOXED = true;

test('a flood of output is cut at the cap and ended', async ({ sandbox }) => {
  const result = await ran(sandbox, SANDBOXED, { run: ['yes'], maxOutputBytes: 1_000, timeoutMs: 20_000 });
  expect(result).toMatchObject({ truncated: true, timedOut: false });
  expect(result.stdout.length).toBe(1_000);
  expect(result.durationMs).toBeLessThan(5_000);
});

test('terminal escapes, invalid UTF-8 and characters that reorder text are made visible, lines stay', async ({ sandbox }) => {
  const { stdout } = await ran(sandbox, SANDBOXED, { run: ['printf', 'a\\033[2Jb\\nc\\377d\\342\\200\\256e'] });
  expect(stdout).toBe('a\\x1b[2Jb\nc\\xffd\\u{202e}e');
});

test('private keys are redacted', async ({ sandbox }) => {
  const key = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
  const text = `private key: ${key}\npeer\n-----BEGIN EC PRIVATE KEY-----\n${key}\n-----END EC PRIVATE KEY-----\nend`;
  const { stdout } = await ran(sandbox, SANDBOXED, { run: ['cat'], stdin: text });
  expect(stdout).not.toContain('AAECAwQ');
  expect(stdout).toContain('peer');
  expect(stdout).toContain('end');
});

test('standard input is passed on, and empty when there is none', async ({ sandbox }) => {
  expect(await ran(sandbox, SANDBOXED, { run: ['wc', '-c'], stdin: 'x'.repeat(65_536) })).toMatchObject({ stdout: '65536\n' });
  expect(await ran(sandbox, SANDBOXED, { run: ['wc', '-c'] })).toMatchObject({ stdout: '0\n' });
});

test('a command that ends with an error is a result', async ({ sandbox }) => {
  expect(await ran(sandbox, SANDBOXED, { run: ['ls', '/nowhere'] })).toMatchObject({ exitCode: 2, signal: null, stdout: '' });
});

test('a program that is not installed is named with its package', async ({ sandbox }) => {
  expect(await one(sandbox, SANDBOXED, { run: ['frobnicate'] })).toMatchObject({ code: 'COMMAND_MISSING', hint: 'Install it: apt install its-package.' });
});

test('a program in a folder of the caller is not found', async ({ sandbox }) => {
  await sandbox.sh('mkdir /run/bin && cp /bin/true /run/bin/mine');
  expect(await one(sandbox, SANDBOXED, { run: ['mine'] })).toMatchObject({ code: 'COMMAND_MISSING' });
  expect(await one(sandbox, SANDBOXED, { run: ['mine'], searchPath: '/run/bin' })).toMatchObject({ exitCode: 0 });
});

test('without a permit for exactly this command nothing runs', async ({ sandbox }) => {
  const answer = await one(sandbox, SANDBOXED, { run: ['touch', '/run/ran'], permitFor: ['touch', '/run/other'] });
  expect(answer).toMatchObject({ code: 'INTERNAL' });
  expect((await sandbox.run(['test', '-e', '/run/ran'])).exitCode).toBe(1);
});

test('a name that is given to another namespace meanwhile does not lead the command astray', async ({ sandbox }) => {
  await sandbox.sh('ip netns add blue');
  const before = await sandbox.ok(['stat', '-c', '%i', '/run/netns/blue']);
  const [answer] = await ask(ConfinedOutcome, drivers, sandbox, [
    {
      namespace: '/run/netns/blue',
      names: ['blue'],
      between: [
        ['ip', 'netns', 'delete', 'blue'],
        ['ip', 'netns', 'add', 'blue'],
      ],
      run: ['readlink', '/proc/self/ns/net'],
    },
  ]);
  expect(answer).toMatchObject({ stdout: `net:[${before.trim()}]\n` });
  expect(await sandbox.ok(['stat', '-c', '%i', '/run/netns/blue'])).not.toBe(before);
});

test('a named namespace brings its own files of /etc/netns, and only while the name is still its own', async ({ sandbox }) => {
  // A copy: the files of the host are in sight in this sandbox.
  await sandbox.sh('mkdir -p /run/etc && cp -a /etc/. /run/etc 2>/dev/null || true; mount --bind /run/etc /etc; mkdir -p /etc/netns/blue');
  await sandbox.sh('echo "nameserver 192.0.2.53" > /etc/netns/blue/resolv.conf; ip netns add blue; ip netns add green');
  const request = { run: ['cat', '/etc/resolv.conf'] };
  const swapped = {
    ...request,
    namespace: '/run/netns/blue',
    names: ['blue'],
    between: [
      ['ip', 'netns', 'delete', 'blue'],
      ['ip', 'netns', 'add', 'blue'],
    ],
  };
  const answers = await ask(ConfinedOutcome, drivers, sandbox, [
    { ...request, namespace: '/run/netns/blue', names: ['blue'] },
    { run: ['readlink', '/proc/self/ns/net'], namespace: '/run/netns/blue', names: ['blue'] },
    { ...request, namespace: '/run/netns/green', names: ['green'] },
    swapped,
  ]);
  const inode = /\d+/.exec(ConfinedOutcome.parse(answers[1]).stdout)?.[0];
  expect(answers[0]).toMatchObject({ stdout: 'nameserver 192.0.2.53\n' });
  expect(Number(inode)).toBeGreaterThan(0);
  expect(ConfinedOutcome.parse(answers[2]).stdout).not.toContain('192.0.2.53');
  expect(ConfinedOutcome.parse(answers[3]).stdout).not.toContain('192.0.2.53');
});

test.skipIf(!isRoot)('a server without privileges runs commands in its own namespace, and says why not in others', async ({ sandbox }) => {
  await sandbox.sh('ip netns add blue');
  const requests = [
    { namespace: '/proc/self/ns/net', run: ['grep', '-E', '^(Cap|NoNew)', '/proc/self/status'] },
    { namespace: '/run/netns/blue', names: ['blue'], run: ['true'] },
  ];
  const stripped = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--securebits=+noroot', '--no-new-privs', ...drivers.exec];
  const result = await sandbox.run(stripped, { stdin: JSON.stringify(requests) });
  const answers: unknown[] = JSON.parse(result.stdout.toString());
  expect(answers[0]).toMatchObject({ result: { stdout: expect.stringContaining('NoNewPrivs:    1') } });
  expect(answers[1]).toMatchObject({ error: { code: 'PRIVILEGE_MISSING', hint: expect.stringContaining('--sandbox') } });
});
