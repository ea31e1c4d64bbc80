// The pure parts of restoring: other ends, order, keys, what an export is built of.
import { describe, expect, test } from 'vitest';
import { routeArguments, routeKey } from '../../src/change/objects/route.js';
import { kindsInOrder } from '../../src/change/objects/table.js';
import { Captured, type CapturedPlace } from '../../src/change/restore/captured.js';
import { isSame } from '../../src/change/restore/compare.js';
import { OtherEnds } from '../../src/change/restore/other-ends.js';
import { planRound } from '../../src/change/restore/plan.js';
import type { NamespaceState } from '../../src/model/snapshot.js';
import { aLink, anAddress, aRoute } from '../support/things.js';
import { buildCommands } from './build-commands.js';

const veth = (name: string, index: number, peer: number, nsid: number | null = 0) => aLink({ name, index, peer_index: peer, link_netnsid: nsid });

function placeWith(facts: Partial<CapturedPlace>, state: NamespaceState): CapturedPlace {
  const objects = kindsInOrder().flatMap((kind) => kind.of(state).map((value) => ({ kind: kind.name, key: kind.key(value), value })));
  const scope = { whole: true, links: [], objects: [], sections: null };
  return { references: ['ns1'], inode: 7, born: '1', names: ['ns1'], is_host: false, entry: { name: 'ns1' }, existed: true, scope, objects, ...facts };
}

/** What a round would run when a namespace shall be one thing and is another. */
function commandsFrom(is: NamespaceState, shall: NamespaceState): string[] {
  const options = { only: null, number: 0, keepsIndices: true, scaffolds: true, dying: new Set<number>(), reborn: new Set<number>() };
  const round = planRound({ places: [placeWith({}, shall)] }, { places: [placeWith({}, is)] }, new Map([[7, is]]), options);
  return round.flat().map(({ args }) => args.join(' '));
}

describe('other ends', () => {
  test('indices that point at each other tell where a peer is', () => {
    const one = { inode: 1, names: ['a'], state: { links: [veth('x', 5, 9)] } };
    const two = { inode: 2, names: ['b'], state: { links: [veth('y', 9, 5)] } };
    expect(new OtherEnds([one, two]).of(one)[0]?.other).toEqual({ inode: 2, name: 'y' });
  });

  test('where two could be it, nothing is guessed, until ids tell', () => {
    const one = { inode: 1, names: ['a'], state: { links: [veth('x', 2, 2)] } };
    const two = { inode: 2, names: ['b'], state: { links: [veth('y', 2, 2)] } };
    const three = { inode: 3, names: ['c'], state: { links: [veth('z', 2, 2)] } };
    expect(new OtherEnds([one, two, three]).of(one)[0]?.other).toBeNull();
    expect(new OtherEnds([one, two, three]).needIds(one)).toBe(true);
    const told = { ...one, state: { ...one.state, nsids: [{ nsid: 0, name: 'c' }] } };
    expect(new OtherEnds([told, two, three]).of(told)[0]?.other).toEqual({ inode: 3, name: 'z' });
  });

  test('of two with the same index only the one that points back counts, and none that was not read is guessed', () => {
    const one = { inode: 1, names: ['a'], state: { links: [veth('x', 2, 2)], nsids: [{ nsid: 0, name: null }] } };
    const pointsElsewhere = { inode: 2, names: ['b'], state: { links: [veth('y', 2, 3)] } };
    const isNoVeth = { inode: 3, names: ['c'], state: { links: [aLink({ name: 'm', index: 2, kind: 'macvlan', peer_index: 2, link_netnsid: 0 })] } };
    const isInItsOwn = { inode: 4, names: ['d'], state: { links: [veth('w', 2, 2, null)] } };
    const pointsBack = { inode: 5, names: ['e'], state: { links: [veth('z', 2, 2)] } };
    const others = [pointsElsewhere, isNoVeth, isInItsOwn];
    expect(new OtherEnds([one, ...others]).of(one)[0]?.other).toBeNull();
    expect(new OtherEnds([one, ...others, pointsBack]).of(one)[0]?.other).toEqual({ inode: 5, name: 'z' });
    const named = { ...one, state: { ...one.state, nsids: [{ nsid: 0, name: 'f' }] } };
    expect(new OtherEnds([named, ...others, pointsBack]).of(named)[0]?.other, 'f was not read').toBeNull();
  });

  test('an id that one link tells holds for all', () => {
    const one = { inode: 1, names: ['a'], state: { links: [veth('x', 2, 2), veth('w', 3, 7)] } };
    const two = { inode: 2, names: ['b'], state: { links: [veth('y', 2, 2), veth('v', 7, 3)] } };
    const three = { inode: 3, names: ['c'], state: { links: [veth('z', 2, 2)] } };
    expect(new OtherEnds([one, two, three]).of(one).map(({ other }) => other?.name)).toEqual(['y', 'v']);
  });
});

describe('what is touched', () => {
  const link = aLink({ up: true, flags: ['MULTICAST', 'UP'] });
  const v4 = ['10.0.0.1/24', '10.0.1.1/24', '10.0.2.1/24'].map((address) => anAddress({ address }));
  const v6 = ['fd00::3/64', 'fd00::2/64', 'fd00::1/64'].map((address) => anAddress({ address, family: 'inet6' }));

  test('nothing when all is as it shall be', () => {
    expect(commandsFrom({ links: [link], addresses: v4 }, { links: [link], addresses: v4 })).toEqual([]);
  });

  test('a last IPv4 address is only added', () => {
    expect(commandsFrom({ links: [link], addresses: v4.slice(0, 2) }, { links: [link], addresses: v4 })).toEqual([
      'address add 10.0.2.1/24 dev eth0 scope global',
    ]);
  });

  test('those after a first one that is missing are made anew behind it', () => {
    const commands = commandsFrom({ links: [link], addresses: v4.slice(1) }, { links: [link], addresses: v4 });
    expect(commands.filter((words) => words.startsWith('address add')).map((words) => words.split(' ')[2])).toEqual([
      '10.0.0.1/24',
      '10.0.1.1/24',
      '10.0.2.1/24',
    ]);
    expect(commands.filter((words) => words.startsWith('address delete'))).toHaveLength(2);
  });

  test('the first of IPv6 is the one that came last', () => {
    expect(commandsFrom({ links: [link], addresses: v6.slice(1) }, { links: [link], addresses: v6 })).toEqual(['address add fd00::3/64 dev eth0 scope global']);
  });

  test('a lifetime that has counted down is no difference, its end is', () => {
    const lasting = (seconds: number | null) => ({ kind: 'address' as const, key: 'k', value: anAddress({ valid_lft_s: seconds }) });
    expect(isSame(lasting(100), lasting(50))).toBe(true);
    expect(isSame(lasting(100), lasting(null))).toBe(false);
  });
});

describe('routes', () => {
  test('the key tells destination, table, metric and tos, not the way', () => {
    const route = aRoute({ destination: '10.0.0.0/8', via: '1.1.1.1' });
    expect(routeKey({ ...route, via: '2.2.2.2', device: 'x' })).toBe(routeKey(route));
    for (const other of [{ metric: 5 }, { table: '9' }, { tos: '0x10' }, { destination: '10.0.0.0/9' }]) {
      expect(routeKey({ ...route, ...other })).not.toBe(routeKey(route));
    }
  });

  test('all that can be said is said', () => {
    const route = aRoute({
      via: 'fe80::1',
      device: 'eth0',
      flags: ['onlink', 'linkdown'],
      metrics: { mtu: 1400 },
      realms: '3',
      tos: '0x10',
      source: '10.0.0.1',
    });
    expect(routeArguments('add', route, []).join(' ')).toBe(
      'route add default tos 0x10 via inet6 fe80::1 dev eth0 table main proto boot src 10.0.0.1 realms 3 mtu 1400 onlink',
    );
  });
});

describe('captures', () => {
  test('are read back from JSON, and refused when a value is none of its kind', () => {
    const captured = { places: [placeWith({}, { links: [aLink({})], addresses: [anAddress({})] })] };
    expect(Captured.parse(JSON.parse(JSON.stringify(captured)))).toEqual(captured);
    const wrong = { places: [{ ...captured.places[0], objects: [{ kind: 'link', key: 'x', value: { name: 'x' } }] }] };
    expect(Captured.safeParse(wrong).success).toBe(false);
  });

  test('an export makes namespaces first, then links, then what hangs on them', () => {
    const a = { ...aLink({ name: 'x', up: true, flags: ['MULTICAST'], mac: '02:00:00:00:00:0a' }), other: { inode: 8, name: 'y' } };
    const b = { ...aLink({ name: 'y', flags: ['MULTICAST'], mac: '02:00:00:00:00:0b' }), other: { inode: 7, name: 'x' } };
    const one = placeWith({}, { links: [], addresses: [], routes: [] });
    const linkObject = (value: typeof a) => ({ kind: 'link' as const, key: value.name, value });
    const address = anAddress({ link: 'x' });
    const captured = {
      places: [
        { ...one, objects: [linkObject(a), { kind: 'address' as const, key: 'x 10.0.0.1/24', value: address }] },
        { ...one, references: ['ns2'], names: ['ns2'], inode: 8, entry: { name: 'ns2' }, objects: [linkObject(b)] },
      ],
    };
    expect(buildCommands(captured).map(({ args, place }) => `${place === 'host' ? 'host' : place.names[0]}: ${args.join(' ')}`)).toEqual([
      'host: netns add ns1',
      'host: netns add ns2',
      'ns1: link add name x address 02:00:00:00:00:0a mtu 1500 type veth peer name y address 02:00:00:00:00:0b mtu 1500 netns ns2',
      'ns1: link set dev x up',
      'ns1: address add 10.0.0.1/24 dev x scope global',
    ]);
  });
});
