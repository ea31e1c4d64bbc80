// What ping printed, read: a summary, a reason, or nothing that is known.
import { expect, test } from 'vitest';
import { readPing } from '../../src/probe/ping.js';

const SUMMARY = (sent: number, received: number) => `--- 10.0.0.1 ping statistics ---\n${sent} packets transmitted, ${received} received, 0% packet loss\n`;

test('only echoes that were sent can be late', () => {
  expect(readPing(SUMMARY(3, 0), '')).toMatchObject({ sent: 3, received: 0, code: 'ETIMEDOUT' });
  expect(readPing('', 'ping: fe80::1%nope: Name or service not known\n')).toMatchObject({ sent: 0, code: 'ENODEV' });
  expect(() => readPing('', 'ping: some new trouble\n')).toThrow(/ping sent nothing \(ping: some new trouble\)/);
  expect(() => readPing('', '')).toThrow(/does not say why/);
});

test('answers and their average', () => {
  expect(readPing(`${SUMMARY(2, 2)}rtt min/avg/max/mdev = 0.031/0.042/0.053/0.011 ms\n`, '')).toEqual({ sent: 2, received: 2, rttMs: 0.042, code: null });
});
