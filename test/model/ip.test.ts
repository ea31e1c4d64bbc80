// Addresses in one canonical spelling: the kernel's, so that what was asked for is known again in what is read.
import { BlockList, isIP, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contains, InterfaceAddress, IpAddress, linkLocalOf, MacAddress, networkOf, parseIp, parsePrefix, prefixText } from '../../src/model/ip.js';

/** Addresses with many zeros, which is where spellings differ. */
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(':'));
const anyIp = fc.oneof(fc.ipV4(), ipv6, fc.ipV6());
/** As the C library writes it, and so iproute2. */
const bySystem = (address: string) => new SocketAddress({ address, family: isIP(address) === 6 ? 'ipv6' : 'ipv4' }).address;

describe('parseIp', () => {
  test('spells as the system does', () => {
    fc.assert(fc.property(anyIp, (address) => parseIp(address)?.address === bySystem(address)));
    for (const address of ['::', '::1', '::ffff:10.0.0.1', '::ffff:0:0', '::10.0.0.1', '1::', '1:0:0:2:0:0:0:3', '1:0:2:0:3:0:4:0', 'fe80::1']) {
      expect(parseIp(address)?.address, address).toBe(bySystem(address));
    }
    expect(parseIp('FD00:0:0::0001')).toEqual({ family: 'inet6', address: 'fd00::1' });
  });

  test('is parsed to itself', () => {
    fc.assert(fc.property(anyIp, (address) => { const { address: once = '' } = parseIp(address) ?? {}; return parseIp(once)?.address === once; })); // biome-ignore format: one thought
  });

  test.for([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '010.0.0.1',
    '0x7f.1',
    '256.0.0.1',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '１.2.3.4',
    'fe80::1%eth0',
    ':::',
    '1:2',
    'g::',
    'localhost',
  ])('refuses %j', (text) => {
    expect(parseIp(text)).toBeNull();
  });
});

describe('prefixes', () => {
  test('a bare address is a host', () => {
    expect(parsePrefix('10.0.0.1')).toEqual({ family: 'inet', address: '10.0.0.1', length: 32 });
    expect(parsePrefix('::1')).toEqual({ family: 'inet6', address: '::1', length: 128 });
  });

  test.for(['10.0.0.1/33', '::/129', '10.0.0.1/', '10.0.0.1/-1', '10.0.0.1/024', '10.0.0.1/+8', '10.0.0.1/8/8', '/8', '10.0.0.1/8 '])('refuses %j', (text) => {
    expect(parsePrefix(text)).toBeNull();
  });

  test('contain what a block list contains', () => {
    const pair = fc.oneof(fc.tuple(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 })), fc.tuple(ipv6, ipv6, fc.integer({ min: 0, max: 128 })));
    fc.assert(
      fc.property(pair, fc.boolean(), ([a, b, length], isNear) => {
        const outer = parsePrefix(`${a}/${length}`);
        const network = outer && networkOf(outer);
        const inner = parsePrefix(isNear ? (network?.address ?? '') : b);
        if (!outer || !inner || !network) throw new Error('not parsed');
        const list = new BlockList();
        list.addSubnet(network.address, length, isIP(a) === 6 ? 'ipv6' : 'ipv4');
        expect(contains(outer, inner)).toBe(list.check(inner.address, isIP(a) === 6 ? 'ipv6' : 'ipv4'));
      }),
    );
  });

  test('contain nothing of the other family, and no wider prefix', () => {
    const [all4, all6, ten] = ['0.0.0.0/0', '::/0', '10.0.0.0/8'].map((text) => parsePrefix(text));
    if (!all4 || !all6 || !ten) throw new Error('not parsed');
    expect(contains(all6, ten)).toBe(false);
    expect(contains(all4, ten)).toBe(true);
    expect(contains(ten, all4)).toBe(false);
  });

  test('lose their host bits as networks', () => {
    for (const [text, network] of [
      ['10.1.2.3/9', '10.0.0.0/9'],
      ['10.1.2.3/0', '0.0.0.0/0'],
      ['10.1.2.3/32', '10.1.2.3/32'],
      ['fd00::ffff/113', 'fd00::8000/113'],
      ['fd12::1/7', 'fc00::/7'],
    ] as const) {
      // biome-ignore format: a table
      const prefix = parsePrefix(text);
      expect(prefix && prefixText(networkOf(prefix))).toBe(network);
    }
  });
});

describe('inputs', () => {
  test('are canonical after parsing', () => {
    expect(InterfaceAddress.parse('FD00::0001/64')).toBe('fd00::1/64');
    expect(InterfaceAddress.parse('10.0.0.1')).toBe('10.0.0.1/32');
    expect(IpAddress.parse('::FFFF:10.0.0.1')).toBe('::ffff:10.0.0.1');
    expect(MacAddress.parse('02:AB:00:00:00:01')).toBe('02:ab:00:00:00:01');
  });

  test.for(['01:00:5e:00:00:01', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00', '02:00:00:00:00', '02-00-00-00-00-01', '02:00:00:00:00:01:02', ''])(
    '%j is no MAC of a link',
    (mac) => {
      expect(MacAddress.safeParse(mac).success).toBe(false);
    },
  );
});

test('the link-local address that the kernel makes of a MAC', () => {
  expect(linkLocalOf('5a:09:38:75:7b:4c')).toBe('fe80::5809:38ff:fe75:7b4c');
  expect(linkLocalOf('02:00:00:00:00:0a')).toBe('fe80::ff:fe00:a');
  expect(linkLocalOf('10.0.0.1')).toBeNull();
});
