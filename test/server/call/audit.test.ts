// What the audit log leaves out of arguments and command lines.
import { describe, expect, test } from 'vitest';
import { recordedArguments, redacted } from '../../../src/server/call/audit.js';

const KEY = 'YAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=';

describe('secrets are left out', () => {
  test.for<[unknown, unknown]>([
    [
      { privateKey: 'x', 'pre-shared-key': 'x', Authorization: 'x', wg_psk: 'x' },
      { privateKey: '[redacted]', 'pre-shared-key': '[redacted]', Authorization: '[redacted]', wg_psk: '[redacted]' },
    ],
    ['curl http://user:hunter2@10.0.0.1/x', 'curl http://[redacted]@10.0.0.1/x'],
    [
      { private_key: 'x', name: 'eth0' },
      { private_key: '[redacted]', name: 'eth0' },
    ],
    [{ a: [{ password: { deep: 'x' } }] }, { a: [{ password: '[redacted]' }] }],
    [
      { passphrase: 1, tokens: [], secret: null, API_KEY: 'x' },
      { passphrase: '[redacted]', tokens: '[redacted]', secret: '[redacted]', API_KEY: '[redacted]' },
    ],
    [
      ['wg', 'set', KEY],
      ['wg', 'set', '[redacted]'],
    ],
    [`key=${KEY}, mtu 1420`, 'key=[redacted], mtu 1420'],
    ['-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----\nrest', '[redacted]\nrest'],
    ['-----BEGIN PRIVATE KEY-----\ncut off', '[redacted]'],
  ])('%j', ([value, left]) => {
    expect(redacted(value)).toEqual(left);
  });
});

test.for([{ name: 'keyboard', link: 'turkey0', monkey: 1 }, ['ip', 'link', 'show'], null, 7, true, 'plain'])('%j stays as it is', (value) => {
  expect(redacted(value)).toEqual(value);
});

test('a long text is cut, and tells how long it was', () => {
  const text = String(redacted('x'.repeat(100_000)));
  expect(text.length).toBeLessThan(2_100);
  expect(text).toContain('100000 characters');
});

test('what was given is not changed', () => {
  const value = { token: 'x', list: ['y'] };
  redacted(value);
  expect(value).toEqual({ token: 'x', list: ['y'] });
});

test('arguments that are too long are recorded by their beginning', () => {
  expect(recordedArguments({ command: ['ip', 'link'] })).toEqual({ command: ['ip', 'link'] });
  const text = String(recordedArguments({ token: 'x', list: Array.from({ length: 100_000 }, () => 7) }));
  expect(text.length).toBeLessThan(2_100);
  expect(text).toContain('{"token":"[redacted]","list":[7,7,');
});

test('what is nested deeper than anybody writes is left out', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(JSON.stringify(recordedArguments({ deep }))).toContain('[nested too deep]');
});
