// The server's standard input and output, its ends, and what it leaves behind: nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { LINES, Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';
import { type Sandbox, until } from '../support/sandbox.js';
import { Wire } from '../support/wire.js';

const LOG = '/run/audit.jsonl';
const PING = { namespace: 'host', command: ['ping', '-c', '50', '127.0.0.1'], timeout_ms: 60_000 };

/** Whether a process of that name runs inside. The dead whom nobody has buried do not count. */
async function running(sandbox: Sandbox, name: string): Promise<boolean> {
  const processes = (await sandbox.ok(['ps', '-eo', 'stat=,comm='])).split('\n').map((line) => line.trim().split(/\s+/));
  return processes.some(([state, command]) => command === name && !state?.startsWith('Z'));
}

const GARBAGE: readonly [string, string][] = [
  ['no JSON', '{"jsonrpc": "2.0", "id": 1, '],
  ['an empty line', ''],
  ['a bare word', 'hello'],
  ['null', 'null'],
  ['a number', '42'],
  ['an empty batch', '[]'],
  ['a batch', '[{"jsonrpc":"2.0","id":"b1","method":"tools/list"},{"jsonrpc":"2.0","id":"b2","method":"ping"}]'],
  ['another version', '{"jsonrpc":"1.0","id":"v1","method":"tools/list"}'],
  ['no method', '{"jsonrpc":"2.0","id":"m1"}'],
  ['an unknown method', '{"jsonrpc":"2.0","id":"u1","method":"tools/destroy"}'],
  ['an unknown notification', '{"jsonrpc":"2.0","method":"notifications/nothing"}'],
  ['params that are none', '{"jsonrpc":"2.0","id":"p1","method":"tools/call","params":[1]}'],
  ['a tool without a name', '{"jsonrpc":"2.0","id":"p2","method":"tools/call","params":{}}'],
  ['arguments that are none', '{"jsonrpc":"2.0","id":"p3","method":"tools/call","params":{"name":"create_namespace","arguments":"x"}}'],
  ['a response to nothing', '{"jsonrpc":"2.0","id":"r1","result":{}}'],
  ['a cancellation of nothing', '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"none"}}'],
  ['a prototype', '{"jsonrpc":"2.0","id":"q1","method":"tools/call","params":{"name":"__proto__","arguments":{"__proto__":{"dry_run":true}}}}'],
  ['bytes that are no text', '\u0000\u0001\ufffd'],
  [
    'deep nesting',
    `{"jsonrpc":"2.0","id":"d1","method":"tools/call","params":{"name":"list_namespaces","arguments":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}}`,
  ],
  [
    'a long line',
    JSON.stringify({ jsonrpc: '2.0', id: 'l1', method: 'tools/call', params: { name: 'create_namespace', arguments: { name: 'x'.repeat(4_000_000) } } }),
  ],
];

test('garbage is answered or passed over, and the server goes on', async ({ sandbox }) => {
  const wire = await Wire.open(sandbox, { args: ['--policy', 'sandbox', '--log-level', 'debug'] });
  for (const [what, line] of GARBAGE) {
    wire.write(line);
    expect((await wire.ask('tools/list')).result?.['tools'], `after ${what}`).toHaveLength(16);
  }
  await until('the last is answered', () => wire.messages().some(({ id }) => id === 'l1'));
  const byId = (id: string) => wire.messages().find((message) => message.id === id);
  expect(byId('u1')?.error?.code).toBe(-32601);
  for (const id of ['p2', 'p3', 'q1']) expect(byId(id)?.error?.code, id).toBe(-32602);
  expect(byId('l1')?.result).toMatchObject({ isError: true });
  expect(JSON.stringify(byId('l1')).length, 'what is echoed is cut').toBeLessThan(5_000);
  expect(byId('d1')?.result).toMatchObject({ isError: true });
  expect(await sandbox.ok(['ls', '/run/netns'])).toBe('');
  await wire.end();
});

test('a line that is longer than any message may be', async ({ sandbox }) => {
  const wire = await Wire.open(sandbox);
  wire.write('x'.repeat(11_000_000));
  expect((await wire.ask('tools/list')).result?.['tools']).toHaveLength(16);
  await wire.end();
});

test.for([
  ['2024-11-05', '2024-11-05'],
  ['2025-06-18', '2025-06-18'],
  ['2025-11-25', '2025-11-25'],
  ['1999-01-01', '2025-11-25'],
])('the handshake for version %s is answered with %s', async ([asked, answered], { sandbox }) => {
  const wire = await Wire.open(sandbox, { modern: true });
  wire.send({
    jsonrpc: '2.0',
    id: 'hello',
    method: 'initialize',
    params: { protocolVersion: asked, capabilities: {}, clientInfo: { name: 'wire', version: '1' } },
  });
  const { result } = await until('an answer', () => wire.messages().find(({ id }) => id === 'hello'));
  expect(result).toMatchObject({ protocolVersion: answered, serverInfo: { name: 'netns-mcp' }, instructions: expect.stringContaining('list_namespaces') });
});

test('a client that only wants to know is told, without a handshake', async ({ sandbox }) => {
  const wire = await Wire.open(sandbox, { modern: true });
  expect((await wire.ask('server/discover')).result).toMatchObject({
    supportedVersions: ['2026-07-28'],
    instructions: expect.stringContaining('list_namespaces'),
    capabilities: { tools: {}, resources: {}, prompts: {}, completions: {} },
  });
});

test('calls before the handshake', async ({ sandbox }) => {
  const wire = await Wire.open(sandbox, { modern: true });
  wire.send({ jsonrpc: '2.0', id: 'early', method: 'tools/call', params: { name: 'create_namespace', arguments: { name: 'x' } } });
  expect((await wire.ask('tools/list')).result?.['tools']).toHaveLength(16);
  await wire.end();
});

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
