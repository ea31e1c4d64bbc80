// Which tools are offered: by policy, --read-only and --toolsets; and that what is not listed is refused at the call.
import { TOOLS } from '../../tools/index.js';
import { Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';
import { policyFile } from '../support/policy.js';

const ALWAYS = TOOLS.filter(({ listed }) => listed === undefined || listed === 'always');
/** What only looks is offered by a policy that changes nothing. */
const LOOKS = ALWAYS.filter(({ effect }) => effect === 'read' || effect === 'probe' || effect === 'run').map(({ name }) => name);
const IN_OBSERVE = ALWAYS.filter(({ toolset }) => toolset === 'observe').map(({ name }) => name);

test('what looks, and what changes, is what everybody would expect', () => {
  expect(LOOKS).toEqual(expect.arrayContaining(['list_namespaces', 'inspect_namespace', 'list_changes', 'exec_in_namespace']));
  const changes = ALWAYS.map(({ name }) => name).filter((name) => !LOOKS.includes(name));
  expect(changes).toEqual(
    expect.arrayContaining(['create_namespace', 'create_veth_pair', 'create_link', 'move_link', 'change_route', 'apply_changes', 'undo_change']),
  );
});

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
  expect(session.tools.sort()).toEqual(IN_OBSERVE.sort());
  const error = await session.fails('create_namespace', { name: 'x' });
  expect(error).toMatchObject({ code: 'POLICY_DENIED', hint: 'Start it with --toolsets observe,change.' });
  expect((await session.fails('exec_in_namespace', { command: ['ip', 'link'] })).code).toBe('POLICY_DENIED');
  expect(await session.call('explain_policy', { tool: 'create_namespace', arguments: { name: 'x' } })).toMatchObject({ effect: 'deny' });
  expect(await sandbox.ok(['ls', '/run/netns'])).toBe('');
});

test('a toolset that is asked for by name is listed whole, and a member of a listed tool can be called by its own name', async ({ sandbox }) => {
  const session = await Session.open(sandbox, { args: ['--policy', 'sandbox', '--toolsets', 'change,exec'] });
  expect(session.tools).toEqual(expect.arrayContaining(['show_change', 'start_service', 'list_services']));
  expect(session.tools).not.toContain('add_address');
  await session.call('add_address', { link: 'lo', address: '10.9.0.1/32' });
  expect(await sandbox.addresses('host', 'lo')).toContain('10.9.0.1/32');
});

test('a tool is listed when the policy could allow it somewhere, and refused elsewhere', async ({ sandbox }) => {
  await sandbox.sh('ip netns add mine; ip netns add theirs');
  const rules =
    '  - {id: mine, effect: allow, actions: ["*"], namespaces: [mine, host], reason: Mine.}\n  - {id: see, effect: allow, actions: [namespace.list, policy.read], reason: See.}\n';
  const session = await Session.open(sandbox, { args: ['--policy', await policyFile(sandbox, rules)] });
  expect(session.tools.sort()).toEqual(ALWAYS.map(({ name }) => name).sort());
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
