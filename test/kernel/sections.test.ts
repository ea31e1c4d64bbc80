// What the tools print, as recorded from a real kernel, and what is read of it.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { documentsOf } from '../../src/kernel/reading/query.js';
import { parseFdb, parseVlans } from '../../src/kernel/sections/bridge.js';
import { parseLinks } from '../../src/kernel/sections/links.js';
import { parseNextHops } from '../../src/kernel/sections/nexthops.js';
import { parseNeighbours, parseNsids, parseRoutes } from '../../src/kernel/sections/routes.js';
import { parseRules } from '../../src/kernel/sections/rules.js';
import { parseSockets } from '../../src/kernel/sections/sockets.js';
import { parseSysctls } from '../../src/kernel/sections/sysctls.js';
import { parseMounts } from '../../src/kernel/sources/mounts.js';
import { inodeOfLink, scanProcesses } from '../../src/kernel/sources/processes.js';

const recorded = (name: string): unknown => JSON.parse(readFileSync(new URL(`./recorded/${name}.json`, import.meta.url), 'utf8'));

describe('links and addresses', () => {
  const { links, addresses } = parseLinks(recorded('addresses'));
  const link = (name: string) => links.find((each) => each.name === name);

  test('kinds, states and where the other ends live', () => {
    expect(links.map(({ name, kind }) => [name, kind])).toEqual([['lo', 'loopback'], ['ea', 'veth'], ['br0', 'bridge'], ['vb', 'veth'], ['va', 'veth']]); // biome-ignore format: a table
    expect(link('ea')).toMatchObject({
      index: 2,
      up: true,
      operstate: 'UP',
      peer: null,
      peer_index: 2,
      link_netnsid: 0,
      mac: '02:00:00:00:00:0a',
      master: null,
    });
    expect(link('va')).toMatchObject({
      peer: 'vb',
      peer_index: link('vb')?.index,
      link_netnsid: null,
      master: 'br0',
      altnames: ['an-alternative-name'],
      up: false,
    });
    expect(link('lo')).toMatchObject({ mac: '00:00:00:00:00:00', alias: null, netns_immutable: null });
  });

  test('addresses with all that is needed to make them again', () => {
    const own = addresses.filter(({ link_index }) => link_index === 2);
    expect(own.map(({ address }) => address)).toEqual(['10.0.0.1/24', '10.5.0.1/24', '10.6.0.1/24', '10.0.0.5/24', 'fd00::1/64', 'fe80::ff:fe00:a/64']);
    expect(own[0]).toMatchObject({ broadcast: '10.0.0.255', peer: null, label: null, metric: null, valid_lft_s: null, flags: [] });
    expect(own[1]).toMatchObject({ peer: '10.5.0.2' });
    expect(own[2]).toMatchObject({ label: 'ea:1', metric: 55, valid_lft_s: 98, preferred_lft_s: 48, flags: ['dynamic'] });
    expect(own[3]).toMatchObject({ flags: ['secondary'] });
    expect(own[4]).toMatchObject({ family: 'inet6', flags: ['noprefixroute', 'nodad'] });
  });

  test('a device that no virtual driver made is physical, and one that the kernel pins is told', () => {
    const [card, pinned] = parseLinks([
      { ifindex: 2, ifname: 'eth0', flags: ['UP'], mtu: 1500, operstate: 'UP', link_type: 'ether', address: '52:54:00:00:00:01' },
      { ifindex: 3, ifname: 'wlan0', flags: [], mtu: 1500, operstate: 'DOWN', link_type: 'ether', 'netns-immutable': true },
    ]).links;
    expect(card).toMatchObject({ kind: 'physical', netns_immutable: null });
    expect(pinned).toMatchObject({ netns_immutable: true, mac: null });
  });

  test('entries that a filter leaves out, and addresses of other families, are no hindrance', () => {
    expect(parseLinks([{}, {}]).links).toEqual([]);
    const entry = { ifindex: 1, ifname: 'x', flags: [], mtu: 1, operstate: 'DOWN', link_type: 'none', addr_info: [{ family: 'mpls', local: '1' }, {}] };
    expect(parseLinks([entry]).addresses).toEqual([]);
    expect(() => parseLinks([{ ifindex: 'one' }])).toThrow();
  });
});

test('routes of both families, with what goes beyond the model', () => {
  const routes = parseRoutes(recorded('routes'));
  expect(routes.map(({ family }) => family)).toEqual(['inet', 'inet', 'inet', 'inet', 'inet', 'inet', 'inet6', 'inet6']);
  expect(routes[0]).toEqual({ family: 'inet', type: 'unicast', destination: 'default', via: '10.0.0.254', device: 'ea', source: null, metric: null, table: 'main', protocol: 'boot', scope: 'global', flags: [], next_hops: [] }); // biome-ignore format: a row
  expect(routes[2]).toMatchObject({ table: '100', source: '10.0.0.1', tos: '0x10', metrics: { mtu: 1400 } });
  expect(routes[3]).toMatchObject({ type: 'blackhole', device: null });
  expect(routes[4]?.next_hops).toEqual([{ via: '10.0.0.3', device: 'ea', weight: 1 }, { via: '10.1.0.3', device: 'eb', weight: 3 }]); // biome-ignore format: a row
  expect(routes[5]).toMatchObject({ via: 'fe80::9' });
  expect(routes.filter(({ other_attributes }) => other_attributes !== undefined)).toEqual([]);
});

test('rules, neighbours, ids', () => {
  const rules = parseRules(
    [
      { priority: 0, src: 'all', table: 'local', protocol: 'kernel' },
      {
        priority: 7,
        src: '10.0.0.0',
        srclen: 8,
        dst: '192.0.2.0',
        dstlen: 24,
        fwmark: '0x10',
        fwmask: '0xff',
        iif: 'e\u001b',
        table: '100',
        protocol: 'unspec',
      },
      { priority: 9, src: 'all', action: 'unreachable', protocol: 'unspec' },
    ],
    'inet',
  );
  expect(rules[0]).toEqual({ family: 'inet', priority: 0, source: 'all', destination: null, table: 'local', action: null, goto: null, selectors: {}, protocol: 'kernel' }); // biome-ignore format: a row
  expect(rules[1]).toMatchObject({
    source: '10.0.0.0/8',
    destination: '192.0.2.0/24',
    table: '100',
    selectors: { fwmark: '0x10/0xff', iif: 'e\\x1b' },
    protocol: null,
  });
  expect(rules[2]).toMatchObject({ table: null, action: 'unreachable' });
  expect(
    parseNeighbours([
      { dst: '10.0.0.9', dev: 'ea', lladdr: '02:00:00:00:00:99', state: ['PERMANENT'] },
      { dst: '10.0.0.77', dev: 'ea', proxy: null },
      { dst: '10.0.0.78', proxy: null },
    ]),
  ).toEqual([
    { address: '10.0.0.9', device: 'ea', mac: '02:00:00:00:00:99', state: ['PERMANENT'], router: false },
    { address: '10.0.0.77', device: 'ea', mac: null, state: ['PROXY'], router: false },
    { address: '10.0.0.78', device: '', mac: null, state: ['PROXY'], router: false },
  ]);
  expect(parseNsids([{ nsid: 0, name: 'blue' }, { nsid: 3 }])).toEqual([{ nsid: 0, name: 'blue' }, { nsid: 3, name: null }]); // biome-ignore format: a row
});

test('rules with what iproute2 prints in many ways', () => {
  const [all, goes, nothing] = parseRules(
    [
      {
        ...{ priority: 5, not: null, src: 'all', tos: 'AF11', iif: 'gone', iif_detached: null, uid_start: 0, uid_end: 9, ipproto: 'ipproto-99' },
        ...{ sport_start: 80, sport_end: 90, dport: 53, table: '7', suppress_prefixlen: 0, flow_from: '1', flow_to: '2', protocol: 'static', news: 1 },
      },
      { priority: 6, src: 'all', goto: 77, unresolved: null, protocol: 'unspec' },
      { priority: 7, src: 'all', nop: null, l3mdev: null },
    ],
    'inet',
  );
  const selectors = {
    not: '',
    tos: '0x28',
    iif: 'gone',
    uidrange: '0-9',
    ipproto: '99',
    sport: '80-90',
    dport: '53',
    suppress_prefixlength: '0',
    realms: '1/2',
  };
  expect(all).toMatchObject({ selectors, table: '7', protocol: 'static', other_attributes: ['news'] });
  expect(goes).toMatchObject({ action: 'goto', goto: 77, table: null, selectors: {} });
  expect(nothing).toMatchObject({ action: 'nop', selectors: { l3mdev: '' } });
});

test('next hop objects with their families', () => {
  const shown = [
    { id: 1, gateway: '10.0.0.2', dev: 'ea', scope: 'link', protocol: 'unspec', flags: ['onlink', 'dead', 'linkdown'] },
    { id: 2, dev: 'ea', scope: 'host', protocol: 'static', flags: [] },
    { id: 3, dev: 'ea', scope: 'link', protocol: 'unspec', flags: [] },
    { id: 4, scope: 'global', blackhole: null, protocol: 'unspec', flags: [] },
    { id: 5, group: [{ id: 1, weight: 2 }, { id: 2 }], scope: 'global', flags: [], type: 'resilient' }, // biome-ignore format: a row
  ];
  const nextHops = parseNextHops(shown);
  expect(nextHops.map(({ family }) => family)).toEqual(['inet', 'inet', 'inet6', 'inet', null]);
  expect(nextHops[0]).toEqual({
    id: 1,
    family: 'inet',
    via: '10.0.0.2',
    device: 'ea',
    blackhole: false,
    group: [],
    fdb: false,
    protocol: null,
    flags: ['onlink'],
  });
  expect(nextHops[4]).toMatchObject({ group: [{ id: 1, weight: 2 }, { id: 2, weight: 1 }], other_attributes: ['type'] }); // biome-ignore format: a row
  expect(parseNextHops(shown.slice(3, 4), 'inet6')[0]).toMatchObject({ family: 'inet6', blackhole: true });
});

test('forwarding entries, VLANs and the settings of ports', () => {
  const [learnt, remote] = parseFdb([
    { mac: '02:00:00:00:00:01', ifname: 'eb', flags: ['offload'], master: 'br0', state: '', vlan: 1 },
    { mac: '00:00:00:00:00:00', ifname: 'vx0', dst: '10.0.0.3', port: 4790, vni: 7, viaIf: 'ea', flags: ['self'], state: 'permanent', nhid: 9 },
  ]);
  expect(learnt).toMatchObject({ table: 'master', state: 'dynamic', vlan: 1, flags: ['offload'], destination: null });
  expect(remote).toMatchObject({ table: 'self', destination: '10.0.0.3', port: 4790, vni: 7, via: 'ea', flags: [], other_attributes: ['nhid'] });
  const vlans = [{ vlan: 1, flags: ['PVID', 'Egress Untagged'] }, { vlan: 10, vlanEnd: 11 }]; // biome-ignore format: a row
  expect(parseVlans([{ ifname: 'eb', vlans }, { ifname: 'br0' }])).toEqual([
    { device: 'eb', vlan: 1, pvid: true, untagged: true },
    { device: 'eb', vlan: 10, pvid: false, untagged: false },
    { device: 'eb', vlan: 11, pvid: false, untagged: false },
  ]);
  const entry = { ifindex: 3, ifname: 'eb', flags: [], mtu: 1500, operstate: 'UP', link_type: 'ether', master: 'br0' };
  const info_slave_data = { state: 'disabled', cost: 2, hairpin: false, multicast_router: 1, group_fwd_mask: '0x8', hold_timer: 0.5, id: '0x8001' };
  expect(parseLinks([{ ...entry, linkinfo: { info_kind: 'veth', info_slave_kind: 'bridge', info_slave_data } }]).links[0]).toMatchObject({
    port: { state: 'disabled', cost: 2, hairpin: false, mcast_router: 1, group_fwd_mask: 8 },
  });
  expect(parseLinks([{ ...entry, linkinfo: { info_kind: 'veth', info_slave_kind: 'bond', info_slave_data: { state: 'ACTIVE' } } }]).links[0]?.port).toBeNull();
});

test('sockets, and only processes that /proc confirms', () => {
  const own = readFileSync('/proc/self/comm', 'utf8').trim();
  const sockets = parseSockets(
    [
      `tcp   LISTEN 0 4096 127.0.0.1:81 0.0.0.0:* users:(("${own}",pid=${process.pid},fd=4),("${own}",pid=${process.pid},fd=5))`,
      'udp   UNCONN 0 0 [fe80::1]%ea:546 [::]:* users:(("x",pid=1,fd=3",pid=31,fd=3))',
      'icmp6 UNCONN 0 0 *:ipv6-icmp *:*',
      'garbage',
      '',
    ].join('\n'),
  );
  expect(sockets).toEqual([
    {
      protocol: 'tcp',
      state: 'LISTEN',
      local: { address: '127.0.0.1', port: '81' },
      remote: { address: '0.0.0.0', port: '*' },
      processes: [{ pid: process.pid, command: own }],
    },
    { protocol: 'udp', state: 'UNCONN', local: { address: 'fe80::1%ea', port: '546' }, remote: { address: '::', port: '*' }, processes: [] },
    { protocol: 'icmp6', state: 'UNCONN', local: { address: '*', port: 'ipv6-icmp' }, remote: { address: '*', port: '*' }, processes: [] },
  ]);
});

test('sysctls by their dotted keys', () => {
  const text = [
    '/proc/sys/net/ipv4/ip_forward:1',
    '/proc/sys/net/ipv4/ip_local_port_range:32768\t60999',
    '/proc/sys/net/ipv4/conf/eth0.100/rp_filter:2',
    '/proc/sys/net/ipv4/route/mtu:1',
    '',
  ].join('\n');
  expect(parseSysctls(text)).toEqual({ 'net.ipv4.conf.eth0/100.rp_filter': '2', 'net.ipv4.ip_forward': '1', 'net.ipv4.ip_local_port_range': '32768 60999' });
});

test('documents of a batch, one a line', () => {
  expect(documentsOf(Buffer.from('[]\n[{"a":"\\n"}]\n\n[1]'))).toEqual([[], [{ a: '\n' }], [1]]);
  expect(documentsOf(Buffer.alloc(0))).toEqual([]);
});

test('mounts of network namespaces, with the octal escapes of the kernel', () => {
  const text = [
    '22 1 8:1 / / rw,relatime - ext4 /dev/root rw',
    '137 136 0:4 net:[4026532534] /run/netns/blue rw shared:4 - nsfs nsfs rw',
    '168 135 0:4 net:[4026532464] /run/a\\040b/x\\134y\\012z rw master:7 propagate_from:2 - nsfs nsfs rw',
    '169 135 0:4 mnt:[4026532465] /run/mnt rw - nsfs nsfs rw',
    '',
  ].join('\n');
  expect(parseMounts(text)).toEqual([
    { inode: 4026532534, path: '/run/netns/blue', shown: '/run/netns/blue', peers: '4', follows: null },
    { inode: 4026532464, path: '/run/a b/x\\y\nz', shown: '/run/a b/x\\y\\nz', peers: null, follows: '7' },
  ]);
});

test('processes by their namespace', () => {
  expect(inodeOfLink('net:[4026531840]')).toBe(4026531840);
  for (const link of ['uts:[4026531838]', 'net:[x]', 'socket:[1]', 'xnet:[1]', 'net:[1] (deleted)']) expect(inodeOfLink(link)).toBeNull();
  expect([...scanProcesses().byInode.values()].flat()).toContain(process.pid);
});
