// The parts of changing that touch nothing: what is protected, how commands are shown, what complaints mean, how locks wait, what is restored.
import { describe, expect, test } from 'vitest';
import { addressArguments, configuredAddresses, isConfigured } from '../../src/change/objects/address.js';
import { configured, routeArguments } from '../../src/change/objects/route.js';
import { addAddress } from '../../src/change/operations/addresses/add-address.js';
import { setBridgePort } from '../../src/change/operations/bridges/set-bridge-port.js';
import { createVethPair } from '../../src/change/operations/links/create-veth-pair.js';
import { deleteLink } from '../../src/change/operations/links/delete-link.js';
import { moveLink } from '../../src/change/operations/links/move-link.js';
import { setLink } from '../../src/change/operations/links/set-link.js';
import { createNamespace } from '../../src/change/operations/namespaces/create-namespace.js';
import { deleteNamespace } from '../../src/change/operations/namespaces/delete-namespace.js';
import { addRoute } from '../../src/change/operations/routing/add-route.js';
import { Locks } from '../../src/change/plan/locks.js';
import { clientAddress, protectedLinks } from '../../src/change/plan/protected.js';
import { linkArgument, World } from '../../src/change/plan/world.js';
import { runArguments, sharedBy, shownCommand, workOf } from '../../src/change/run/command.js';
import { explainComplaint } from '../../src/change/run/kernel-errors.js';
import { NamespaceHandle } from '../../src/exec/handle.js';
import { aLink, aNamespace, anAddress, aRoute } from '../support/things.js';

describe('protected links', () => {
  const lo = aLink({ index: 1, name: 'lo', kind: 'loopback' });
  const eth0 = aLink({ index: 2, name: 'eth0', kind: 'physical', master: 'br0' });
  const br0 = aLink({ index: 3, name: 'br0', kind: 'bridge' });
  const vlan = aLink({ index: 4, name: 'br0.7', kind: 'vlan', peer: 'br0' });
  const veth = aLink({ index: 5, name: 'veth0', master: 'br0', peer: 'veth1' });
  const links = [lo, eth0, br0, vlan, veth, aLink({ index: 6, name: 'veth1', peer: 'veth0' })];
  const reasons = (facts: Parameters<typeof protectedLinks>[0], client: string | null = null) =>
    Object.fromEntries(protectedLinks({ links, ...facts }, client));

  test('the loopback always', () => {
    expect(reasons({})).toEqual({ 1: 'it is the loopback' });
  });

  test('what carries a default route, of either family and any table, and all that it stands on', () => {
    const routes = [aRoute({ device: 'br0.7', family: 'inet6', table: '100' })];
    expect(Object.keys(reasons({ routes }))).toEqual(['1', '2', '3', '4']);
    expect(reasons({ routes })[2]).toContain('br0.7 carries the default route');
  });

  test('each next hop of a multipath default, but no blackhole and no other route', () => {
    const next_hops = [{ via: '10.0.0.9', device: 'veth0', weight: 1 }, { via: '10.0.0.8', device: 'veth1', weight: 1 }]; // biome-ignore format: a row
    expect(Object.keys(reasons({ routes: [aRoute({ next_hops })] }))).toEqual(['1', '5', '6']);
    expect(Object.keys(reasons({ routes: [aRoute({ type: 'blackhole' }), aRoute({ destination: '10.0.0.0/8', device: 'br0' })] }))).toEqual(['1']);
  });

  test('what the client came in on', () => {
    const addresses = [anAddress({ link_index: 5, address: '192.0.2.1/24' }), anAddress({ link_index: 6, family: 'inet6', address: 'fe80::1/64' })];
    expect(reasons({ addresses }, '192.0.2.1')[5]).toBe('the client came in on it');
    expect(reasons({ addresses }, clientAddress({ SSH_CONNECTION: 'fe80::9%veth1 50000 fe80::1%veth1 22' }))[6]).toBe('the client came in on it');
    expect(reasons({ addresses }, '192.0.2.77')).toEqual({ 1: 'it is the loopback' });
    expect(clientAddress({ SSH_CONNECTION: '198.51.100.7 50000 192.0.2.1 22' })).toBe('192.0.2.1');
    expect(clientAddress({})).toBeNull();
  });
});

describe('commands', () => {
  const place = aNamespace({});
  const stranger = aNamespace({ inode: 8, names: [], entry: { path: '/proc/42/ns/net' }, path: '/proc/1/fd/21' });
  const host = aNamespace({ inode: 1, names: [], isHost: true, entry: { path: '/proc/99/ns/net' }, path: '/proc/1/fd/22' });
  const args = ['link', 'set', 'dev', 'a', 'netns', { namespace: stranger }];

  test('run by handles, are shown as a person types them, and judged by inodes', () => {
    expect(runArguments(args)).toEqual(['link', 'set', 'dev', 'a', 'netns', '/proc/1/fd/21']);
    expect(shownCommand({ place, args })).toEqual(['ip', '-n', 'ns1', 'link', 'set', 'dev', 'a', 'netns', '42']);
    expect(shownCommand({ place: host, args: ['link'] })).toEqual(['ip', 'link']);
    expect(shownCommand({ place: stranger, args: ['link'] })).toEqual(['nsenter', '--net=/proc/42/ns/net', 'ip', 'link']);
    const work = workOf('link.move', { steps: [{ place, args }] });
    expect(work).toEqual({ action: 'link.move', commands: [{ place: 7, argv: ['ip', 'link', 'set', 'dev', 'a', 'netns', 'inode:8'] }] });
  });

  test('share a process, but for those with a number where iproute2 would take the next name for it', () => {
    const of = (...words: string[]) => sharedBy({ args: ['route', 'add', '10.9.0.0/16', 'dev', 'a', ...words] });
    expect([of('proto', 'boot'), of('proto', '99'), of('scope', 'link'), of('scope', '50'), of('table', '100')]).toEqual(['ip', null, 'ip', null, 'ip']);
  });

  test('never name a link whose name could be taken for something else', () => {
    const all = [
      aLink({ index: 9, name: '-x' }),
      aLink({ index: 10, name: 'if7' }),
      aLink({ index: 11, name: 'a\\x1b' }),
      aLink({ index: 12, name: 'eth0.100' }),
    ];
    expect(all.map((link) => linkArgument(link, all))).toEqual(['if9', 'if10', 'if11', 'eth0.100']);
    expect(() => linkArgument(aLink({ index: 7, name: '-y' }), all)).toThrow(expect.objectContaining({ code: 'LINK_NOT_FOUND' }));
    expect(() => linkArgument(aLink({ index: 7, name: '-y' }), [aLink({ altnames: ['if7'] })])).toThrow();
  });
});

test.for([
  ['link add name a type veth', 'RTNETLINK answers: File exists', 'LINK_EXISTS'],
  ['link set dev a netns x', 'An interface with the same name exists in the target netns', 'LINK_EXISTS'],
  ['link set dev br0 netns x', 'The interface netns is immutable', 'LINK_CANNOT_MOVE'],
  ['link set dev a netns x', 'Invalid "netns" value "x"', 'NAMESPACE_VANISHED'],
  ['link set dev a up', 'Cannot find device "a"', 'LINK_NOT_FOUND'],
  ['link set dev a name b', 'Device or resource busy', 'CHANGE_FAILED'],
  ['netns add a', 'Cannot create namespace file "/run/netns/a": File exists', 'NAMESPACE_EXISTS'],
  ['address add 10.0.0.1/24 dev a', 'RTNETLINK answers: File exists', 'ADDRESS_CONFLICT'],
  ['address add 10.0.0.1/24 dev a', 'ipv4: Address already assigned', 'ADDRESS_CONFLICT'],
  ['address delete 10.0.0.1/24 dev a', 'RTNETLINK answers: Cannot assign requested address', 'ADDRESS_NOT_FOUND'],
  ['route add default via 10.0.0.1', 'Nexthop has invalid gateway', 'ROUTE_UNREACHABLE'],
  ['route add default dev a', 'Device for nexthop is not up', 'ROUTE_UNREACHABLE'],
  ['route add default via 10.0.0.1', 'RTNETLINK answers: File exists', 'ROUTE_CONFLICT'],
  ['route delete default', 'RTNETLINK answers: No such process', 'ROUTE_NOT_FOUND'],
  ['route add default via 10.0.0.1 table nix', 'argument "nix" is wrong: table id value is invalid', 'INVALID_INPUT'],
  ['link add name a type veth', 'Unknown device type', 'KERNEL_UNSUPPORTED'],
  ['link set dev a up', 'RTNETLINK answers: Operation not permitted', 'PRIVILEGE_MISSING'],
  ['link set dev a mtu 1', 'mtu less than device minimum', 'CHANGE_FAILED'],
] as const)('ip %s: "%s" is %s', ([command, complaint, code]) => {
  expect(explainComplaint('ip', command.split(' '), complaint)).toMatchObject({ code, hint: expect.stringMatching(/\.$/) });
});

describe('locks', () => {
  test('let one in at a time, and others pass', async () => {
    const locks = new Locks();
    const order: string[] = [];
    const first = await locks.acquire(['a', 'b']);
    const second = locks.acquire(['b', 'c']).then((lock) => {
      order.push('second');
      return lock;
    });
    using _ = await locks.acquire(['d']);
    order.push('apart');
    await new Promise((resolve) => setTimeout(resolve, 5));
    first[Symbol.dispose]();
    (await second)[Symbol.dispose]();
    expect(order).toEqual(['apart', 'second']);
  });

  test('who gives up while waiting holds nothing, and who waits behind still waits for the first', async () => {
    const locks = new Locks();
    const first = await locks.acquire(['b']);
    const cancel = new AbortController();
    const second = locks.acquire(['a', 'b'], cancel.signal);
    let isThirdIn = false;
    const third = locks.acquire(['b']).then((lock) => {
      isThirdIn = true;
      return lock;
    });
    cancel.abort();
    await expect(second).rejects.toMatchObject({ code: 'CANCELLED' });
    using _ = await locks.acquire(['a']);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isThirdIn).toBe(false);
    first[Symbol.dispose]();
    (await third)[Symbol.dispose]();
  });

  test('taken in any order never wait for each other', async () => {
    const locks = new Locks();
    const work = async (keys: string[]) => {
      using _ = await locks.acquire(keys);
      await new Promise((resolve) => setTimeout(resolve, 1));
    };
    const keys = ['a', 'b', 'c', 'd'];
    await Promise.all(Array.from({ length: 60 }, (_, i) => work([keys[i % 4] ?? '', keys[(i * 3 + 1) % 4] ?? '', keys[(i * 7 + 2) % 4] ?? ''])));
  });
});

describe('what is brought back', () => {
  const link = aLink({ mac: '02:00:00:00:00:0a' });

  test('is what somebody configured, in the order in which it comes out as it was', () => {
    const own = anAddress({ family: 'inet6', address: 'fe80::ff:fe00:a/64', scope: 'link' });
    const chosen = anAddress({ family: 'inet6', address: 'fe80::1/64', scope: 'link' });
    const announced = anAddress({ family: 'inet6', address: 'fd00::7/64', flags: ['dynamic', 'mngtmpaddr'] });
    const leased = anAddress({ flags: ['dynamic'], valid_lft_s: 90, preferred_lft_s: 60 });
    const [first, second] = [anAddress({ family: 'inet6', address: 'fd00::1/64' }), anAddress({ family: 'inet6', address: 'fd00::2/64' })];
    expect([own, chosen, announced, leased].map((address) => isConfigured(address, link))).toEqual([false, true, false, true]);
    expect(configuredAddresses([leased, first, second, own], link)).toEqual([leased, second, first]);
    expect(addressArguments('add', leased, 'eth0').join(' ')).toContain('valid_lft 90 preferred_lft 60');
  });

  test('labels only where iproute2 takes them', () => {
    expect(addressArguments('add', anAddress({ label: 'eth0:1' }), 'eth0')).toContain('eth0:1');
    expect(addressArguments('add', anAddress({ label: 'eth0:1' }), 'neu')).not.toContain('label');
  });

  test('routes that others are reached by come first, and none that the kernel or a router made', () => {
    const [far, near, own, announced] = [
      aRoute({ via: '10.0.0.9' }),
      aRoute({ destination: '10.0.0.9' }),
      aRoute({ protocol: 'kernel' }),
      aRoute({ protocol: 'ra' }),
    ];
    expect(configured([far, near, own, announced])).toEqual([near, far]);
  });

  test('a route is named to the letter, next hops last', () => {
    const hops = [{ via: '10.0.0.9', device: 'eth0', weight: 1 }, { via: null, device: 'x;y', weight: 2 }]; // biome-ignore format: a row
    const links = [aLink({}), aLink({ index: 9, name: 'x;y' })];
    expect(
      routeArguments('add', aRoute({ destination: '10.9.0.0/16', metric: 5, source: '10.0.0.1', scope: 'global', next_hops: hops }), links).join(' '),
    ).toBe('route add 10.9.0.0/16 table main metric 5 proto boot src 10.0.0.1 scope global nexthop via 10.0.0.9 dev eth0 weight 1 nexthop dev if9 weight 2');
    expect(routeArguments('delete', aRoute({ family: 'inet6', device: 'eth0', metric: 1024 }), links).join(' ')).toBe(
      'route delete ::/0 dev eth0 table main metric 1024 proto boot',
    );
    expect(routeArguments('add', aRoute({ type: 'unreachable', family: 'inet6', destination: 'fd00::/8', device: 'lo' }), links)).not.toContain('dev');
  });
});

describe('a physical device', () => {
  const card = aLink({ index: 2, name: 'eth0', kind: 'physical' });
  const place = { ...aNamespace({ owned: true }), handle: NamespaceHandle.open('/proc/self/ns/net'), [Symbol.dispose]: () => {} };
  const host = { ...place, ...aNamespace({ reference: 'host', inode: 1, names: [], isHost: true, entry: { path: '/proc/1/ns/net' } }) };
  const world = new World(
    new Map([
      ['host', host],
      ['ns1', place],
    ]),
    new Map([
      [1, { links: [] }],
      [7, { links: [card] }],
    ]),
  );
  const nobody = { processes: { count: 0, sample: [] }, services: [], ownedLinks: new Set([2]), keptBy: [], linkNames: new Set<string>() };

  test('is not moved, and not deleted', () => {
    const input = moveLink.input.parse({ link: 'eth0', from: 'ns1', to: 'host' });
    expect(() => moveLink.plan(input, world, nobody)).toThrow(
      expect.objectContaining({ code: 'LINK_CANNOT_MOVE', message: expect.stringContaining('physical') }),
    );
    expect(() => deleteLink.plan(deleteLink.input.parse({ namespace: 'ns1', link: 'eth0' }), world, nobody)).toThrow(
      expect.objectContaining({ code: 'LINK_CANNOT_DELETE' }),
    );
  });

  test('is brought to the host before its namespace is deleted', () => {
    const { steps, loses } = deleteNamespace.plan(deleteNamespace.input.parse({ namespace: 'ns1' }), world, nobody);
    expect(steps.map(shownCommand)).toEqual([
      ['ip', '-n', 'ns1', 'link', 'set', 'dev', 'eth0', 'netns', expect.any(String)],
      ['ip', 'netns', 'delete', 'ns1'],
    ]);
    expect(loses).toEqual([]);
  });

  test('stays where it is when the namespace lives on', () => {
    const { steps } = deleteNamespace.plan(deleteNamespace.input.parse({ namespace: 'ns1', force: true }), world, {
      ...nobody,
      keptBy: ['/run/docker/netns/a'],
      linkNames: new Set(),
    });
    expect(steps.map(shownCommand)).toEqual([['ip', 'netns', 'delete', 'ns1']]);
  });
});

test('inputs that make no sense are refused before anything is looked at', () => {
  const refused: [{ input: { safeParse(value: unknown): { success: boolean } } }, Record<string, unknown>][] = [
    [addAddress, { link: 'a', address: 'fd00::1/64', scope: 'link' }],
    [addAddress, { link: 'a', address: '10.0.0.1/24', peer: 'fd00::1' }],
    [addAddress, { link: 'a', address: '10.0.0.1/24', unknown: true }],
    [addRoute, { destination: '10.0.0.1/24', via: '10.0.0.9' }],
    [addRoute, { destination: '10.0.0.0/24' }],
    [addRoute, { destination: 'fd00::/64', via: '10.0.0.1' }],

    [addRoute, { destination: 'default', device: 'a', table: 'all' }],
    [setLink, { link: 'a' }],
    [setLink, { link: 'a', alias: 'ü'.repeat(200) }],
    [setLink, { link: 'a', alias: 'two\nlines' }],
    [setLink, { link: 'a', alias: 'right\u202eleft' }],
    [moveLink, { link: 'a', to: 'ns1', new_name: 'if5' }],
    [createVethPair, { a: { name: 'a' }, b: { name: 'a' } }],
    [createNamespace, { name: '../etc' }],
  ];
  for (const [operation, input] of refused) expect(operation.input.safeParse(input).success, JSON.stringify(input)).toBe(false);
});

test('a setting of a port that cannot be is told of as any other input, and one is enough', () => {
  const { input } = setBridgePort;
  expect(input.safeParse({ link: 'v1', priority: 64 }).error?.issues.map(({ path }) => path.join())).toEqual(['priority']);
  expect(input.safeParse({ link: 'v1' }).success).toBe(false);
  expect(input.safeParse({ link: 'v1', priority: 63 }).success).toBe(true);
});
