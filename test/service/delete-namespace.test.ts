// A namespace in which nothing lives but services: its deletion ends them first, says so before, and is judged as that.
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../src/exec/program.js';
import { Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';
import { policyFile } from '../support/policy.js';
import { type Sandbox, until } from '../support/sandbox.js';

const TOOLSETS = ['--toolsets', 'observe,change,exec'];
const ENDED = 'service web (web-server --address 0.0.0.0 80), which is ended first';

/** A namespace `a` with a link of ours and a web server. */
async function withService(sandbox: Sandbox, policy = 'sandbox'): Promise<Session> {
  const session = await Session.open(sandbox, { args: ['--policy', policy, ...TOOLSETS] });
  await session.call('create_namespace', { name: 'a' });
  await session.call('create_veth_pair', { a: { name: 'v0', namespace: 'a', addresses: ['10.0.0.1/24'], up: true }, b: { name: 'v1', up: true } });
  await session.call('start_service', { namespace: 'a', name: 'web', command: ['web-server', '80'], ready_port: 80, ready_within_ms: 20_000 });
  return session;
}

/** How each service is now. */
async function states(session: Session): Promise<unknown> {
  const { services } = await session.call('list_services');
  return services;
}

const names = async (sandbox: Sandbox) => (await sandbox.ok(['ls', '/run/netns'])).split('\n').filter(Boolean);

test('a dry run names the service and leaves it, the deletion ends it, and undo brings all but it back', async ({ sandbox }) => {
  const session = await withService(sandbox);
  const dry = await session.call('delete_namespace', { namespace: 'a', dry_run: true });
  expect(dry).toMatchObject({ change: { loses: expect.arrayContaining([ENDED]), undoable: false } });
  expect(await states(session)).toMatchObject([{ name: 'web', state: 'running' }]);

  const { change } = await session.call('delete_namespace', { namespace: 'a' });
  expect(change).toMatchObject({ changed: true, loses: expect.arrayContaining([ENDED]) });
  expect(await names(sandbox)).toEqual([]);
  expect(await states(session)).toMatchObject([{ name: 'web', namespace: 'a', state: 'exited 0', pid: null }]);
  expect(await sandbox.link('host', 'v1')).toBeUndefined();

  await session.call('undo_change', { id: Object(change).id });
  expect(await sandbox.addresses('a', 'v0')).toEqual(['10.0.0.1/24']);
  expect(await states(session)).toMatchObject([{ state: 'exited 0' }]);
});

test('services in two namespaces of one list end with it', async ({ sandbox }) => {
  const session = await withService(sandbox);
  await session.call('create_namespace', { name: 'b' });
  await session.call('start_service', { namespace: 'b', name: 'other', command: ['web-server', '81'], ready_port: 81, ready_within_ms: 20_000 });
  await session.call('apply_changes', { changes: ['a', 'b'].map((namespace) => ({ op: 'delete_namespace', namespace })) });
  expect(await names(sandbox)).toEqual([]);
  expect(await states(session)).toMatchObject([{ state: 'exited 0' }, { state: 'exited 0' }]);
});

test('beside a stranger it is refused for that one alone, and by force both live on', async ({ sandbox }) => {
  const session = await withService(sandbox);
  const stranger = await sandbox.start(['nsenter', '--net=/run/netns/a', 'sleep', '1000']);
  const error = await session.fails('delete_namespace', { namespace: 'a' });
  expect(error).toMatchObject({ code: 'NAMESPACE_IN_USE', details: { processes: { count: 1, sample: [{ pid: stranger.innerPid, command: 'sleep' }] } } });
  expect(error.message).toContain('1 process lives in it');
  expect(await states(session)).toMatchObject([{ state: 'running' }]);

  const { change } = await session.call('delete_namespace', { namespace: 'a', force: true });
  expect(change).toMatchObject({ loses: [expect.stringContaining('lives on')] });
  expect(await states(session)).toMatchObject([{ state: 'running', namespace: expect.stringMatching(/^inode:/) }]);
});

test('who may not stop the service may not delete its namespace', async ({ sandbox }) => {
  const policy = await policyFile(
    sandbox,
    `  - {id: all, effect: allow, actions: ["*"], reason: All.}
  - {id: keep, effect: deny, actions: [service.stop], commands: ["web-server **"], reason: It serves.}
`,
  );
  const session = await withService(sandbox, policy);
  expect(await session.fails('delete_namespace', { namespace: 'a' })).toMatchObject({
    code: 'POLICY_DENIED',
    message: expect.stringContaining('It serves: service.stop of web-server'),
  });
  expect(await states(session)).toMatchObject([{ state: 'running' }]);
  expect(await names(sandbox)).toEqual(['a']);
});

test('a list that fails tells which services it had ended: nothing starts them again', async ({ sandbox }) => {
  const session = await withService(sandbox);
  const changes = [
    { op: 'delete_namespace', namespace: 'a' },
    { op: 'add_address', link: 'lo', address: 'ff02::1/64' },
  ];
  const error = await session.fails('apply_changes', { changes });
  expect(error.message).toMatch(/Service web in a had been ended for it, and stays so\.$/);
  expect(error).toMatchObject({ hint: expect.stringContaining('start_service starts a service again'), details: { left: [], ended_services: ['web in a'] } });
  expect(await sandbox.addresses('a', 'v0'), 'all else is back').toEqual(['10.0.0.1/24']);
  expect(await states(session)).toMatchObject([{ name: 'web', state: 'exited 0' }]);
});

test('a service is led in when no change is at work on its namespace, and not into one that a change took away', async ({ sandbox, rooms }) => {
  await sandbox.sh('ip netns add a');
  const session = await Session.open(sandbox, { args: ['--policy', 'sandbox', ...TOOLSETS] });
  const start = { namespace: 'a', name: 'web', command: ['web-server', '80'], ready_within_ms: 20_000 };
  const harmless = await rooms.prepare('set_link', { namespace: 'a', link: 'lo', up: true });
  const waiting = session.call('start_service', start);
  await sleep(500);
  expect(await states(session)).toEqual([]);
  await rooms.dispose(harmless);
  expect(await waiting).toMatchObject({ changed: true });
  await session.call('stop_service', { service: 'web', namespace: 'a' });

  const deletion = await rooms.prepare('delete_namespace', { namespace: 'a' });
  const late = session.fails('start_service', start);
  await sleep(500);
  await rooms.make(deletion);
  await rooms.dispose(deletion);
  expect(await late).toMatchObject({ code: expect.stringMatching(/^NAMESPACE_(NOT_FOUND|VANISHED)$/) });
  expect(await states(session)).toMatchObject([{ state: 'exited 0' }]);
});

const isTunMissing = findProgram('wireguard-go') === null || findProgram('wg') === null || process.getuid?.() !== 0;

test.skipIf(isTunMissing)('a link that a service carries is its own, and goes with it', async ({ sandbox }) => {
  const session = await Session.open(sandbox, { args: ['--policy', 'sandbox', ...TOOLSETS] });
  await session.call('create_namespace', { name: 'a' });
  await session.call('start_service', { namespace: 'a', name: 'vpn', command: ['wireguard-go', 'wg3'], ready_within_ms: 20_000 });
  await until('its link is there', async () => (await sandbox.run(['ip', '-n', 'a', 'link', 'show', 'wg3'])).exitCode === 0);
  await session.call('delete_namespace', { namespace: 'a' });
  expect(await names(sandbox)).toEqual([]);
  expect(await states(session)).toMatchObject([{ state: expect.stringMatching(/^(exited|ended)/) }]);
});
