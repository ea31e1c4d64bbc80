// Services on the real kernel: started, seen, paged, stopped, and gone when they should be.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { isRoot, networkOf } from '../support/exec-harness.js';
import { test } from '../support/fixture.js';
import { type Sandbox, until } from '../support/sandbox.js';
import { ServiceDriver } from '../support/services.js';

/** Where the server is: in the sandbox, where user 0 is all there is; or outside, as real root, working in the sandbox's namespace. */
const SERVERS = [
  { server: 'a server in a sandbox', inside: true, uid: 0 },
  ...(isRoot ? [{ server: 'a server that is real root', inside: false, uid: 65_534 }] : []),
];

let driver: ServiceDriver;
beforeAll(async () => {
  driver = await ServiceDriver.build();
});
afterAll(() => driver[Symbol.dispose]());

/** A word for a command line that no other process has. */
const unique = () => String(100_000 + Math.floor(Math.random() * 800_000_000));

/** PIDs, as seen from outside, of processes with a word in their command line. */
function having(word: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(word) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** Those of them that are the command itself, and not what leads it in. */
const sleeping = (word: string) => having(word).filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n');

const goneWith = (word: string) => until(`nothing with ${word} is left`, () => having(word).length === 0);

/** Two namespaces that reach each other. */
async function pair(sandbox: Sandbox): Promise<void> {
  await sandbox.sh(`
    ip netns add a; ip netns add b; ip link add a0 netns a type veth peer name b0 netns b
    for n in a b; do ip -n $n link set lo up; ip -n $n link set \${n}0 up; done
    ip -n a address add 10.0.0.1/24 dev a0; ip -n b address add 10.0.0.2/24 dev b0`);
}

const ask = (sandbox: Sandbox, from: string, url: string) => sandbox.ok(['nsenter', `--net=/run/netns/${from}`, 'curl', '-sS', '-m', '3', url]);

/** A shell that is not on any list, for services as unruly as a test wants. */
const shell = (script: string) => ({ command: ['sh', '-c', script], raw: true });

describe('starting', () => {
  test('two web servers on the same port of two namespaces answer differently', async ({ sandbox }) => {
    await pair(sandbox);
    const services = await driver.open(sandbox);
    const [a, b] = await Promise.all(
      ['a', 'b'].map((namespace) => services.start({ namespace, name: 'web', command: ['web-server', '80', '--says', `I am ${namespace}`], port: 80 })),
    );
    expect(a).toMatchObject({ changed: true, state: 'running', lives_on: false });
    expect(await ask(sandbox, 'a', 'http://10.0.0.1/')).toMatch(/^I am a\nYou are 10.0.0.1:\d+\.\n$/);
    expect(await ask(sandbox, 'a', 'http://10.0.0.2/')).toMatch(/^I am b\nYou are 10.0.0.1:\d+\.\n$/);
    expect((await services.log(b?.id ?? '')).text).toMatch(/10\.0\.0\.1:\d+ GET \/\n$/);
    expect(await services.stop(a?.id ?? '')).toMatchObject({ state: 'exited 0', pid: null });
    expect((await services.list()).map(({ namespace, state }) => [...namespace.names, state])).toEqual(
      expect.arrayContaining([
        ['a', 'exited 0'],
        ['b', 'running'],
      ]),
    );
  });

  test('again changes nothing; the name with another command is refused; both at once make one', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a; ip netns add b');
    const services = await driver.open(sandbox);
    const same = { namespace: 'a', name: 'one', command: ['sleep', unique()], raw: true };
    const [first, second] = await Promise.all([services.start(same), services.start(same)]);
    expect([first?.changed, second?.changed]).toEqual([true, false]);
    expect(second?.id).toBe(first?.id);
    expect(await services.startFails({ ...same, command: ['sleep', unique()] })).toMatchObject({
      code: 'SERVICE_EXISTS',
      hint: expect.stringContaining(first?.id ?? '-'),
    });
    expect(await services.startFails({ ...same, lives_on: true })).toMatchObject({
      code: 'SERVICE_EXISTS',
      message: expect.stringContaining('lives_on false'),
    });
    expect((await services.start({ ...same, namespace: 'b' })).changed).toBe(true);
    await services.stop(first?.id ?? '');
    expect((await services.start(same)).changed).toBe(true);
  });

  test('of the same name by two servers at once leaves at most one running', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    const servers = await Promise.all([driver.open(sandbox), driver.open(sandbox)]);
    for (let round = 0; round < 4; round++) {
      const word = unique();
      await Promise.allSettled(servers.map((server) => server.start({ namespace: 'a', name: 'one', command: ['sleep', word], raw: true })));
      const running = (await servers[0].list()).filter(({ state }) => state === 'running');
      expect(running.length).toBeLessThanOrEqual(1);
      await until('no more of it runs than is on record', () => sleeping(word).length === running.length);
      for (const { id } of running) await servers[0].stop(id);
    }
  });

  test('tells why it failed: not installed, ended at once, not ready in time, cancelled; and leaves nothing running', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a; ip -n a link set lo up');
    const services = await driver.open(sandbox);
    const word = unique();
    expect(await services.startFails({ namespace: 'a', name: 'x', command: ['bird', '-c', '/etc/bird/x.conf'], search_path: '/nowhere' })).toMatchObject({
      code: 'COMMAND_MISSING',
      hint: 'Install it: apt install bird2.',
    });
    expect(await services.list()).toEqual([]);
    await services.start({ namespace: 'a', name: 'web', command: ['web-server', '80'], port: 80 });
    const taken = await services.startFails({ namespace: 'a', name: 'other', command: ['web-server', '80'], text: 'listening' });
    expect(taken).toMatchObject({
      code: 'SERVICE_FAILED',
      message: expect.stringMatching(/\(exited 1\): .*EADDRINUSE/),
      hint: expect.stringContaining('log_of'),
    });
    expect(await services.startFails({ namespace: 'a', name: 'x', ...shell(`echo waiting; exec sleep ${word}`), port: 81, within_ms: 400 })).toMatchObject({
      code: 'TIMED_OUT',
      details: { log: 'waiting\n' },
    });
    expect(await services.startFails({ namespace: 'a', name: 'x', command: ['sleep', word], raw: true, port: 81, cancel_after_ms: 300 })).toMatchObject({
      code: 'CANCELLED',
    });
    expect(having(word)).toEqual([]);
    expect((await services.list()).map(({ state }) => state)).toEqual(['running', 'exited 1', 'ended by SIGTERM', 'ended by SIGTERM']);
  });

  test('takes a permit for exactly that, and a state directory that can be written', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    const services = await driver.open(sandbox);
    const word = unique();
    const wanted = { namespace: 'a', name: 'x', command: ['sleep', word], raw: true };
    expect(await services.startFails({ ...wanted, permit_for: ['sleep', '1'] })).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('no permit'),
    });
    await sandbox.sh('mkdir -p /run/netns-mcp; mount -t tmpfs -o ro none /run/netns-mcp');
    expect(await services.startFails(wanted)).toMatchObject({ code: 'STATE_UNWRITABLE', message: expect.stringContaining('Nothing was started') });
    expect(having(word)).toEqual([]);
  });
});

describe('stopping', () => {
  test('asks first, and tells the exit code; again changes nothing', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    const services = await driver.open(sandbox);
    const { id } = await services.start({
      namespace: 'a',
      name: 'x',
      ...shell('trap "echo bye; exit 7" TERM; echo here; while :; do sleep 0.05; done'),
      text: 'here',
    });
    expect(await services.stop(id)).toMatchObject({ state: 'exited 7' });
    expect((await services.log(id)).text).toBe('here\nbye\n');
    expect(await services.stop(id)).toMatchObject({ state: 'exited 7' });
  });

  test('ends by force what does not listen, with all that it started in groups and sessions of their own', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    const services = await driver.open(sandbox);
    const word = unique();
    const { id } = await services.start({
      namespace: 'a',
      name: 'x',
      ...shell(`trap "" TERM; setsid -f sh -c 'setsid -f sleep ${word}; exec sleep ${word}'; echo here; while :; do sleep ${word}; done`),
      text: 'here',
    });
    await until('all of it runs', () => having(word).length === 3);
    expect(await services.stop(id)).toMatchObject({ state: 'ended by SIGKILL' });
    expect(having(word)).toEqual([]);
  });

  test('a service that goes into the background has ended, and takes along what it left there', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    const services = await driver.open(sandbox);
    const word = unique();
    expect(await services.startFails({ namespace: 'a', name: 'x', ...shell(`setsid -f sleep ${word}; sleep 0.1`) })).toMatchObject({
      code: 'SERVICE_FAILED',
      message: expect.stringContaining('exited 0'),
    });
    expect(having(word)).toEqual([]);
  });
});

describe('the end of the server', () => {
  test.for([
    ['by SIGKILL', 'kill'],
    ['by end of input', 'end'],
  ] as const)('%s ends what is not to live on, and the next server stops what is', async ([, way], { sandbox }) => {
    await sandbox.sh('ip netns add a');
    const services = await driver.open(sandbox);
    const [dies, stays] = [unique(), unique()];
    await services.start({ namespace: 'a', name: 'dies', ...shell(`setsid -f sleep ${dies}; exec sleep ${dies}`) });
    const { id } = await services.start({ namespace: 'a', name: 'stays', lives_on: true, ...shell(`echo one; setsid -f sleep ${stays}; exec sleep ${stays}`) });
    await services[way]();
    await goneWith(dies);
    const next = await driver.open(sandbox);
    expect((await next.list()).map(({ name, state }) => [name, state])).toEqual([
      ['dies', 'ended by SIGKILL'],
      ['stays', 'running'],
    ]);
    expect(having(stays)).toHaveLength(2);
    expect((await next.log(id)).text).toBe('one\n');
    expect(await next.stop(id)).toMatchObject({ state: 'ended by SIGTERM' });
    expect(having(stays)).toEqual([]);
  });

  test('at any moment of a start leaves nothing that is not on record', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    for (let round = 0; round < 12; round++) {
      const services = await driver.open(sandbox);
      const word = unique();
      const livesOn = round % 2 === 1;
      void services.startFails({ namespace: 'a', name: `x${round}`, command: ['sleep', word], raw: true, lives_on: livesOn });
      await new Promise((resolve) => setTimeout(resolve, 4 * round));
      await services.kill();
      const next = await driver.open(sandbox);
      if (!livesOn) await goneWith(word);
      // What waits for its word to start ends with the server.
      const listed = await until('records and processes agree', async () => {
        const there = (await next.list()).filter(({ state }) => state === 'running');
        return sleeping(word).length === there.length && there;
      });
      for (const { id } of listed) await next.stop(id);
      expect(having(word)).toEqual([]);
      await next.end();
    }
  });
});

describe('the log', () => {
  /** All pages from the last to the first. */
  async function backwards(services: Awaited<ReturnType<ServiceDriver['open']>>, id: string): Promise<string> {
    let whole = '';
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const { text, earlier } = await services.log(id, cursor);
      expect(text).toMatch(/^line .*\n$/s);
      whole = text + whole;
      cursor = earlier;
    }
    return whole;
  }

  test('is read page by page in both directions, each page in whole lines, and goes on where it ended', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    const services = await driver.open(sandbox);
    const { id, pid } = await services.start({
      namespace: 'a',
      name: 'x',
      ...shell('trap "echo more" USR1; seq -f "line %04.0f" 1 3000; echo done; while :; do sleep 0.05; done'),
      text: 'done',
    });
    const all = `${Array.from({ length: 3000 }, (_, i) => `line ${String(i + 1).padStart(4, '0')}\n`).join('')}done\n`;
    expect(await backwards(services, id)).toBe(all);
    let forwards = '';
    let cursor = 'after:0';
    for (let page = await services.log(id, cursor); page.text !== ''; page = await services.log(id, cursor)) {
      expect(page.text).toMatch(/^.*\n$/s);
      forwards += page.text;
      cursor = page.later;
    }
    expect(forwards).toBe(all);
    await sandbox.ok(['kill', '-USR1', String(pid)]);
    await until('it goes on', async () => (await services.log(id, cursor)).text === 'more\n');
    expect(await services.logFails(id, 'after:x')).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await services.logFails('00000000')).toMatchObject({ code: 'SERVICE_NOT_FOUND' });
  });

  test('shows control characters and keeps secrets', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    const services = await driver.open(sandbox);
    const { id } = await services.start({
      namespace: 'a',
      name: 'x',
      ...shell('printf "\\033[31mred\\377 private key: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\n"; exec sleep 1000'),
      text: 'red',
    });
    expect((await services.log(id)).text).toBe('\\x1b[31mred\\xff private key: [redacted]\n');
  });

  test('of a flood stays short, while a server looks after it and when none does, and costs the service nothing', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    const services = await driver.open(sandbox);
    const word = unique();
    const { id } = await services.start({
      namespace: 'a',
      name: 'x',
      lives_on: true,
      ...shell(`while :; do seq -f "flood %.0f ${word}" 1 100000; done`),
      text: 'flood',
    });
    const size = async () => Number((await sandbox.ok(['du', '-sb', `/run/netns-mcp/services/${id}`])).split('\t')[0]);
    const wasFull = () => sandbox.run(['grep', '-ar', 'the log was full', `/run/netns-mcp/services/${id}`]);
    await until('it was full once', async () => (await wasFull()).exitCode === 0);
    expect(await size()).toBeLessThan(9 * 1024 ** 2);
    expect((await services.log(id)).earlier).not.toBeNull();
    await services.kill();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await size()).toBeLessThan(9 * 1024 ** 2);
    const next = await driver.open(sandbox);
    expect((await next.list())[0]).toMatchObject({ state: 'running' });
    const { later } = await next.log(id);
    await until('it is kept on', async () => (await next.log(id, later)).text !== '');
    await next.stop(id);
  });
});

describe('a namespace', () => {
  test('is deleted with its services: they are all that lives in it, and end when asked for', async ({ sandbox }) => {
    await pair(sandbox);
    const services = await driver.open(sandbox);
    const word = unique();
    await services.start({ namespace: 'a', name: 'x', ...shell(`setsid -f sleep ${word}; exec sleep ${word}`) });
    await services.start({ namespace: 'b', name: 'y', command: ['sleep', unique()], raw: true });
    const living = (await sandbox.ok(['ip', 'netns', 'pids', 'a'])).trim().split('\n').map(Number);
    expect((await services.processesIn('a')).sort()).toEqual(living.sort());
    expect(await services.stopServicesOf('a')).toMatchObject([{ name: 'x', state: 'ended by SIGTERM' }]);
    expect(having(word)).toEqual([]);
    await sandbox.sh('ip netns delete a');
    await until('the namespace is gone, and with it the other end in b', async () => (await sandbox.link('b', 'b0')) === undefined);
    expect((await services.list()).map(({ name, state }) => [name, state])).toEqual([
      ['x', 'ended by SIGTERM'],
      ['y', 'running'],
    ]);
  });

  test('is not kept alive by services of others', async ({ sandbox }) => {
    await pair(sandbox);
    const services = await driver.open(sandbox);
    await services.start({ namespace: 'b', name: 'y', command: ['sleep', unique()], raw: true });
    // Not by ip netns delete, for the kernel lets go of a removed file wherever it is mounted.
    await sandbox.sh('umount /run/netns/a');
    await until('it is gone', async () => (await sandbox.link('b', 'b0')) === undefined);
  });
});

describe.each(SERVERS)('confinement under $server', ({ inside, uid }) => {
  test('is that of exec, with a /run of its own', async ({ sandbox }) => {
    const services = inside ? await driver.open(sandbox) : await driver.openOutside(sandbox);
    const namespace = inside ? '/proc/self/ns/net' : networkOf(sandbox);
    const script =
      'cat /proc/self/status /proc/self/limits; echo "id $(id -u)"; ls -A /run; touch /run/mine && echo "may write"; ls /proc/self/fd; env; echo finished; exec sleep 1000';
    const { id, pid } = await services.start({ namespace, name: 'x', ...shell(script), capabilities: ['net_raw'], text: 'finished' });
    let text = '';
    for (let cursor = 'after:0', page = await services.log(id, cursor); page.text !== ''; page = await services.log(id, cursor)) {
      text += page.text;
      cursor = page.later;
    }
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(text).toMatch(new RegExp(`^${set}:\\s+0000000000002000$`, 'm'));
    expect(text).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(text).toMatch(/^Max file size +4194304 +4194304 /m);
    expect(text).toMatch(/^Max cpu time +unlimited/m);
    expect(text).toMatch(/^Max core file size +0 +0 /m);
    // Nothing in /run; then the files that ls itself has open.
    expect(text).toMatch(new RegExp(`^id ${uid}\nmay write\n0\n1\n2\n3\n(?:(?:HOME|LC_ALL|PATH|PWD|TERM)=.*\n)+finished\n$`, 'm'));
    expect(inside ? 0 : readlinkSync(`/proc/${pid}/ns/net`)).toBe(inside ? 0 : readlinkSync(networkOf(sandbox)));
    await services.stop(id);
  });
});
