// Standard input and output: nothing but the protocol comes out, whatever goes in.
import { TOOLS } from '../../tools/index.js';
import { LINES, Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';
import { until } from '../support/sandbox.js';
import { Wire } from '../support/wire.js';

const LISTED = TOOLS.filter(({ listed }) => listed === undefined || listed === 'always').length;

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
    expect((await wire.ask('tools/list')).result?.['tools'], `after ${what}`).toHaveLength(LISTED);
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

test.for([true, false])('a line that is longer than any message may be is answered, and the server goes on (modern: %s)', async (modern, { sandbox }) => {
  const wire = await Wire.open(sandbox, { modern });
  const call = { method: 'tools/call', params: { name: 'create_namespace', arguments: { name: 'x'.repeat(9_000_000) } } };
  wire.send({ jsonrpc: '2.0', id: 'first', ...call });
  wire.send({ ...call, jsonrpc: '2.0', id: 77 });
  wire.write('x'.repeat(11_000_000));
  expect((await wire.ask('tools/list')).result?.['tools']).toHaveLength(LISTED);
  const error = { code: -32600, message: 'request larger than 8 MiB' };
  for (const id of ['first', 77, null]) expect(wire.messages()).toContainEqual({ jsonrpc: '2.0', id, error });
  expect(wire.messages().filter((message) => message.error !== undefined)).toHaveLength(3);
  await wire.end();
});

test.for(LINES)('a client is told that its request is too long: %s', async (line, { sandbox }) => {
  const session = await Session.open(sandbox, { line });
  await expect(session.result('create_namespace', { name: 'x'.repeat(9_000_000) })).rejects.toThrow('request larger than 8 MiB');
  expect(await session.call('list_namespaces')).toMatchObject({ namespaces: [{ kind: 'host' }] });
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
  expect((await wire.ask('tools/list')).result?.['tools']).toHaveLength(LISTED);
  await wire.end();
});
