// Answers that would be too long are cut, and say how much is missing.
import { expect, test } from 'vitest';
import { brief, fitting } from '../../src/server/reading.js';

const rows = (n: number) => Array.from({ length: n }, (_, at) => ({ at, text: 'x'.repeat(80) }));

test('what fits stays as it is', () => {
  const lists = { links: rows(3), sysctls: { 'net.ipv4.ip_forward': '1' } };
  expect(fitting(lists)).toEqual({ lists, left_out: {} });
});

test('a long list is cut, and so is a long record, and all together keep to the size', () => {
  const sysctls = Object.fromEntries(rows(2_000).map(({ at, text }) => [`net.ipv4.conf.veth${at}.forwarding`, text]));
  const { lists, left_out } = fitting({ routes: rows(400), sysctls, sockets: rows(100) });
  expect(lists.routes).toHaveLength(400);
  expect(Object.keys(lists.sysctls).length + (left_out['sysctls'] ?? 0)).toBe(2_000);
  expect(left_out).toMatchObject({ sysctls: expect.any(Number), sockets: 100 });
  expect(JSON.stringify(lists).length).toBeLessThan(61_000);
});

test('of lines at least the first is shown', () => {
  expect(brief(['a long line', 'another'], 5)).toEqual({ shown: ['a long line'], more: 1 });
});
