// How a server ends, and what it leaves behind: nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { PING, running } from '../support/calls.js';
import { LINES, Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';
import { until } from '../support/sandbox.js';
import { Wire } from '../support/wire.js';

const LOG = '/run/audit.jsonl';

test.for(LINES)('starting, looking at the lists and closing leaves nothing behind: %s', async (line, { sandbox }) => {
  const before = await sandbox.ok(['find', '/run', '-printf', '%P %s %i\\n']);
  const session = await Session.open(sandbox, { line, args: ['--policy', 'sandbox', '--audit-log', LOG] });
  await session.client.listResources();
  await session.client.listPrompts();
  await session[Symbol.asyncDispose]();
  expect(await sandbox.ok(['find', '/run', '-printf', '%P %s %i\\n'])).toBe(before);
  await until('no server is left', async () => !(await running(sandbox, 'node')));
});

test('the end of input ends the server, and a call under way', async ({ sandbox }) => {
  const wire = await Wire.open(sandbox, { args: ['--policy', 'sandbox', '--audit-log', LOG] });
  wire.request('tools/call', { name: 'exec_in_namespace', arguments: PING });
  await until('ping runs', () => running(sandbox, 'ping'));
  await wire.end();
  expect(wire.started.process.exitCode).toBe(0);
  expect(await running(sandbox, 'ping')).toBe(false);
  expect(await sandbox.ok(['cat', LOG])).toMatch(/"outcome":"CANCELLED"/);
});

test.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends the server, and a call under way', async (signal, { sandbox }) => {
  const wire = await Wire.open(sandbox, { args: ['--policy', 'sandbox', '--audit-log', LOG] });
  wire.request('tools/call', { name: 'exec_in_namespace', arguments: PING });
  await until('ping runs', () => running(sandbox, 'ping'));
  process.kill(wire.started.pid, signal);
  await wire.started.ended;
  expect(await running(sandbox, 'ping')).toBe(false);
  expect(await sandbox.ok(['cat', LOG])).toMatch(/"outcome":"CANCELLED"/);
});

test('SIGKILL leaves no process, and the call in the log', async ({ sandbox }) => {
  const wire = await Wire.open(sandbox, { args: ['--policy', 'sandbox', '--audit-log', LOG] });
  wire.request('tools/call', { name: 'exec_in_namespace', arguments: PING });
  await until('ping runs', () => running(sandbox, 'ping'));
  process.kill(wire.started.pid, 'SIGKILL');
  await wire.started.ended;
  await until('ping is gone', async () => !(await running(sandbox, 'ping')));
  expect(await sandbox.ok(['cat', LOG])).toMatch(/"event":"decided".*"ping"/);
});

test('a change that was asked for when input ends is done, or not, and never half', async ({ sandbox }) => {
  for (const delay of [0, 5, 15, 30, 60, 100]) {
    const before = await sandbox.snapshotText();
    const wire = await Wire.open(sandbox);
    wire.request('tools/call', {
      name: 'create_veth_pair',
      arguments: { a: { name: 'v0', addresses: ['10.1.0.1/24'], up: true }, b: { name: 'v1', addresses: ['10.1.0.2/24'], up: true } },
    });
    await sleep(delay);
    await wire.end();
    const made = await sandbox.link('host', 'v0');
    if (made) {
      expect(await sandbox.addresses('host', 'v1')).toEqual(['10.1.0.2/24']);
      await sandbox.ok(['ip', 'link', 'del', 'v0']);
    }
    expect(await sandbox.snapshotText()).toBe(before);
    expect(await sandbox.ok(['find', '/run/netns-mcp/', '-path', '*flight*', '-type', 'f']).catch(() => '')).toBe('');
  }
});
