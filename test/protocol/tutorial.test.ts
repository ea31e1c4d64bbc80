// The whole tutorial, as clients of both SDK lines and both eras see it.
import { z } from 'zod';
import { LINES, Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';

const Change = z.looseObject({ change: z.looseObject({ id: z.string().nullable(), changed: z.boolean(), commands: z.array(z.array(z.string())) }) });
const Links = z.looseObject({
  links: z.array(z.looseObject({ name: z.string(), up: z.boolean(), operstate: z.string(), link_netnsid: z.number().nullable(), peer: z.string().nullable() })),
  notes: z.array(z.string()),
});
const Listed = z.looseObject({
  namespaces: z.array(z.looseObject({ inode: z.number(), names: z.array(z.string()), nsid: z.number().nullable(), kind: z.string() })),
});
const Id = z.looseObject({ nsid: z.number().nullable(), namespace: z.looseObject({ inode: z.number(), names: z.array(z.string()) }), explanation: z.string() });
const Ran = z.looseObject({ exit_code: z.number().nullable(), stdout: z.string() });
const Reached = z.looseObject({ reachable: z.boolean(), received: z.number(), error: z.string().nullable() });

test.for(LINES)('the tutorial: %s', async (line, { sandbox }) => {
  const session = await Session.open(sandbox, { line });
  const change = async (name: string, args: Record<string, unknown>) => Change.parse(await session.call(name, args)).change;
  const links = async (namespace: string) => Links.parse(await session.call('inspect_namespace', { namespace }));
  const before = await sandbox.snapshotText();

  // A pair, both ends up.
  const dry = await change('create_veth_pair', { a: { name: 'veth0' }, b: { name: 'veth1' }, dry_run: true });
  expect(dry).toMatchObject({ id: null, changed: true, dry_run: true });
  expect(await sandbox.link('host', 'veth0')).toBeUndefined();
  const made = await change('create_veth_pair', { a: { name: 'veth0' }, b: { name: 'veth1' } });
  expect(made.commands).toEqual(dry.commands);
  for (const link of ['veth0', 'veth1']) await change('set_link', { link, up: true });
  expect((await links('host')).links.find(({ name }) => name === 'veth1')).toMatchObject({ up: true, operstate: 'UP', peer: 'veth0' });
  await change('change_address', { action: 'add', link: 'veth0', address: '10.200.1.1/24' });
  await change('change_address', { action: 'add', link: 'veth1', address: '10.200.1.2/24' });
  expect((await change('change_address', { action: 'add', link: 'veth1', address: '10.200.1.2/24' })).changed).toBe(false);

  // A namespace, and one end in it.
  await change('create_namespace', { name: 'lesson' });
  expect(Listed.parse(await session.call('list_namespaces')).namespaces.map(({ kind, names }) => [kind, ...names])).toContainEqual(['named', 'lesson']);
  const moved = await change('move_link', { link: 'veth1', to: 'lesson' });
  expect(moved['loses']).toContain('address 10.200.1.2/24');
  const outside = await links('host');
  expect(outside.links.find(({ name }) => name === 'veth0')).toMatchObject({ up: true, link_netnsid: expect.any(Number) });
  expect((await sandbox.link('host', 'veth0'))?.operstate).toMatch(/^(LOWERLAYERDOWN|DOWN)$/);
  expect(outside.notes.join('\n')).toMatch(/lesson/);
  const inside = (await links('lesson')).links.find(({ name }) => name === 'veth1');
  expect(inside).toMatchObject({ up: false, link_netnsid: 0 });

  // What the number means: where the other end lives, not where the link is.
  const host = Listed.parse(await session.call('list_namespaces', { kinds: ['host'] })).namespaces[0];
  const meant = Id.parse(await session.call('inspect_netns_id', { link: 'veth1', relative_to: 'lesson' }));
  expect(meant).toMatchObject({ nsid: 0, namespace: { inode: host?.inode } });
  expect(meant.explanation).toMatch(/not the id of the namespace that veth1 itself is in/);

  // Inside.
  const ran = Ran.parse(await session.call('exec_in_namespace', { namespace: 'lesson', command: ['ip', '-br', 'link'] }));
  expect(ran.exit_code).toBe(0);
  expect(ran.stdout).toMatch(/^veth1@if\d+ +DOWN/m);
  const stranger = await sandbox.stranger();
  const byPid = z
    .looseObject({ namespace: z.looseObject({ inode: z.number() }) })
    .parse(await session.call('inspect_namespace', { namespace: `pid:${stranger.innerPid}` }));
  expect(`net:[${byPid.namespace.inode}]`).toBe((await sandbox.ok(['readlink', `/proc/${stranger.innerPid}/ns/net`])).trim());

  // Both ways.
  await change('change_address', { action: 'add', namespace: 'lesson', link: 'veth1', address: '10.200.1.2/24' });
  await change('set_link', { namespace: 'lesson', link: 'veth1', up: true });
  for (const [from, to] of [
    ['host', '10.200.1.2'],
    ['lesson', '10.200.1.1'],
  ]) {
    expect(Reached.parse(await session.call('check_reachability', { from, to, count: 1 }))).toMatchObject({ reachable: true, received: 1, error: null });
  }

  // The second round, by the PID of a process.
  await change('move_link', { from: 'lesson', link: 'veth1', to: `pid:${stranger.innerPid}` });
  expect(await sandbox.link(stranger.innerPid, 'veth1')).toBeDefined();
  await change('move_link', { from: `pid:${stranger.innerPid}`, link: 'veth1', to: 'host' });

  // All down again.
  await change('delete_link', { link: 'veth0' });
  await change('delete_namespace', { namespace: 'lesson' });
  await stranger[Symbol.asyncDispose]();
  expect(await sandbox.snapshotText()).toBe(before);
});
