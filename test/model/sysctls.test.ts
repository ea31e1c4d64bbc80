// Which sysctls are on the list, what they take, and what follows from one.
import { expect, test } from 'vitest';
import { inSysctlOrder, parseSysctlKey, sysctlFollowers, sysctlValueProblem, whyNoSysctl } from '../../src/model/sysctls.js';

test('keys of links are told by their links, a slash standing for a dot', () => {
  expect(parseSysctlKey('net.ipv4.conf.eth0/100.rp_filter')).toMatchObject({ family: 'ipv4', device: 'eth0.100', every: null, name: 'rp_filter' });
  expect(parseSysctlKey('net.ipv6.conf.all.forwarding')).toMatchObject({ family: 'ipv6', device: null, every: 'all' });
  expect(parseSysctlKey('net.ipv4.ip_forward')).toMatchObject({ family: null, device: null });
});

test.each([
  'net.ipv4.conf.*.forwarding',
  'net.ipv4.conf.e[t]h0.forwarding',
  'net.ipv4.conf.a=b.forwarding',
  'net/ipv4/ip_forward',
  'net.ipv4.ip_forward=1',
  '-w',
  'net.ipv4.conf.ea.constructor',
  'constructor',
  'net.ipv6.conf.ea.stable_secret',
  'net.ipv4.conf.a b.rp_filter',
  'net.ipv4.conf.ea.rp_filter\n',
])('%j is not on the list', (key) => {
  expect(parseSysctlKey(key)).toBeNull();
  expect(whyNoSysctl(key)).toMatch(/list|secret/);
});

test('values', () => {
  const problem = (key: string, value: string) => {
    const parsed = parseSysctlKey(key);
    return parsed && sysctlValueProblem(parsed, value);
  };
  expect(problem('net.ipv4.ip_forward', '1')).toBeNull();
  expect(problem('net.ipv6.conf.all.use_tempaddr', '-1')).toBeNull();
  for (const value of ['2', '-1', '', 'on', '1 ', '01e0', '0x1']) expect(problem('net.ipv4.ip_forward', value), value).toContain('from 0 to 1');
  expect(problem('net.ipv4.ip_local_port_range', '1024 60999')).toBeNull();
  expect(problem('net.ipv4.tcp_congestion_control', 'cubic;x')).toContain('cubic');
});

test('what the kernel sets along, and in which order all is set back', () => {
  const keys = ['net.ipv4.conf.ea.forwarding', 'net.ipv4.ip_forward', 'net.ipv4.conf.all.accept_redirects', 'net.ipv4.conf.default.forwarding', 'net.ipv4.conf.all.forwarding', 'net.ipv6.conf.ea.forwarding']; // biome-ignore format: a list
  const four = keys.filter((key) => key.includes('ipv4'));
  expect(sysctlFollowers('net.ipv4.ip_forward', keys)).toEqual(four.filter((key) => key !== 'net.ipv4.ip_forward'));
  expect(sysctlFollowers('net.ipv4.conf.ea.forwarding', keys)).toEqual([]);
  expect(sysctlFollowers('net.ipv4.conf.default.forwarding', keys)).toEqual([]);
  expect(sysctlFollowers('net.ipv4.conf.default.rp_filter', ['net.ipv4.conf.ea.rp_filter', 'net.ipv4.conf.all.rp_filter'])).toEqual([
    'net.ipv4.conf.ea.rp_filter',
  ]);
  expect(sysctlFollowers('net.ipv6.conf.all.disable_ipv6', ['net.ipv6.conf.default.disable_ipv6', 'net.ipv6.conf.ea.disable_ipv6'])).toHaveLength(2);
  expect(inSysctlOrder(four).at(0)).toBe('net.ipv4.conf.all.forwarding');
  expect(inSysctlOrder(four).at(-1)).toBe('net.ipv4.conf.ea.forwarding');
});
