// Rules, next hop objects, neighbours, forwarding entries, bridge ports and sysctls: made, made again, seen by plain tools, and taken back.
import { describe } from 'vitest';
import { expect, test } from '../support/fixture.js';
import { ADDRESSED, BRIDGED, goesRound, look, PAIR } from './goes-round.js';

describe('rules', () => {
  const RULES: [Record<string, unknown>, RegExp][] = [
    [{ from: '10.0.0.0/8', table: 100, priority: 50 }, /^50:\tfrom 10\.0\.0\.0\/8 lookup 100/m],
    [{ from: '10.0.0.9', to: '192.0.2.0/24', table: 'main' }, /^32765:\tfrom 10\.0\.0\.9 to 192\.0\.2\.0\/24 lookup main/m],
    [{ fwmark: '16/0xff', iif: 'ea', oif: 'eb', tos: 16, table: 7 }, /tos 0x10 fwmark 0x10\/0xff iif ea oif eb lookup 7/],
    [{ ipproto: 6, sport: '80-90', dport: 443, uidrange: 0, table: 7 }, /uidrange 0-0 ipproto tcp sport 80-90 dport 443 lookup 7/],
    [{ table: 'main', suppress_prefixlength: 0, priority: 9 }, /^9:\tfrom all lookup main suppress_prefixlength 0/m],
    [{ not: true, fwmark: 5, table: 51820 }, /not from all fwmark 0x5 lookup 51820/],
    [{ type: 'unreachable', from: '10.9.0.0/16' }, /from 10\.9\.0\.0\/16 unreachable/],
    [{ goto: 32766, iif: 'lo', priority: 60 }, /^60:\tfrom all iif lo goto 32766/m],
    [{ l3mdev: true, priority: 1000 }, /^1000:\tfrom all lookup \[l3mdev-table\]/m],
    [{ from: 'fd00::/8', table: 100, priority: 50 }, /^50:\tfrom fd00::\/8 lookup 100/m],
    [{ family: 'inet6', type: 'prohibit', ipproto: 'udp', dport: 53 }, /ipproto udp dport 53 prohibit/],
  ];

  test('with every selector, of both families', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    for (const [input, shows] of RULES) await goesRound(sandbox, rooms, 'add_rule', input, shows);
    for (const ipproto of ['0', 'ip']) expect(await rooms.fails('add_rule', { ipproto })).toMatchObject({ message: expect.stringContaining('protocol 0') });
    expect(await rooms.fails('add_rule', { ipproto: 6, sport: -30 })).toMatchObject({ message: expect.stringContaining('sport') });
  });

  test('deletes the one that is meant, and an undo puts it back in its place', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip rule add table 7 priority 72; ip rule add from 10.1.0.0/16 table 7 priority 72; ip rule add from 10.2.0.0/16 table 7 priority 72');
    const before = await look(sandbox);
    expect(await rooms.fails('delete_rule', { table: 7 })).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('3 rules fit') });
    for (const input of [{ from: '10.1.0.0/16' }, { from: 'all', table: 7 }, { priority: 72, from: '10.2.0.0/16' }]) {
      const { change } = await rooms.change('delete_rule', input);
      expect((await sandbox.sh('ip rule show priority 72')).trim().split('\n'), JSON.stringify(input)).toHaveLength(2);
      await rooms.undo(change.id);
      expect(await look(sandbox), JSON.stringify(input)).toEqual(before);
    }
  });

  test('that of the kernel comes back as the kernel made it', async ({ sandbox, rooms }) => {
    const before = await look(sandbox);
    const { change } = await rooms.change('delete_rule', { priority: 32767 });
    expect(await sandbox.sh('ip rule')).not.toContain('lookup default');
    await rooms.undo(change.id);
    expect(await look(sandbox)).toEqual(before);
  });

  test('what makes no sense is refused', async ({ sandbox, rooms }) => {
    for (const tos of [32, 'AF11', 1])
      expect(await rooms.fails('add_rule', { tos, table: 7 })).toMatchObject({ message: expect.stringContaining('IPv4 rules know') });
    expect(await rooms.fails('add_rule', { iif: 'nix', table: 7 })).toMatchObject({ code: 'LINK_NOT_FOUND' });
    await sandbox.sh('ip rule add from 10.1.0.0/16 table 7 priority 72');
    expect(await rooms.fails('add_rule', { table: 7, priority: 72 })).toMatchObject({
      code: 'OBJECT_EXISTS',
      details: { there: expect.stringContaining('10.1.0.0/16') },
    });
  });
});

describe('next hop objects', () => {
  test('gateways, devices, blackholes and groups', async ({ sandbox, rooms }) => {
    await sandbox.sh(ADDRESSED);
    await goesRound(sandbox, rooms, 'add_nexthop', { id: 1, via: '10.0.0.2' }, /^id 1 via 10\.0\.0\.2 dev ea scope link/m);
    await goesRound(sandbox, rooms, 'add_nexthop', { id: 1, via: '192.0.2.1', device: 'ea', onlink: true }, /^id 1 via 192\.0\.2\.1 dev ea .*onlink/m);
    await goesRound(sandbox, rooms, 'add_nexthop', { id: 1, via: 'fd00::2', device: 'ea' }, /^id 1 via fd00::2 dev ea/m);
    await goesRound(sandbox, rooms, 'add_nexthop', { id: 1, device: 'ea', family: 'inet6' }, /^id 1 dev ea/m, 'ip -6 nexthop');
    await goesRound(sandbox, rooms, 'add_nexthop', { id: 1, blackhole: true, family: 'inet6' }, /^id 1 blackhole/m, 'ip -6 nexthop');
    await sandbox.sh('ip nexthop add id 1 via 10.0.0.2 dev ea; ip nexthop add id 2 via 10.0.0.3 dev ea proto static');
    await goesRound(sandbox, rooms, 'add_nexthop', { id: 10, group: [{ id: 1 }, { id: 2, weight: 4 }] }, /^id 10 group 1\/2,4/m);
    await goesRound(sandbox, rooms, 'add_nexthop', { id: 2, via: '10.0.0.4', device: 'ea', replace: true }, /^id 2 via 10\.0\.0\.4 dev ea/m);
  });

  test('one that is deleted takes its routes and groups along, and brings them back', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${ADDRESSED}; ip nexthop add id 1 via 10.0.0.2 dev ea; ip nexthop add id 2 via 10.0.0.3 dev ea; ip nexthop add id 3 group 1
      ip nexthop add id 4 group 1,2/2; ip route add 192.0.2.0/24 nhid 1; ip route add 198.51.100.0/24 nhid 3; ip route add 203.0.113.0/24 nhid 4`);
    const { loses } = await goesRound(sandbox, rooms, 'delete_nexthop', { id: 1 }, /^id 4 group 2/m);
    expect(loses).toHaveLength(5);
    await sandbox.sh('ip -6 nexthop add id 9 blackhole; ip -6 route add fd99::/64 nhid 9');
    await goesRound(sandbox, rooms, 'delete_nexthop', { id: 9 }, /^id 4 group/m);
  });

  test('what is there, or is not, is told', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${ADDRESSED}; ip nexthop add id 1 via 10.0.0.2 dev ea; ip nexthop add id 2 group 1; ip link set lo down`);
    expect(await rooms.fails('add_nexthop', { id: 1, blackhole: true })).toMatchObject({ code: 'OBJECT_EXISTS', hint: expect.stringContaining('replace') });
    expect(await rooms.fails('add_nexthop', { id: 2, blackhole: true, replace: true })).toMatchObject({ code: 'OBJECT_EXISTS' });
    expect(await rooms.fails('add_nexthop', { id: 7, group: [{ id: 8 }] })).toMatchObject({ code: 'OBJECT_NOT_FOUND', details: { id: 8 } });
    expect(await rooms.fails('add_nexthop', { id: 7, via: '203.0.113.1' })).toMatchObject({ code: 'ROUTE_UNREACHABLE' });
    expect(await rooms.fails('add_nexthop', { id: 7, device: 'lo' })).toMatchObject({ code: 'ROUTE_UNREACHABLE' });
  });
});

describe('neighbours', () => {
  test('set for good, for routers, and as proxies', async ({ sandbox, rooms }) => {
    await sandbox.sh(ADDRESSED);
    const mac = '02:00:00:00:00:99';
    await goesRound(sandbox, rooms, 'add_neighbour', { link: 'ea', address: '10.0.0.9', mac }, /^10\.0\.0\.9 dev ea lladdr 02:00:00:00:00:99 PERMANENT/m);
    await goesRound(sandbox, rooms, 'add_neighbour', { link: 'ea', address: 'fd00::9', mac, router: true }, /^fd00::9 dev ea .*router PERMANENT/m);
    await goesRound(sandbox, rooms, 'add_neighbour', { link: 'ea', address: 'fd00::7', proxy: true }, /^fd00::7 dev ea proxy/m);
    await sandbox.sh(`ip neigh add 10.0.0.9 lladdr ${mac} dev ea; ip neigh add proxy 10.0.0.7 dev ea`);
    const other = { link: 'ea', address: '10.0.0.9', mac: '02:00:00:00:00:98' };
    expect(await rooms.fails('add_neighbour', other)).toMatchObject({ code: 'OBJECT_EXISTS' });
    await goesRound(sandbox, rooms, 'add_neighbour', { ...other, replace: true }, /lladdr 02:00:00:00:00:98 PERMANENT/);
    await goesRound(sandbox, rooms, 'delete_neighbour', { link: 'ea', address: '10.0.0.9' }, /10\.0\.0\.7/);
    await goesRound(sandbox, rooms, 'delete_neighbour', { link: 'ea', address: '10.0.0.7', proxy: true }, /10\.0\.0\.9/);
  });
});

describe('bridges', () => {
  test('settings of ports', async ({ sandbox, rooms }) => {
    await sandbox.sh(BRIDGED);
    const settings = { cost: 10, priority: 8, hairpin: true, guard: true, root_block: true, fastleave: true, learning: false, flood: false };
    const further = { mcast_flood: false, bcast_flood: false, mcast_router: 2, mcast_to_unicast: true, proxy_arp: true, proxy_arp_wifi: true };
    const rest = { neigh_suppress: true, isolated: true, locked: true, vlan_tunnel: true, group_fwd_mask: 8 };
    await goesRound(
      sandbox,
      rooms,
      'set_bridge_port',
      { link: 'eb', ...settings, ...further, ...rest },
      /priority 8 cost 10 hairpin on .*isolated on locked on/,
    );
    await goesRound(sandbox, rooms, 'set_bridge_port', { link: 'eb', state: 'disabled' }, /bridge_slave state disabled/);
    await sandbox.sh('bridge link set dev eb state 0');
    await goesRound(sandbox, rooms, 'set_bridge_port', { link: 'eb', cost: 11 }, /bridge_slave state disabled .*cost 11/);
    expect(await rooms.fails('set_bridge_port', { link: 'ea', cost: 5 })).toMatchObject({ code: 'LINK_KIND_MISMATCH' });
    await sandbox.sh('ip link set br0 type bridge stp_state 1');
    expect(await rooms.fails('set_bridge_port', { link: 'eb', state: 'disabled' })).toMatchObject({ code: 'INVALID_INPUT' });
  });

  test('forwarding entries of ports, of the bridge and of vxlans', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${BRIDGED}; ip link add vx0 type vxlan id 5 dstport 4789 local 10.0.0.1; ip link set vx0 up; ip address add 10.0.0.1/24 dev ea`);
    const mac = '02:00:00:00:00:51';
    await goesRound(sandbox, rooms, 'add_fdb', { link: 'eb', mac }, /^02:00:00:00:00:51 dev eb master br0 static/m);
    await goesRound(sandbox, rooms, 'add_fdb', { link: 'eb', mac, state: 'permanent' }, /^02:00:00:00:00:51 dev eb master br0 permanent/m);
    await goesRound(sandbox, rooms, 'add_fdb', { link: 'eb', mac, sticky: true }, /^02:00:00:00:00:51 dev eb sticky master br0 static/m);
    await goesRound(sandbox, rooms, 'add_fdb', { link: 'br0', mac }, /^02:00:00:00:00:51 dev br0 master br0 permanent/m);
    await goesRound(sandbox, rooms, 'add_fdb', { link: 'eb', mac, table: 'self' }, /^02:00:00:00:00:51 dev eb self permanent/m);
    await goesRound(sandbox, rooms, 'add_fdb', { link: 'vx0', mac, destination: '10.0.0.2' }, /^02:00:00:00:00:51 dev vx0 dst 10\.0\.0\.2 self permanent/m);
    const flood = { link: 'vx0', mac: '00:00:00:00:00:00' };
    await goesRound(
      sandbox,
      rooms,
      'add_fdb',
      { ...flood, destination: '10.0.0.2', port: 4790, vni: 7, via: 'ea' },
      /dst 10\.0\.0\.2 port 4790 vni 7 via ea self/m,
    );
    await sandbox.sh(
      `bridge fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.2; bridge fdb add ${mac} dev eb master static; bridge fdb add ${mac} dev vx0 dst 10.0.0.2`,
    );
    await goesRound(sandbox, rooms, 'add_fdb', { ...flood, destination: '10.0.0.3' }, /dst 10\.0\.0\.3 self permanent/m);
    expect(await rooms.fails('add_fdb', { link: 'vx0', mac, destination: '10.0.0.4' })).toMatchObject({ code: 'OBJECT_EXISTS' });
    await goesRound(sandbox, rooms, 'add_fdb', { link: 'vx0', mac, destination: '10.0.0.4', replace: true }, /dst 10\.0\.0\.4 self permanent/m);
    await goesRound(sandbox, rooms, 'delete_fdb', { link: 'eb', mac }, /dev vx0/);
    await goesRound(sandbox, rooms, 'delete_fdb', { ...flood, destination: '10.0.0.2' }, /dev eb/);
    for (const link of ['br0', 'eb']) {
      const own = link === 'eb' ? '02:00:00:00:00:0b' : '02:00:00:00:00:01';
      expect(await rooms.fails('delete_fdb', { link, mac: own })).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('kernel') });
    }
    expect(await rooms.fails('add_fdb', { link: 'ea', mac, destination: '10.0.0.2' })).toMatchObject({ code: 'LINK_KIND_MISMATCH' });
    expect(await rooms.fails('add_fdb', { link: 'ea', mac, table: 'master' })).toMatchObject({ code: 'LINK_KIND_MISMATCH' });
    await sandbox.sh('ip link delete br0; ip link delete vx0');
    expect(await rooms.fails('add_fdb', { link: 'eb', mac })).toMatchObject({ code: 'LINK_KIND_MISMATCH' });
  });

  test('a forwarding entry takes the place of what a bridge has learnt, from any of its ports, and without a word', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${BRIDGED}; ip link add name fa type veth peer name fb; ip link set fa up; ip link set fb up; ip link set fb master br0`);
    const mac = '02:00:00:00:00:51';
    const entries = async () => (await sandbox.sh(`bridge fdb show br br0 | grep ${mac} || true`)).trim();
    for (const learntBy of ['eb', 'fb']) {
      await sandbox.sh(`bridge fdb add ${mac} dev ${learntBy} master dynamic`);
      expect(await entries()).toMatch(new RegExp(`^${mac} dev ${learntBy} master br0 *$`));
      const { change } = await rooms.change('add_fdb', { link: 'eb', mac });
      expect(change, learntBy).toMatchObject({ changed: true, undoable: true, loses: [] });
      expect(await entries()).toBe(`${mac} dev eb master br0 static`);
      expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
      expect(await entries(), 'what was learnt is for the bridge to learn again').toBe('');
    }
    await sandbox.sh(`bridge fdb add ${mac} dev fb master static`);
    expect(await rooms.fails('add_fdb', { link: 'eb', mac }), 'what somebody has set is not taken over').toMatchObject({ code: 'OBJECT_EXISTS' });
    const { change } = await rooms.change('add_fdb', { link: 'eb', mac, replace: true });
    expect(change.loses).toEqual([expect.stringContaining(`the entry ${mac}`)]);
    await rooms.undo(change.id);
    expect(await entries()).toBe(`${mac} dev fb master br0 static`);
  });
});

describe('sysctls', () => {
  test('with all that the kernel sets along', async ({ sandbox, rooms }) => {
    await sandbox.sh(
      `${ADDRESSED}; ip -6 route add fd77::/64 via fd00::2; ip link add br0 type bridge; sysctl -qw net.ipv4.conf.eb.forwarding=1 net.ipv4.conf.all.accept_redirects=1`,
    );
    const SYSCTLS: [string, number | string][] = [
      ['net.ipv4.ip_forward', 1],
      ['net.ipv4.conf.all.forwarding', 1],
      ['net.ipv4.conf.default.rp_filter', 2],
      ['net.ipv4.conf.ea.rp_filter', 1],
      ['net.ipv4.conf.default.forwarding', 1],
      ['net.ipv6.conf.all.forwarding', 1],
      ['net.ipv6.conf.all.ignore_routes_with_linkdown', 1],
      ['net.ipv6.conf.ea.accept_ra', 2],
      ['net.ipv4.ip_local_port_range', '20000  30000'],
      ['net.ipv4.tcp_rmem', '4096 131072 262144'],
    ];
    for (const [key, value] of SYSCTLS) {
      const shown = String(value).replaceAll('  ', ' ');
      await goesRound(sandbox, rooms, 'set_sysctl', { key, value }, new RegExp(`= ${shown}$`, 'm'), `sysctl ${key} | tr '\\t' ' '`);
    }
    // The usual range is of a group that the user namespace of a sandbox does not know.
    const groups = await rooms.change('set_sysctl', { key: 'net.ipv4.ping_group_range', value: '0 0' });
    expect(groups.change).toMatchObject({ undoable: false, loses: [expect.stringContaining('user namespace')] });
  });

  test('IPv6 switched off takes addresses and routes, and an undo brings them back', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${ADDRESSED}; ip -6 route add fd77::/64 via fd00::2; ip -6 neigh add fd00::9 lladdr 02:00:00:00:00:99 dev ea`);
    const gone = /^(?![\s\S]*fd00::1)/;
    const { loses } = await goesRound(sandbox, rooms, 'set_sysctl', { key: 'net.ipv6.conf.ea.disable_ipv6', value: 1 }, gone, 'ip -6 -o address');
    expect(loses).toEqual(['address fd00::1/64 of ea', 'route fd77::/64 via fd00::2 dev ea metric 1024']);
    await goesRound(sandbox, rooms, 'set_sysctl', { key: 'net.ipv6.conf.all.disable_ipv6', value: 1 }, gone, 'ip -6 -o address');
  });

  test('a link with a dot in its name', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip link add eth0.5 type bridge');
    await goesRound(sandbox, rooms, 'set_sysctl', { key: 'net.ipv4.conf.eth0/5.rp_filter', value: 1 }, /= 1/, 'sysctl net.ipv4.conf.eth0/5.rp_filter');
  });

  test('what is not on the list, is no value, or is not there', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    const REFUSED: [string, string | number, RegExp][] = [
      ['net.ipv4.ip_forwrd', 1, /closed list/],
      ['net.ipv4.conf.*.forwarding', 1, /closed list/],
      ['kernel.panic', 1, /closed list/],
      ['net.netfilter.nf_conntrack_max', 5, /whole host/],
      ['net.core.rmem_max', 5, /whole host/],
      ['net.ipv6.conf.ea.stable_secret', 'x', /secret/],
      ['net.ipv4.ip_forward', 2, /from 0 to 1/],
      ['net.ipv4.ip_forward', '1 net.ipv4.ip_forward=0', /from 0 to 1/],
      ['net.ipv4.ip_local_port_range', '5', /two ports/],
    ];
    for (const [key, value, says] of REFUSED) {
      expect(await rooms.fails('set_sysctl', { key, value }), key).toMatchObject({ code: 'SYSCTL_REFUSED', message: expect.stringMatching(says) });
    }
    expect(await rooms.fails('set_sysctl', { key: 'net.ipv4.ip_forwrd', value: 1 })).toMatchObject({ hint: expect.stringContaining('net.ipv4.ip_forward') });
    expect(await rooms.fails('set_sysctl', { key: 'net.ipv4.conf.nix.rp_filter', value: 1 })).toMatchObject({ code: 'LINK_NOT_FOUND' });
  });
});

test('a list makes a namespace, a link in it, and all of these on them', async ({ sandbox, rooms }) => {
  const list = [
    { op: 'create_namespace', input: { name: 'n1' } },
    { op: 'create_veth_pair', input: { a: { name: 'ea', namespace: 'n1', up: true, addresses: ['10.0.0.1/24'] }, b: { name: 'eb', up: true } } },
    { op: 'set_sysctl', input: { namespace: 'n1', key: 'net.ipv4.ip_forward', value: 1 } },
    { op: 'set_sysctl', input: { namespace: 'n1', key: 'net.ipv4.conf.ea.rp_filter', value: 2 } },
    { op: 'add_nexthop', input: { namespace: 'n1', id: 1, via: '10.0.0.2' } },
    { op: 'add_neighbour', input: { namespace: 'n1', link: 'ea', address: '10.0.0.2', mac: '02:00:00:00:00:02' } },
    { op: 'add_rule', input: { namespace: 'n1', from: '10.0.0.0/24', table: 7 } },
    { op: 'add_rule', input: { namespace: 'n1', from: 'fd00::/8', table: 7 } },
  ];
  await rooms.changeList(list);
  const shown = await sandbox.sh(
    'ip -n n1 nexthop; ip -n n1 rule; ip -n n1 -6 rule; ip -n n1 neigh; ip netns exec n1 sysctl net.ipv4.ip_forward net.ipv4.conf.ea.rp_filter',
  );
  for (const line of [/^id 1 via 10\.0\.0\.2/m, /from 10\.0\.0\.0\/24 lookup 7/, /from fd00::\/8 lookup 7/, /PERMANENT/, /ip_forward = 1/, /rp_filter = 2/]) {
    expect(shown).toMatch(line);
  }
  const again = await rooms.changeList(list.slice(2));
  expect(again.change.changed).toBe(false);
});
