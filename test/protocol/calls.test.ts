// Calls in time: cancelled, long, side by side, from two clients at once.
import { setTimeout as sleep } from 'node:timers/promises';
import { PING, running } from '../support/calls.js';
import { LINES, Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';
import { until } from '../support/sandbox.js';

const LOG = '/run/audit.jsonl';

test.for(LINES)('a call that is cancelled ends its command: %s', async (line, { sandbox }) => {
  const session = await Session.open(sandbox, { line, args: ['--policy', 'sandbox', '--audit-log', LOG] });
  const abort = new AbortController();
  const call = session.result('exec_in_namespace', PING, { signal: abort.signal });
  call.catch(() => {});
  await until('ping runs', () => running(sandbox, 'ping'));
  abort.abort();
  await expect(call).rejects.toThrow();
  await until('ping is gone', async () => !(await running(sandbox, 'ping')));
  await until('it is in the log', async () => (await sandbox.ok(['cat', LOG])).includes('"outcome":"CANCELLED"'));
  await session.call('list_namespaces');
});

test.for(LINES)('a call that takes long tells that it goes on: %s', async (line, { sandbox }) => {
  const session = await Session.open(sandbox, { line });
  const told: number[] = [];
  await session.call('exec_in_namespace', { command: ['ping', '-c', '4', '127.0.0.1'] }, { onprogress: ({ progress }) => told.push(progress) });
  expect(told.length).toBeGreaterThanOrEqual(2);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
});

test('calls run side by side', async ({ sandbox }) => {
  const session = await Session.open(sandbox);
  const slow = session.call('exec_in_namespace', { command: ['ping', '-c', '8', '127.0.0.1'] });
  const names = Array.from({ length: 12 }, (_, at) => `n${at}`);
  await Promise.all(names.map((name) => session.call('create_namespace', { name })));
  await Promise.all(names.map((name) => session.call('create_veth_pair', { a: { name: 'up0', namespace: name, up: true }, b: { name: `to-${name}` } })));
  await Promise.all(names.flatMap((namespace) => [session.call('inspect_namespace', { namespace }), session.call('list_namespaces', { name: namespace })]));
  let isSlowDone = false;
  void slow.then(() => {
    isSlowDone = true;
  });
  await sleep(0);
  expect((await sandbox.links()).filter(({ ifname }) => ifname.startsWith('to-'))).toHaveLength(12);
  // The same thing asked for many times at once is done once.
  const same = await Promise.all(names.map(() => session.result('create_namespace', { name: 'one' })));
  expect(same.filter(({ structuredContent }) => JSON.stringify(structuredContent).includes('"changed":true'))).toHaveLength(1);
  expect(isSlowDone).toBe(false);
  await slow;
});

test('two servers that are asked for the same thing at once make it once', async ({ sandbox }) => {
  const sessions = await Promise.all([Session.open(sandbox), Session.open(sandbox, { line: 'earlier' })]);
  for (let round = 0; round < 6; round++) {
    const pair = { a: { name: 'v0', addresses: ['10.1.0.1/24'], up: true }, b: { name: 'v1', up: true } };
    const results = await Promise.all(sessions.map((session) => session.result('create_veth_pair', pair)));
    const outcomes = results.map(
      ({ _meta, structuredContent }) =>
        _meta?.['netns-mcp/error']?.code ?? (JSON.stringify(structuredContent).includes('"changed":true') ? 'made' : 'so already'),
    );
    expect(
      outcomes.filter((outcome) => outcome === 'made'),
      outcomes.join(),
    ).toHaveLength(1);
    expect(outcomes.filter((outcome) => !['made', 'so already', 'LINK_EXISTS'].includes(outcome))).toEqual([]);
    expect((await sandbox.links()).map(({ ifname }) => ifname).sort()).toEqual(['lo', 'v0', 'v1']);
    expect(await sandbox.addresses('host', 'v0')).toEqual(['10.1.0.1/24']);
    await sandbox.ok(['ip', 'link', 'del', 'v0']);
  }
});
