// Which tools are offered: by policy, --read-only and --toolsets; and that what is not listed is refused at the call.
import { Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';
import { policyFile } from '../support/policy.js';

const CHANGES = [
  'create_namespace',
  'delete_namespace',
  'create_veth_pair',
  'move_link',
  'set_link',
  'delete_link',
  'add_address',
  'delete_address',
  'add_route',
  'delete_route',
];
const LOOKS = ['list_namespaces', 'inspect_namespace', 'inspect_netns_id', 'check_reachability', 'explain_policy', 'exec_in_namespace'];

test.for([
  ['--policy', 'observe'],
  ['--policy', 'sandbox', '--read-only'],
])('%s %s: only what looks is listed, and the rest is refused', async (args, { sandbox }) => {
  const session = await Session.open(sandbox, { args });
  expect(session.tools.sort()).toEqual([...LOOKS].sort());
  const before = await sandbox.snapshotText();
  for (const [tool, input] of [
    ['create_namespace', { name: 'x' }],
    ['create_veth_pair', { a: { name: 'a0' }, b: { name: 'b0' } }],
    ['set_link', { link: 'lo', up: false }],
    ['delete_link', { link: 'lo' }],
    ['add_address', { link: 'lo', address: '10.0.0.1/8' }],
    ['add_route', { destination: 'default', device: 'lo' }],
  ] as const) {
    const { code, message, hint, details } = await session.fails(tool, input);
    expect(code, tool).toBe('POLICY_DENIED');
    expect(message).not.toBe('');
    expect(hint).toMatch(/Allowed instead|explain_policy/);
    expect(details).toMatchObject({ file: expect.any(String), allowed_instead: expect.any(Array) });
    expect(await session.call('explain_policy', { tool, arguments: input })).toMatchObject({ effect: 'deny', rule: details['rule'] });
  }
  expect(await session.call('list_namespaces')).toMatchObject({ namespaces: [{ kind: 'host' }] });
  expect(await sandbox.snapshotText()).toBe(before);
});

test('--toolsets: the others are not listed, and refused', async ({ sandbox }) => {
  const session = await Session.open(sandbox, { args: ['--policy', 'sandbox', '--toolsets', 'observe'] });
  expect(session.tools.sort()).toEqual(LOOKS.filter((name) => name !== 'exec_in_namespace').sort());
  const error = await session.fails('create_namespace', { name: 'x' });
  expect(error).toMatchObject({ code: 'POLICY_DENIED', hint: 'Start it with --toolsets observe,change.' });
  expect((await session.fails('exec_in_namespace', { command: ['ip', 'link'] })).code).toBe('POLICY_DENIED');
  expect(await session.call('explain_policy', { tool: 'create_namespace', arguments: { name: 'x' } })).toMatchObject({ effect: 'deny' });
  expect(await sandbox.ok(['ls', '/run/netns'])).toBe('');
});

test('a tool is listed when the policy could allow it somewhere, and refused elsewhere', async ({ sandbox }) => {
  await sandbox.sh('ip netns add mine; ip netns add theirs');
  const rules =
    '  - {id: mine, effect: allow, actions: ["*"], namespaces: [mine, host], reason: Mine.}\n  - {id: see, effect: allow, actions: [namespace.list, policy.read], reason: See.}\n';
  const session = await Session.open(sandbox, { args: ['--policy', await policyFile(sandbox, rules)] });
  expect(session.tools.sort()).toEqual([...CHANGES, ...LOOKS].sort());
  await session.call('create_veth_pair', { a: { name: 'a0', namespace: 'mine' }, b: { name: 'b0' } });
  // Both ends are judged, in whatever order, and by whatever reference.
  for (const theirs of ['theirs', `inode:${(await sandbox.ok(['stat', '-Lc', '%i', '/run/netns/theirs'])).trim()}`, 'path:/run/netns/theirs']) {
    expect((await session.fails('move_link', { link: 'b0', to: theirs })).code).toBe('POLICY_DENIED');
    expect((await session.fails('create_veth_pair', { a: { name: 'c0' }, b: { name: 'd0', namespace: theirs } })).code).toBe('POLICY_DENIED');
    expect((await session.fails('create_veth_pair', { a: { name: 'c0', namespace: theirs }, b: { name: 'd0' } })).code).toBe('POLICY_DENIED');
    expect((await session.fails('inspect_namespace', { namespace: theirs })).code).toBe('POLICY_DENIED');
    expect((await session.fails('exec_in_namespace', { namespace: theirs, command: ['ip', 'link'] })).code).toBe('POLICY_DENIED');
  }
  expect((await sandbox.links('theirs')).map(({ ifname }) => ifname)).toEqual(['lo']);
});

test('a decision goes along with every answer', async ({ sandbox }) => {
  const session = await Session.open(sandbox, { args: ['--policy', 'lab'] });
  expect((await session.result('create_namespace', { name: 'mine' }))._meta?.['netns-mcp/decision']).toEqual({ effect: 'allow', rule: 'change-own' });
  expect((await session.result('list_namespaces'))._meta?.['netns-mcp/decision']).toEqual({ effect: 'allow', rule: 'look' });
});
