// What an operation says will be, is: lists planned as a whole, their commands run by hand, and the kernel asked what came of it.
import { join } from 'node:path';
import { beforeAll, describe } from 'vitest';
import { z } from 'zod';
import { bundleDriver } from '../support/bundle.js';
import { expect, test } from '../support/fixture.js';
import type { Sandbox } from '../support/sandbox.js';

let driver = '';

beforeAll(async () => {
  driver = await bundleDriver(join(import.meta.dirname, '../support/foresee-driver.ts'));
});

const State = z.record(z.string(), z.record(z.string(), z.array(z.string())).nullable());
const Plan = z.object({ op: z.string(), commands: z.array(z.array(z.string())), loses: z.array(z.string()), undoable: z.boolean() });
const Outcome = z.object({ expected: State, actual: State, plans: z.array(Plan.extend({ touches: z.array(z.looseObject({})) })) });
const Failure = z.object({ error: z.looseObject({ code: z.string(), message: z.string(), hint: z.string() }) });

type Request = { op: string } & Record<string, unknown>;

async function answer(sandbox: Sandbox, list: Request[]): Promise<unknown> {
  return JSON.parse(await sandbox.ok([process.execPath, driver, JSON.stringify(list)]));
}

/** Plans and runs a list, and checks that the kernel shows what was foreseen. */
async function comesTrue(sandbox: Sandbox, ...list: Request[]) {
  const raw = await answer(sandbox, list);
  const failed = Failure.safeParse(raw);
  if (failed.success) throw new Error(JSON.stringify(failed.data.error));
  const { expected, actual, plans } = Outcome.parse(raw);
  expect(actual).toEqual(expected);
  return plans;
}

/** As `comesTrue`, and the same list a second time changes nothing. */
async function comesTrueOnce(sandbox: Sandbox, ...list: Request[]) {
  const plans = await comesTrue(sandbox, ...list);
  const again = await comesTrue(sandbox, ...list);
  expect(again.flatMap(({ commands }) => commands)).toEqual([]);
  return plans;
}

async function fails(sandbox: Sandbox, ...list: Request[]) {
  return Failure.parse(await answer(sandbox, list)).error;
}

const PAIR = 'ip link add name ea address 02:00:00:00:00:0a type veth peer name eb address 02:00:00:00:00:0b';
const UP = `${PAIR}; ip link set dev ea up; ip link set dev eb up; ip address add 10.0.0.1/24 dev ea; ip -6 address add fd00::1/64 dev ea nodad`;

describe('a list of operations', () => {
  test('makes a namespace, links in it, addresses and routes, in one plan', async ({ sandbox }) => {
    const list = [
      { op: 'create_namespace', name: 'n1' },
      { op: 'create_namespace', name: 'n2' },
      {
        op: 'create_veth_pair',
        a: { name: 'e0', namespace: 'n1', addresses: ['10.0.0.1/24'], up: true },
        b: { name: 'e0', namespace: 'n2', up: true },
        mtu: 1400,
      },
      { op: 'add_address', namespace: 'n2', link: 'e0', address: '10.0.0.2/24' },
      { op: 'add_route', namespace: 'n2', destination: 'default', via: '10.0.0.1' },
      { op: 'set_link', namespace: 'n1', link: 'lo', up: true },
    ];
    await comesTrueOnce(sandbox, ...list);
    await comesTrue(
      sandbox,
      { op: 'move_link', from: 'n2', link: 'e0', to: 'n1', new_name: 'back', keep_addresses: true, up: true },
      { op: 'delete_namespace', namespace: 'n2' },
    );
    await comesTrue(sandbox, { op: 'delete_link', namespace: 'n1', link: 'back' });
  });
});

describe('the carrier that the other end of a veth loses takes its next hop objects', () => {
  const HOPS = (at: string) =>
    `${at} ip address add 10.5.0.1/24 dev eb; ${at} ip nexthop add id 5 via 10.5.0.9 dev eb; ${at} ip nexthop add id 6 group 5
    ${at} ip route add 10.50.0.0/16 nhid 5; ${at} ip route add 10.60.0.0/16 nhid 6; ${at} ip route add 10.70.0.0/16 via 10.5.0.9`;
  const LOST = ['next hop id 5 via 10.5.0.9 dev eb', 'route 10.50.0.0/16 via 10.5.0.9 dev eb'];

  test.for([
    ['as it goes down', { op: 'set_link', link: 'ea', up: false }],
    ['as it moves', { op: 'move_link', link: 'ea', to: 'n1' }],
  ] as const)('%s', async ([, request], { sandbox }) => {
    await sandbox.sh(`ip netns add n1; ${UP}; ${HOPS('')}`);
    const [plan] = await comesTrue(sandbox, request);
    expect(plan?.loses).toEqual(expect.arrayContaining(LOST));
    expect(await sandbox.routes(), 'others go on').toEqual(expect.arrayContaining([expect.stringContaining('10.70.0.0/16 via 10.5.0.9')]));
  });

  test('in its own namespace, of which the list says nothing else', async ({ sandbox }) => {
    await sandbox.sh(`ip netns add n1; ${UP}; ip link set dev eb netns n1; ip -n n1 link set dev eb up; ${HOPS('ip netns exec n1')}`);
    const [plan] = await comesTrue(sandbox, { op: 'set_link', link: 'ea', up: false }, { op: 'set_link', namespace: 'n1', link: 'lo', mtu: 1500 });
    expect(plan?.loses).toEqual(expect.arrayContaining(LOST.map((what) => `${what} in n1`)));
  });
});

describe('delete_link', () => {
  test('takes what stands on it, and frees its ports', async ({ sandbox }) => {
    await sandbox.sh(`${UP}; ip link add name br0 type bridge; ip link set dev ea master br0; ip link set dev br0 up
      ip address add 10.4.0.1/24 dev br0; ip route add 10.9.0.0/16 via 10.4.0.9; ip link add link br0 name mv0 type macvlan mode bridge
      ip neigh add 10.4.0.7 lladdr 02:00:00:00:00:07 dev br0 nud permanent; sysctl -qw net.ipv4.conf.br0.rp_filter=2`);
    const [plan] = await comesTrueOnce(sandbox, { op: 'delete_link', link: 'br0' });
    expect(plan?.loses).toEqual(
      expect.arrayContaining([
        'address 10.4.0.1/24',
        'route 10.9.0.0/16 via 10.4.0.9 dev br0',
        'membership of ea in br0',
        'link mv0 (macvlan), which stands on it',
        'sysctl net.ipv4.conf.br0.rp_filter = 2',
      ]),
    );
    expect(plan?.loses.join()).toContain('10.4.0.7');
    expect(plan?.undoable).toBe(true);
  });

  test('of a pair takes the end in another namespace, and its route', async ({ sandbox }) => {
    await sandbox.sh(`ip netns add n1; ${PAIR}; ip link set dev eb netns n1; ip -n n1 address add 10.0.0.2/24 dev eb; ip -n n1 link set dev eb up
      ip link set dev ea up; ip -n n1 route add default via 10.0.0.1`);
    const plans = await comesTrue(sandbox, { op: 'add_address', namespace: 'n1', link: 'eb', address: '10.1.0.1/24' }, { op: 'delete_link', link: 'ea' });
    expect(plans[1]?.undoable).toBe(true);
  });
});

describe('move_link and delete_namespace', () => {
  test('a link arrives without what hung on it, unless it is kept', async ({ sandbox }) => {
    await sandbox.sh(`ip netns add n1; ${UP}; ip address add 10.0.0.2/24 dev ea label ea:1; ip route add 10.9.0.0/16 via 10.0.0.9
      sysctl -qw net.ipv6.conf.ea.forwarding=1; sysctl -qw net.ipv4.conf.ea.arp_filter=1; tc qdisc replace dev ea root tbf rate 1mbit burst 10k latency 10ms`);
    const [plan] = await comesTrueOnce(sandbox, { op: 'move_link', link: 'ea', to: 'n1' });
    expect(plan?.loses).toEqual(
      expect.arrayContaining([
        'address 10.0.0.1/24',
        'route 10.9.0.0/16 via 10.0.0.9 dev ea',
        'sysctl net.ipv4.conf.ea.arp_filter = 1',
        'the up state: it arrives down',
      ]),
    );
    await comesTrue(sandbox, { op: 'set_link', link: 'eb', up: false }, { op: 'move_link', link: 'eb', to: 'n1', keep_addresses: true, up: true });
    await comesTrue(sandbox, { op: 'move_link', link: 'ea', from: 'n1', to: 'host', new_name: 'home' });
  });

  test('a namespace that a process keeps loses its name only', async ({ sandbox }) => {
    await sandbox.sh(`ip netns add n1; ${PAIR}; ip link set dev eb netns n1`);
    await sandbox.start(['ip', 'netns', 'exec', 'n1', 'sleep', '1000']);
    await expect.poll(() => sandbox.ok(['ip', 'netns', 'pids', 'n1'])).not.toBe('');
    const [, plan] = await comesTrue(sandbox, { op: 'set_link', link: 'ea', mtu: 1400 }, { op: 'delete_namespace', namespace: 'n1', force: true });
    expect(plan).toMatchObject({ undoable: true, touches: [], loses: [expect.stringContaining('the name n1 only')] });
  });

  test('one that goes takes the other ends of its links along', async ({ sandbox }) => {
    await sandbox.sh(`ip netns add n1; ${PAIR}; ip link set dev eb netns n1; ip address add 10.0.0.1/24 dev ea`);
    const [, plan] = await comesTrue(sandbox, { op: 'set_link', link: 'ea', up: true }, { op: 'delete_namespace', namespace: 'n1', force: true });
    expect(plan).toMatchObject({ undoable: true, touches: expect.arrayContaining([{ namespace: 'n1', whole: true }]) });
  });
});

describe('set_link', () => {
  test('sets flags, queue, group and the like, and each only once', async ({ sandbox }) => {
    await sandbox.sh(UP);
    const [plan] = await comesTrueOnce(sandbox, {
      ...{ op: 'set_link', link: 'ea', promisc: true, multicast: false, allmulticast: true, arp: false },
      ...{ tx_queue_len: 77, group: '7', addr_gen_mode: 'none', alias: 'the uplink', mtu: 1300 },
    });
    expect(plan?.undoable).toBe(true);
    await comesTrueOnce(sandbox, { op: 'set_link', link: 'ea', promisc: false, multicast: true, allmulticast: false, arp: true, group: '0', alias: '' });
  });

  test('down takes routes and IPv6 addresses, up brings the connected routes', async ({ sandbox }) => {
    await sandbox.sh(`${UP}; ip route add 10.9.0.0/16 via 10.0.0.9`);
    const [plan] = await comesTrueOnce(sandbox, { op: 'set_link', link: 'ea', up: false });
    expect(plan?.loses).toEqual(['address fd00::1/64', 'route 10.9.0.0/16 via 10.0.0.9 dev ea']);
    await comesTrueOnce(sandbox, { op: 'set_link', link: 'ea', up: true, new_name: 'neu' });
  });

  test('an MTU too small for IPv6', async ({ sandbox }) => {
    await sandbox.sh(`${UP}; ip -6 route add fd09::/64 via fd00::9`);
    const [plan] = await comesTrueOnce(sandbox, { op: 'set_link', link: 'ea', mtu: 1000 });
    expect(plan?.loses).toEqual(['address fd00::1/64', 'route fd09::/64 via fd00::9 dev ea metric 1024']);
  });

  test('settings of its kind, and what is none of them', async ({ sandbox }) => {
    await sandbox.sh('ip link add name br0 type bridge');
    const [plan] = await comesTrueOnce(sandbox, { op: 'set_link', link: 'br0', settings: { stp_state: true, ageing_time_s: 20 } });
    expect(plan?.commands.flat().join(' ')).toContain('type bridge');
    expect(await fails(sandbox, { op: 'set_link', link: 'br0', settings: { ageing_tim: 20 } })).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('ageing_time'),
    });
    await sandbox.sh(PAIR);
    expect(await fails(sandbox, { op: 'set_link', link: 'ea', settings: { id: 1 } })).toMatchObject({ code: 'LINK_KIND_MISMATCH' });
  });

  test('a port of a bridge, by either word, and of none', async ({ sandbox }) => {
    await sandbox.sh(`${PAIR}; ip link add name br0 type bridge`);
    await comesTrueOnce(sandbox, { op: 'set_link', link: 'ea', master: 'br0' });
    await comesTrueOnce(sandbox, { op: 'set_link', link: 'ea', bridge: null });
    expect(await fails(sandbox, { op: 'set_link', link: 'ea', master: 'eb' })).toMatchObject({ code: 'LINK_KIND_MISMATCH' });
  });

  test('further names', async ({ sandbox }) => {
    await sandbox.sh(PAIR);
    await comesTrueOnce(sandbox, { op: 'add_altname', link: 'ea', altname: 'a-name-longer-than-fifteen' });
    expect(await fails(sandbox, { op: 'add_altname', link: 'eb', altname: 'a-name-longer-than-fifteen' })).toMatchObject({ code: 'LINK_EXISTS' });
    await comesTrueOnce(sandbox, { op: 'delete_altname', link: 'ea', altname: 'a-name-longer-than-fifteen' });
  });
});

describe('addresses', () => {
  test('with everything that can be said of them', async ({ sandbox }) => {
    await sandbox.sh(`${PAIR}; ip link set dev ea up; ip link set dev eb up`);
    await comesTrueOnce(
      sandbox,
      { op: 'add_address', link: 'ea', address: '10.0.0.1/24', broadcast: '10.0.0.255', label: 'ea:1', scope: 'link' },
      { op: 'add_address', link: 'ea', address: '10.2.0.2/24', metric: 50 },
      { op: 'add_address', link: 'ea', address: '10.2.0.3/24' },
      { op: 'add_address', link: 'ea', address: '10.1.0.1/24', noprefixroute: true, valid_lft_s: 3600, preferred_lft_s: 1800 },
      { op: 'add_address', link: 'ea', address: '10.5.0.1/32', peer: '10.5.0.2' },
      { op: 'add_address', link: 'ea', address: 'fd00::1/64', nodad: true, home: true },
      { op: 'add_address', link: 'ea', address: 'fd01::1/64', nodad: true, noprefixroute: true },
    );
    expect(await fails(sandbox, { op: 'add_address', link: 'ea', address: '10.0.0.1/24', broadcast: '10.0.0.7' })).toMatchObject({ code: 'ADDRESS_CONFLICT' });
    expect(await fails(sandbox, { op: 'replace_address', link: 'ea', address: '10.0.0.1/24', label: 'ea:2' })).toMatchObject({ code: 'ADDRESS_CONFLICT' });
  });

  test('takes a label only with the name of its own link in front', async ({ sandbox }) => {
    await sandbox.sh(PAIR);
    for (const op of ['add_address', 'replace_address']) {
      for (const label of ['eb', 'eb:1', 'ea1', 'eax:1']) {
        expect(await fails(sandbox, { op, link: 'ea', address: '10.0.0.1/24', label }), `${op} ${label}`).toMatchObject({
          code: 'INVALID_INPUT',
          message: `The label ${label} does not begin with the name of its link, ea.`,
        });
      }
    }
    await comesTrueOnce(sandbox, { op: 'add_address', link: 'ea', address: '10.0.0.1/24', label: 'ea' });
    await comesTrueOnce(sandbox, { op: 'add_address', link: 'ea', address: '10.0.1.1/24', label: 'ea:1' });
  });

  test('replaced: lifetimes, metric and flags', async ({ sandbox }) => {
    await sandbox.sh(UP);
    await comesTrueOnce(
      sandbox,
      { op: 'replace_address', link: 'ea', address: '10.0.0.1/24', valid_lft_s: 3600 },
      { op: 'replace_address', link: 'ea', address: 'fd00::1/64', nodad: true, valid_lft_s: 3600 },
      { op: 'replace_address', link: 'ea', address: '10.7.0.1/24' },
    );
    const plans = await comesTrueOnce(sandbox, { op: 'replace_address', link: 'ea', address: '10.0.0.1/24' });
    expect(plans[0]?.loses).toEqual(['the valid_lft_s that 10.0.0.1/24 had', 'the preferred_lft_s that 10.0.0.1/24 had']);
  });

  test('the last one takes all routes of its family along, and those that name it as their source', async ({ sandbox }) => {
    await sandbox.sh(`${UP}; ip address add 10.0.0.2/24 dev ea; ip address add 10.3.0.1/24 dev eb
      ip route add 10.9.0.0/16 via 10.0.0.9; ip route add 10.8.0.0/16 dev eb src 10.0.0.1; ip route add 10.7.0.0/16 dev eb`);
    const [plan] = await comesTrueOnce(sandbox, { op: 'delete_address', link: 'ea', address: '10.0.0.1/24' });
    expect(plan?.loses).toEqual([
      'secondary address 10.0.0.2/24, unless promote_secondaries is set',
      'route 10.8.0.0/16 dev eb src 10.0.0.1',
      'route 10.9.0.0/16 via 10.0.0.9 dev ea',
    ]);
    expect(plan?.undoable).toBe(true);
  });
});

describe('routes', () => {
  test('of every type and with every property, each only once', async ({ sandbox }) => {
    await sandbox.sh(`${UP}; ip address add 10.3.0.1/24 dev eb; ip -6 address add fd03::1/64 dev eb nodad`);
    const route = (more: Record<string, unknown>) => ({ op: 'add_route', ...more });
    await comesTrueOnce(
      sandbox,
      route({ destination: '10.20.0.0/16', type: 'blackhole' }),
      route({ destination: '10.21.0.0/16', type: 'unreachable', metric: 9 }),
      route({ destination: '10.22.0.0/16', type: 'prohibit', table: 100 }),
      route({ destination: '10.23.0.0/16', type: 'throw' }),
      route({ destination: '10.24.0.0/16', type: 'local', device: 'ea' }),
      route({ destination: 'fd20::/64', type: 'unreachable' }),
      route({ destination: 'fd21::/64', type: 'blackhole', metric: 5 }),
      route({ destination: '10.30.0.0/16', via: '10.0.0.9', source: '10.3.0.1', protocol: 'static', mtu_bytes: 1300 }),
      route({ destination: '10.31.0.0/16', via: '192.0.2.1', device: 'ea', onlink: true }),
      route({ destination: '10.32.0.0/16', device: 'ea', scope: 'global', table: 200 }),
      route({ destination: '10.33.0.0/16', via: 'fd00::9', device: 'ea' }),
      route({ destination: '10.34.0.9/32', device: 'ea' }),
      route({ destination: '10.40.0.0/16', next_hops: [{ via: '10.0.0.9' }, { via: '10.3.0.9', device: 'eb', weight: 3 }] }),
      route({ destination: 'fd40::/64', next_hops: [{ via: 'fd00::9' }, { via: 'fd03::9', weight: 2 }] }),
      route({ destination: 'default', via: 'fd00::9' }),
      route({ destination: 'default', via: '10.0.0.9', metric: 5 }),
    );
    const destinations: [string, Record<string, unknown>][] = [
      ['10.20.0.0/16', { type: 'blackhole' }],
      ['10.22.0.0/16', { table: 100 }],
      ['10.24.0.0/16', { type: 'local' }],
      ['fd20::/64', {}],
      ['10.31.0.0/16', {}],
      ['10.33.0.0/16', {}],
      ['10.34.0.9/32', {}],
      ['10.40.0.0/16', {}],
      ['fd40::/64', {}],
      ['::/0', {}],
      ['0.0.0.0/0', {}],
    ];
    await comesTrueOnce(sandbox, ...destinations.map(([destination, more]) => ({ op: 'delete_route', destination, ...more })));
  });

  test('replaced: says what was there, and only what differs is done', async ({ sandbox }) => {
    await sandbox.sh(`${UP}; ip route add 10.9.0.0/16 via 10.0.0.9 src 10.0.0.1; ip -6 route add fd09::/64 via fd00::9`);
    const [first, second, third] = await comesTrueOnce(
      sandbox,
      { op: 'replace_route', destination: '10.9.0.0/16', via: '10.0.0.8' },
      { op: 'replace_route', destination: 'fd09::/64', via: 'fd00::8' },
      { op: 'replace_route', destination: '10.10.0.0/16', type: 'blackhole' },
    );
    expect(first?.loses).toEqual(['route 10.9.0.0/16 via 10.0.0.9 dev ea src 10.0.0.1, which it replaces']);
    expect(second?.loses).toEqual(['route fd09::/64 via fd00::9 dev ea metric 1024, which it replaces']);
    expect(third?.loses).toEqual([]);
    expect(await fails(sandbox, { op: 'add_route', destination: '10.9.0.0/16', via: '10.0.0.7' })).toMatchObject({
      code: 'ROUTE_CONFLICT',
      hint: expect.stringContaining('replace_route'),
    });
  });

  test('by a next hop object', async ({ sandbox }) => {
    await sandbox.sh(`${UP}; ip nexthop add id 5 via 10.0.0.9 dev ea`);
    await comesTrueOnce(sandbox, { op: 'add_route', destination: '10.50.0.0/16', nexthop_id: 5 });
    await comesTrueOnce(sandbox, { op: 'delete_route', destination: '10.50.0.0/16' });
  });
});
