// Undoing what the kernel makes hard: everything is as plain tools showed it before, object by object.
import { afterAll, describe } from 'vitest';
import { dump, expectSame } from '../support/dump.js';
import { expect, test } from '../support/fixture.js';
import type { Wanted } from '../support/rooms.js';
import { until } from '../support/sandbox.js';
import { Stages } from './stage.js';

const stages = new Stages(2);
afterAll(() => stages[Symbol.asyncDispose]());

const CORNERS: readonly (readonly [what: string, list: readonly Wanted[]])[] = [
  ['a bridge without link-local addresses is made anew without one', [{ op: 'delete_link', input: { namespace: 'host', link: 'br0' } }]],
  [
    'a bridge loses the link-local address that its first port brought',
    [
      { op: 'set_link', input: { namespace: 'n1', link: 'br0', addr_gen_mode: 'eui64' } },
      { op: 'set_link', input: { namespace: 'n1', link: 'p1', bridge: 'br0' } },
    ],
  ],
  [
    'an address that comes back before others leaves the neighbours of its link alone',
    [
      { op: 'delete_address', input: { namespace: 'host', link: 'p0', address: '172.16.1.1/32' } },
      { op: 'delete_address', input: { namespace: 'host', link: 'p0', address: '10.1.0.1/24' } },
    ],
  ],
  [
    'routes, next hops among them, come back though no address reaches their gateways any more',
    [
      { op: 'delete_address', input: { namespace: 'n1', link: 'p0', address: '10.2.1.1/24' } },
      { op: 'delete_address', input: { namespace: 'n1', link: 'p0', address: '10.2.0.1/24' } },
      { op: 'delete_address', input: { namespace: 'n1', link: 'p0', address: 'fd00:2::1/64' } },
      { op: 'delete_link', input: { namespace: 'n1', link: 'p0' } },
    ],
  ],
  [
    'an IPv6 address with a lifetime goes with the route to its prefix',
    [{ op: 'add_address', input: { link: 'p0', address: 'fd77::1/64', valid_lft_s: 900 } }],
  ],
  ['a forwarding entry of a link goes though a bridge has one for the same MAC', [{ op: 'add_fdb', input: { link: 'p0', mac: '02:00:00:00:00:88' } }]],
  [
    'many sysctls and offloads of a link are set again when it is made anew',
    [
      { op: 'set_offloads', input: { namespace: 'n2', link: 'p0', features: { tso: false, gso: false, gro: false } } },
      { op: 'set_sysctl', input: { namespace: 'n2', key: 'net.ipv4.conf.p0.arp_ignore', value: 2 } },
      { op: 'set_sysctl', input: { namespace: 'n2', key: 'net.ipv6.conf.p0.accept_ra', value: 0 } },
      { op: 'delete_link', input: { namespace: 'n2', link: 'p0' } },
    ],
  ],
  ['a rule for a protocol that is given by its number and shown by its name', [{ op: 'add_rule', input: { oif: 'p0', ipproto: 8, table: 77 } }]],
  [
    'a firewall rule with a set of one, which nft writes otherwise afterwards',
    [
      { op: 'allow', input: { hook: 'output', states: ['new', 'new'] } },
      { op: 'drop', input: { hook: 'forward', source: '10.9.0.0/16' } },
      { op: 'kill_switch', input: { namespace: 'n1', tunnel: 'lo' } },
      { op: 'drop', input: { namespace: 'n1', hook: 'output' } },
    ],
  ],
  ['an IPv6 address that got a metric has none', [{ op: 'replace_address', input: { namespace: 'n1', link: 'p0', address: 'fd00:2::1/64', metric: 1 } }]],
  [
    'a next hop that is changed finds its gateway though a rule hides it by now',
    [
      { op: 'add_rule', input: { type: 'blackhole' } },
      { op: 'add_nexthop', input: { id: 1, via: '10.1.0.7', device: 'p0', replace: true } },
    ],
  ],
  [
    'a bridge without link-local addresses gets none with the IPv6 that the MTU of a port had taken from it',
    [{ op: 'set_link', input: { link: 'v2', mtu: 576 } }],
  ],
  [
    'IPv6 addresses with lifetimes go with the routes to their prefixes, also in a namespace and on the loopback',
    [
      { op: 'add_address', input: { namespace: 'n1', link: 'p0', address: 'fd77::1/64', valid_lft_s: 900 } },
      { op: 'add_address', input: { namespace: 'n1', link: 'lo', address: 'fd78::1/64', valid_lft_s: 900 } },
      { op: 'replace_address', input: { namespace: 'n2', link: 'p0', address: 'fd77::1/64', valid_lft_s: 900 } },
    ],
  ],
];

/** Made as one change. */
const LISTS: readonly (readonly [what: string, list: readonly Wanted[]])[] = [
  [
    'a namespace that the list makes and deletes',
    [
      { op: 'create_namespace', input: { name: 'made' } },
      { op: 'delete_namespace', input: { namespace: 'made' } },
      { op: 'set_sysctl', input: { namespace: 'host', key: 'net.ipv4.ip_forward', value: 1 } },
    ],
  ],
  [
    'files of a namespace that the list makes go with it',
    [
      { op: 'create_namespace', input: { name: 'made' } },
      { op: 'set_hosts', input: { namespace: 'made', entries: [{ address: '10.0.0.1', names: ['one'] }] } },
    ],
  ],
  [
    'files of a namespace that the list deletes go as well',
    [
      { op: 'set_resolver', input: { namespace: 'n3', nameservers: ['10.0.0.1'] } },
      { op: 'delete_namespace', input: { namespace: 'n3', force: true } },
    ],
  ],
  [
    'what is done on a link before it goes with its other end is done before',
    [
      { op: 'move_link', input: { link: 'p0', from: 'host', to: 'n3', new_name: 'new2', keep_addresses: true, up: true } },
      { op: 'delete_link', input: { namespace: 'host', link: 'p1' } },
    ],
  ],
  [
    'an address that another link has as well goes without the route of that one',
    [
      { op: 'move_link', input: { link: 'p0', from: 'n2', to: 'n3', new_name: 'new2', keep_addresses: true, up: true } },
      { op: 'add_address', input: { link: 'lo', address: '10.50.0.254/24' } },
      { op: 'delete_link', input: { namespace: 'host', link: 'p0' } },
    ],
  ],
];

describe.concurrent('undo', () => {
  test.for(CORNERS)('%s', { timeout: 120_000 }, async ([what, list]) => {
    await stages.use(async ({ sandbox, rooms, before }) => {
      const ids: string[] = [];
      for (const wanted of list) ids.push((await rooms.changeList([wanted])).change.id ?? '');
      expect(await dump(sandbox), 'something was changed').not.toBe(before);
      for (const id of ids.toReversed()) expect(await rooms.undo(id)).toMatchObject({ won: true, state: 'undone', left: [], moved: [] });
      expectSame(await dump(sandbox), before, what);
    });
  });

  test.for(LISTS)('of a list: %s', { timeout: 120_000 }, async ([what, list]) => {
    await stages.use(async ({ sandbox, rooms, before }) => {
      const { change } = await rooms.changeList(list);
      expect(await dump(sandbox), 'something was changed').not.toBe(before);
      expect(await rooms.undo(change.id)).toMatchObject({ won: true, state: 'undone', left: [], moved: [] });
      expectSame(await dump(sandbox), before, what);
    });
  });

  test('brings a route back whose source two links had', { timeout: 120_000 }, async () => {
    await stages.use(async ({ sandbox, rooms, before }) => {
      await sandbox.sh('ip address add 10.50.0.254/32 dev p1; ip route add 10.90.0.0/16 dev v1 src 10.50.0.254');
      const two = await dump(sandbox);
      const { change } = await rooms.changeList([
        { op: 'delete_address', input: { link: 'br0', address: '10.50.0.254/24' } },
        { op: 'delete_address', input: { link: 'p1', address: '10.50.0.254/32' } },
      ]);
      expect(await sandbox.sh('ip route show 10.90.0.0/16')).toBe('');
      expect(await rooms.undo(change.id)).toMatchObject({ won: true, state: 'undone', left: [], moved: [] });
      expectSame(await dump(sandbox), two);
      await sandbox.sh('ip route delete 10.90.0.0/16; ip address delete 10.50.0.254/32 dev p1');
      expectSame(await dump(sandbox), before);
    });
  });

  test('of a namespace brings a file back that lay there before it, and leaves one that came later alone', { timeout: 120_000 }, async () => {
    await stages.use(async ({ sandbox, rooms }) => {
      await sandbox.sh('mkdir -p /etc/netns/made; echo old > /etc/netns/made/hosts');
      const { change } = await rooms.changeList([
        { op: 'create_namespace', input: { name: 'made' } },
        { op: 'set_hosts', input: { namespace: 'made', entries: [{ address: '10.0.0.1', names: ['one'] }] } },
      ]);
      await sandbox.sh('grep -q one /etc/netns/made/hosts; echo later > /etc/netns/made/resolv.conf');
      expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
      expect(await sandbox.sh('ls /run/netns; cat /etc/netns/made/*; rm -r /etc/netns/made')).toBe('n1\nn2\nn3\nold\nlater\n');
    });
  });

  test('of a list that moves a link leaves no trace, and until then its addresses keep the order in which one change after the other leaves them', {
    timeout: 120_000,
  }, async () => {
    await stages.use(async ({ sandbox, rooms, before }) => {
      const { change } = await rooms.changeList([
        { op: 'replace_address', input: { link: 'p0', address: '10.1.1.1/24', metric: 70 } },
        { op: 'add_address', input: { link: 'p0', address: 'fd77::1/64' } },
        { op: 'move_link', input: { link: 'p0', to: 'n3', keep_addresses: true, up: true } },
      ]);
      expect((await sandbox.addresses('n3', 'p0')).join(' ')).toMatch(/^10\.1\.0\.1\/24 .*10\.1\.1\.1\/24 .*172\.16\.1\.1.* fd77::1\/64 fd00:1::1\/64$/);
      expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
      expectSame(await dump(sandbox), before);
    });
  });

  test('of an address takes it away though it is deprecated by now', { timeout: 120_000 }, async () => {
    await stages.use(async ({ sandbox, rooms, before }) => {
      const { change } = await rooms.change('add_address', { link: 'lo', address: 'fd77::1/64', valid_lft_s: 900, preferred_lft_s: 1 });
      await until('it is deprecated', async () => (await sandbox.sh('ip -6 address show dev lo')).includes('deprecated'));
      expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
      expectSame(await dump(sandbox), before);
    });
  });
});

test.for([
  ['on the host', 'ip link add p0 type veth peer name eth0 netns n1', undefined],
  ['in another namespace', 'ip netns add n2; ip -n n2 link add p0 type veth peer name eth0 netns n1', 'n2'],
] as const)('a list deletes a namespace, and makes a link by the name of a peer that went with it, %s', async ([, world, namespace], { sandbox, rooms }) => {
  await sandbox.sh(`ip netns add n1; ${world}`);
  const before = await dump(sandbox);
  const { change } = await rooms.changeList([
    { op: 'delete_namespace', input: { namespace: 'n1', force: true } },
    { op: 'create_link', input: { ...(namespace === undefined ? {} : { namespace }), name: 'p0', kind: 'bridge' } },
  ]);
  expect(await sandbox.sh(`ip ${namespace ? `-n ${namespace}` : ''} -d link show p0`)).toContain('bridge');
  expect(await rooms.undo(change.id ?? '')).toMatchObject({ state: 'undone', left: [], moved: [] });
  expectSame(await dump(sandbox), before);
});
