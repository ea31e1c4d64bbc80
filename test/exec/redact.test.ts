// The last filter for secrets: what it takes out, and that no output makes it slow.
import { describe, expect, test } from 'vitest';
import { redactSecrets } from '../../src/exec/redact.js';

const KEY = 'YAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=';

test.for([
  [`private key: ${KEY}`, 'private key: [redacted]'],
  [`PrivateKey = ${KEY}`, 'PrivateKey = [redacted]'],
  [`"privateKey": "${KEY}"`, '"privateKey": [redacted]'],
  [`psk_key ${KEY}`, 'psk_key [redacted]'],
  ['enc cbc(aes) 0x0123456789abcdef', 'enc cbc(aes) [redacted]'],
  ['-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----', '-----BEGIN PRIVATE KEY----- [redacted] -----END PRIVATE KEY-----'],
  ['public key: short', 'public key: short'],
])('%j', ([output = '', left]) => {
  expect(redactSecrets(output)).toBe(left);
});

const MANY = 200_000;

describe('no output makes it slow', () => {
  test.for([
    ['blanks after a word for a key', `private key${' '.repeat(MANY)}!`],
    ['blanks around the sign', `private key ${'\t'.repeat(MANY)}=${'\t'.repeat(MANY)}!`],
    ['words for a key', 'private key '.repeat(MANY / 10)],
    ['words for a cipher', 'enc auth '.repeat(MANY / 10)],
    ['a cipher without end', `enc ${'auth-'.repeat(MANY / 5)}`],
    ['beginnings without end', '-----BEGIN '.repeat(MANY / 10)],
    ['an end that never comes', `-----BEGIN PRIVATE KEY-----${'-----END A'.repeat(MANY / 10)}`],
  ] as const)('%s', ([, output]) => {
    const from = performance.now();
    redactSecrets(output);
    expect(performance.now() - from).toBeLessThan(500);
  });
});
