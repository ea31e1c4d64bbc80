// What tc, ethtool and wg print, as recorded from real kernels (6.1 and 6.18, iproute2 6.1), and what is read of it.
import { describe, expect, test } from 'vitest';
import { parseOffloads } from '../../src/kernel/sections/offloads.js';
import { bitsOf, parseAnswers, parseQdiscs, shapingInput, shapingQuestions } from '../../src/kernel/sections/shaping.js';
import { parseWireguard } from '../../src/kernel/sections/wireguard.js';

const QDISCS = [
  { kind: 'noqueue', handle: '0:', dev: 'lo', root: true, refcnt: 2, options: {} },
  { kind: 'htb', handle: '1:', dev: 'v0', root: true, refcnt: 3, options: { r2q: 10, default: '0x30' } },
  { kind: 'pfifo', handle: '10:', dev: 'v0', parent: '1:10', options: { limit: 50 } },
  { kind: 'mq', handle: '0:', dev: 'eth0', root: true, options: {} },
  { kind: 'fq_codel', handle: '0:', dev: 'eth0', parent: ':1', options: {} },
  { kind: 'ingress', handle: 'ffff:', dev: 'a"b', parent: 'ffff:fff1', ingress_block: 7, options: {} },
  { kind: 'clsact', handle: 'ffff:', dev: 'v1', parent: 'ffff:fff1', options: {} },
];

const CLASSES = `class htb 1:10 parent 1:1 leaf 10: prio 1 quantum 3000 rate 1500Kbit ceil 20Mbit linklayer ethernet burst 1599b/1 mpu 0b cburst 1600b/1 mpu 0b level 0 buffer [000208d0] cbuffer [00002710] 
class htb 1:1 root rate 10Mbit ceil 20Mbit linklayer ethernet burst 15Kb/1 mpu 0b cburst 1600b/1 mpu 0b level 7 buffer [0002ee00] cbuffer [00002710] 
qdisc htb 1:[00010000] root refcnt 3 r2q 10
qdisc pfifo 10:[00100000] parent 1:10 limit 50p
filter protocol ip pref 5 u32 chain 0 
filter protocol ip pref 5 u32 chain 0 fh 800:[80000000] ht divisor 1 
filter protocol ip pref 5 u32 chain 0 fh 800::800[80000800] order 2048 key ht 800 bkt 0 *flowid 1:10 not_in_hw 
  match 0a000000/ff000000 at 12
  match 00000050/0000ffff at nexthdr+0
filter protocol all pref 7 bpf chain 0 
filter protocol all pref 7 bpf chain 0 handle 0x1 flowid 1:10 bytecode '1,6 0 0 1'
qdisc htb 1:[00010000] root refcnt 3 r2q 10
qdisc pfifo 10:[00100000] parent 1:10 limit 50p
filter protocol all pref 1 u32 chain 0 
filter protocol all pref 1 u32 chain 0 fh 800::800[80000800] order 2048 key ht 800 bkt 0 terminal flowid not_in_hw 
  match 00000000/00000000 at 0
\taction order 1:  police 0x1 rate 8Kbit burst 1500b mtu 64Kb [0165a0bc] action drop overhead 0b linklayer ethernet 
\tref 1 bind 1 

qdisc clsact ffff:[ffff0000] parent ffff:fff1
qdisc clsact ffff:[ffff0000] parent ffff:fff1
filter ingress protocol ip pref 12 flower chain 0 handle 0x1 
  eth_type ipv4
  src_ip 10.0.0.0/8
  in_hw in_hw_count 1
\taction order 1:  police 0x3 rate 1Mbit burst 10Kb mtu 1600b [00138800] peakrate 2Mbit action drop/pipe overhead 0b linklayer ethernet 
\tref 1 bind 1 
qdisc htb 1:
`;

describe('shaping', () => {
  const qdiscs = parseQdiscs(QDISCS);

  test('what the kernel chose by itself is left out, and what stands beside the options is kept', () => {
    expect(qdiscs.map(({ device, kind, parent }) => `${device} ${kind} ${parent}`)).toEqual([
      'v0 htb root',
      'v0 pfifo 1:10',
      'a"b ingress ffff:fff1',
      'v1 clsact ffff:fff1',
    ]);
    expect(qdiscs[2]?.options).toEqual({ ingress_block: 7 });
  });

  test('classes and filters are asked for where there can be some, and inner classes once they are known', () => {
    const lines = (rows: typeof qdiscs) => shapingQuestions(rows).map(({ line }) => line.join(' '));
    const first = ['class show dev v0', 'filter show dev v0 parent 1:', 'filter show dev v1 ingress', 'filter show dev v1 egress'];
    expect(lines(qdiscs)).toEqual(first);
    expect(shapingInput(shapingQuestions(qdiscs)).split('\n').slice(0, 2)).toEqual(['class show dev v0', 'qdisc show dev v0']);
    const classes = parseAnswers(CLASSES, shapingQuestions(qdiscs)).filter(({ object }) => object === 'class');
    expect(lines([...qdiscs, ...classes])).toEqual([...first, 'filter show dev v0 parent 1:1']);
  });

  test('answers go to their questions, and what is not understood is said', () => {
    const questions = [...shapingQuestions(qdiscs), { device: 'v0', parent: '1:1', line: [] }];
    const rows = parseAnswers(CLASSES, questions);
    expect(rows.map(({ object, kind, handle, parent }) => [object, kind, handle, parent].join(' '))).toEqual([
      'class htb 1:10 1:1',
      'class htb 1:1 1:',
      'filter u32 800::800 1:',
      'filter bpf 0x1 1:',
      'filter u32 800::800 ingress',
      'filter flower 0x1 ingress',
    ]);
    expect(rows[0]?.options).toEqual({
      prio: 1,
      quantum: 3000,
      rate: 1_500_000,
      ceil: 20_000_000,
      linklayer: 'ethernet',
      mpu: 0,
      buffer: 0x208d0,
      cbuffer: 0x2710,
    });
    expect(rows[2]?.options).toEqual({ protocol: 'ip', pref: 5, flowid: '1:10', keys: ['0a000000/ff000000 at 12', '00000050/0000ffff at nexthdr+0'] });
    expect(rows[3]?.options).toMatchObject({ other: ["bytecode '1,6 0 0 1'"] });
    expect(rows[4]?.options).toMatchObject({ police: { rate: 8000, mtu: '64Kb', buffer: 0x165a0bc, action: 'drop' } });
    expect(rows[5]?.options).toMatchObject({ fields: { src_ip: '10.0.0.0/8' }, other: [expect.stringContaining('peakrate')] });
  });

  test('rates', () => {
    expect(['8bit', '1500Kbit', '20Mbit', '1Gbit', '1Tbit', '5Mibit'].map(bitsOf)).toEqual([8, 1.5e6, 2e7, 1e9, 1e12, Number.NaN]);
  });
});

test('offloads of several links', () => {
  const feature = { active: true, fixed: false, requested: true };
  const document = [
    { ifname: 'lo', 'tx-checksumming': { ...feature, fixed: null } },
    { ifname: 'v0', 'rx-lro': { ...feature, active: false, fixed: true } },
  ];
  expect(parseOffloads(document)).toEqual([
    { device: 'lo', name: 'tx-checksumming', on: true, fixed: false },
    { device: 'v0', name: 'rx-lro', on: false, fixed: true },
  ]);
});

test('wireguard links and their peers', () => {
  const text =
    'wg0\tPRIVATE\tPUBLIC\t51820\t0x10\nwg0\tPEER\t(none)\t10.0.0.2:51821\t10.9.0.2/32,fd00::/64\t1700000000\t92\t180\toff\nwg1\t(none)\t(none)\t0\toff\nwg0\tBARE\tPSK\t(none)\t(none)\t0\t0\t0\t25\n';
  expect(parseWireguard(text)).toEqual([
    {
      ...{ device: 'wg0', private_key: 'PRIVATE', public_key: 'PUBLIC', listen_port: 51_820, fwmark: 16 },
      peers: [
        { public_key: 'PEER', preshared_key: null, endpoint: '10.0.0.2:51821', allowed_ips: ['10.9.0.2/32', 'fd00::/64'], keepalive_s: null },
        { public_key: 'BARE', preshared_key: 'PSK', endpoint: null, allowed_ips: [], keepalive_s: 25 },
      ],
    },
    { device: 'wg1', private_key: null, public_key: null, listen_port: null, fwmark: null, peers: [] },
  ]);
});
