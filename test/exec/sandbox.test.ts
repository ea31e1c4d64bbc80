// The sandbox: nothing of the host can be changed in it, the network in it can, and nothing of it stays.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { PROGRAM_PATH, type RunResult, run } from '../../src/exec/run.js';
import { as, Drivers, endAllWith, isRoot, processesWith, runAs, USERS } from '../support/exec-harness.js';
import { until } from '../support/sandbox.js';

let drivers: Drivers;
beforeAll(async () => {
  drivers = await Drivers.build();
});
afterEach(() => endAllWith([drivers.sandbox[1]]));
afterAll(() => drivers[Symbol.dispose]());

/** Everything of this host that a sandbox must leave alone. */
async function host(): Promise<string> {
  const looks = [
    ['ip', 'link'],
    ['ip', 'address'],
    ['ip', 'netns', 'list'],
    ['ip', 'route'],
    ['ls', '-A1', '/run', '/dev', '/mnt'],
    ['sysctl', '-n', 'net.ipv4.ip_forward', 'kernel.core_pattern'],
  ];
  const texts = await Promise.all(looks.map((look) => runAs(USERS[0], look).then(({ stdout }) => stdout.toString())));
  return [...texts, readFileSync('/proc/self/mountinfo', 'utf8')].join('\n').replace(/valid_lft.*/g, '');
}

/** Runs lines of a shell in a sandbox. */
function inside(user: (typeof USERS)[number], script: string, env: Record<string, string> = {}): Promise<RunResult> {
  return runAs(user, [...drivers.sandbox, 'enter', 'bash', '-c', script], { env });
}

describe.each(USERS)('as %s', (user) => {
  test('the host is byte for byte the same before and after', async () => {
    const before = await host();
    const script = `ip netns add blue && ip link add v0 type veth peer name v1 netns blue && ip addr add 10.0.0.1/24 dev v0 && ip link set v0 up
      sysctl -qw net.ipv4.ip_forward=1 && nft add table inet t && mount -t tmpfs tmpfs /mnt && echo x >/run/x && ip netns list && ip -br link`;
    const { stdout, stderr, exitCode } = await inside(user, script);
    expect(stderr.toString()).toBe('');
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toMatch(/^blue.*\nlo +UNKNOWN.*\nv0@if\d+ /);
    expect((await host()).split('\n')).toEqual(before.split('\n'));
  });

  test("the host's files are read-only, and cannot be made writable again", async () => {
    const paths = ['/', '/etc', '/usr', '/var/tmp', '/tmp', '/root', '/home', '/sys', drivers.folder];
    const { stdout } = await inside(
      user,
      `for path in ${paths.join(' ')}; do touch $path/netns-mcp-was-here 2>&1 && echo "WRITTEN $path"; done
       for path in / /dev/shm; do mount -o remount,bind,rw $path 2>/dev/null && touch $path/netns-mcp-was-here 2>/dev/null && echo "WRITTEN $path"; done
       umount -l / 2>/dev/null && echo "UNMOUNTED /"; true`,
    );
    const written = paths.map((path) => join(path, 'netns-mcp-was-here')).filter((file) => existsSync(file));
    for (const file of written) rmSync(file);
    expect(written).toEqual([]);
    expect(stdout.toString()).not.toMatch(/WRITTEN|UNMOUNTED/);
    expect(stdout.toString().match(/Read-only file system|Permission denied/g)?.length).toBe(paths.length);
  });

  test('of the kernel only the settings of its own network can be changed, and no disk is in sight', async () => {
    const { stdout } = await inside(
      user,
      `cat /proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward
       for file in /proc/sys/kernel/core_pattern /proc/sys/vm/swappiness /proc/sysrq-trigger; do (: >>$file) 2>/dev/null && echo "WRITABLE $file"; done
       find /dev -type b -o -name mem -o -name kmsg; ls /sys/class/net; echo ok >/dev/null && head -c 1 /dev/urandom | wc -c`,
    );
    expect(stdout.toString()).toBe('0\n1\nlo\n1\n');
  });

  test('it has a /run and a temporary folder of its own, loopback, its own processes, and is root', async () => {
    const { stdout } = await inside(
      user,
      `id -u; ls -A /run/netns 2>/dev/null; echo x >$TMPDIR/x && cat $TMPDIR/x; ip -br link show up; ps -e -o pid= | head -1; echo $NETNS_MCP_SANDBOX`,
    );
    expect(stdout.toString()).toMatch(/^0\nx\nlo +UNKNOWN .*\n +1\n1\n$/);
  });

  test('ip netns exec works in it', async () => {
    const { stdout, stderr } = await inside(user, 'ip netns add blue && ip netns exec blue ip -br link');
    expect(stderr.toString()).toBe('');
    expect(stdout.toString()).toMatch(/^lo +DOWN/);
  });

  test('the exit code and the standard streams are those of the program inside', async () => {
    const { stdout, stderr, exitCode } = await inside(user, 'echo out; echo err >&2; exit 7');
    expect({ out: stdout.toString(), err: stderr.toString(), exitCode }).toEqual({ out: 'out\n', err: 'err\n', exitCode: 7 });
    expect((await inside(user, 'exit 0')).exitCode).toBe(0);
  });

  test('an open file is handed in as descriptor 3', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'netns-mcp-audit-'));
    try {
      const file = join(folder, 'audit.log');
      writeFileSync(file, 'before\n');
      await run(['chmod', '-R', 'a+rwX', folder]);
      await inside(user, 'echo inside >&3', { AUDIT: file });
      expect(readFileSync(file, 'utf8')).toBe('before\ninside\n');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('the program inside is told that all is well', async () => {
    const { stdout } = await runAs(user, [...drivers.sandbox, 'enter', ...drivers.sandbox, 'report']);
    expect(JSON.parse(stdout.toString())).toEqual({ writable: [], lacks: [] });
  });

  test('it can be made: support says so, and leaves nothing', async () => {
    const { stdout } = await runAs(user, [...drivers.sandbox, 'support']);
    expect(JSON.parse(stdout.toString())).toEqual({ ok: true, lacks: [] });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends the program inside, which has no handler of its own', async (signal) => {
    const outer = start(user, 'wait');
    await once(outer.stdout, 'data');
    outer.kill(signal);
    const [code] = await once(outer, 'close');
    expect(code).toBe(128 + { SIGTERM: 15, SIGINT: 2, SIGHUP: 1 }[signal]);
  });

  test('SIGKILL of the process outside leaves no process and no mount', async () => {
    const before = readFileSync('/proc/self/mountinfo', 'utf8');
    const outer = start(user, 'wait');
    await once(outer.stdout, 'data');
    expect(processesWith('wait').length).toBeGreaterThan(1);
    outer.kill('SIGKILL');
    await once(outer, 'exit');
    await vi.waitFor(() => expect(processesWith(drivers.sandbox[1])).toEqual([]));
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(before);
  });

  test('SIGKILL while it is being made leaves nothing either', async () => {
    for (const delay of [5, 15, 30, 60]) {
      const outer = start(user, 'wait');
      await new Promise((resolve) => setTimeout(resolve, delay));
      outer.kill('SIGKILL');
      await once(outer, 'exit');
    }
    await until('nothing is left', () => processesWith(drivers.sandbox[1]).length === 0);
  });

  test('the variable alone makes no sandbox: nothing is mounted', async () => {
    const before = readFileSync('/proc/self/mountinfo', 'utf8');
    const { stdout, exitCode } = await runAs(user, [...drivers.sandbox, 'report'], { env: { NETNS_MCP_SANDBOX: '1' } });
    expect(exitCode).toBe(99);
    expect(JSON.parse(stdout.toString())).toMatchObject({ code: 'KERNEL_UNSUPPORTED', message: expect.stringContaining('this is no sandbox') });
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(before);
  });
});

/** Starts the driver to enter a sandbox and run itself there. */
function start(user: (typeof USERS)[number], mode: string) {
  const [program, ...args] = as(user, [...drivers.sandbox, 'enter', ...drivers.sandbox, mode]);
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: PROGRAM_PATH, LC_ALL: 'C' } });
}

/** Runs the driver in namespaces that are made like a host that forbids something. */
function onHost(unshare: readonly string[], prepare: string, argv: readonly string[]): Promise<RunResult> {
  return runAs('root', ['unshare', ...unshare, 'sh', '-c', `${prepare}; exec "$@"`, 'sh', ...drivers.sandbox, ...argv]);
}

describe.skipIf(!isRoot)('where it cannot be made', () => {
  const failure = async (unshare: readonly string[], prepare: string): Promise<unknown> =>
    JSON.parse((await onHost(unshare, prepare, ['enter', 'true'])).stdout.toString());

  test('no user namespaces: the setting is named, and how to change it', async () => {
    expect(await failure(['--user', '--map-root-user'], 'echo 0 >/proc/sys/user/max_user_namespaces')).toMatchObject({
      code: 'KERNEL_UNSUPPORTED',
      message: expect.stringContaining('user.max_user_namespaces is 0'),
      hint: expect.stringContaining('sysctl -w user.max_user_namespaces='),
    });
  });

  test("a mount that cannot make the host's files read-only: nothing is started", async () => {
    const fake =
      'mkdir -p /run/fake && printf "#!/bin/sh\\nexit 0\\n" >/run/fake/mount && chmod 755 /run/fake/mount && mount --bind /run/fake/mount /usr/bin/mount';
    expect(await failure(['--mount'], `mount -t tmpfs tmpfs /run && ${fake}`)).toMatchObject({
      code: 'KERNEL_UNSUPPORTED',
      message: expect.stringContaining('could not be made read-only'),
    });
  });

  test.each([
    { program: 'ip', package: 'iproute2' },
    { program: 'mount', package: 'util-linux' },
    { program: 'unshare', package: 'util-linux' },
    { program: 'setpriv', package: 'util-linux' },
  ])('no $program: the package is named', async ({ program, package: name }) => {
    const hide = `for f in /usr/sbin/${program} /usr/bin/${program} /sbin/${program} /bin/${program}; do [ ! -e $f ] || mount --bind /dev/null $f; done`;
    expect(await failure(['--mount'], `M=$(command -v mount); ${hide.replaceAll('mount --bind', '$M --bind')}`)).toMatchObject({
      code: 'KERNEL_UNSUPPORTED',
      hint: expect.stringContaining(name),
    });
  });
});

describe.skipIf(!isRoot)('where parts of /proc are hidden, as in a container', () => {
  const HIDE =
    'for f in /proc/timer_list /proc/keys /proc/cpuinfo; do [ ! -e $f ] || mount --bind /dev/null $f; done; mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys';

  test('it shares the processes of the container, says so, and works', async () => {
    const { stdout, stderr, exitCode } = await onHost(['--mount'], HIDE, [
      'enter',
      'bash',
      '-c',
      'ip netns add blue && ip netns exec blue ip -br link; touch /etc/x /tmp/x 2>/dev/null && echo WRITTEN; (: >/proc/sys/kernel/core_pattern) 2>/dev/null && echo WRITTEN; test -e /proc/$$ && echo mine',
    ]);
    expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.toString()).toMatch(/^lo +DOWN.*\nmine\n$/);
    const report = await onHost(['--mount'], HIDE, ['enter', ...drivers.sandbox, 'report']);
    expect(JSON.parse(report.stdout.toString())).toEqual({ writable: [], lacks: [expect.stringContaining('processes of this container')] });
    const support = await onHost(['--mount'], HIDE, ['support']);
    expect(JSON.parse(support.stdout.toString())).toEqual({ ok: true, lacks: [expect.stringContaining('processes of this container')] });
  });

  test('SIGKILL of the process outside leaves nothing there either', async () => {
    const outer = spawn('unshare', ['--mount', 'sh', '-c', `${HIDE}; exec "$@"`, 'sh', ...drivers.sandbox, 'enter', ...drivers.sandbox, 'wait'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: PROGRAM_PATH },
    });
    await once(outer.stdout, 'data');
    outer.kill('SIGKILL');
    await once(outer, 'exit');
    await vi.waitFor(() => expect(processesWith(drivers.sandbox[1])).toEqual([]));
  });
});
