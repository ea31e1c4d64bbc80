// Wrong arguments are told field by field, in an answer that stays short whatever was sent.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { NetnsError } from '../../../src/model/errors.js';
import { parseArguments } from '../../../src/server/call/input.js';

const TOOL = { name: 'try', input: z.strictObject({ link: z.string(), ends: z.array(z.strictObject({ mtu: z.number() })).optional() }) };

function errorOf(given: unknown): NetnsError {
  try {
    parseArguments(TOOL, given);
  } catch (error) {
    if (error instanceof NetnsError) return error;
  }
  throw new Error('it was taken');
}

test('each field that is wrong is named, and the one that may have been meant', () => {
  const { code, message, hint } = errorOf({ lnk: 'x', ends: [{ mtu: 'x' }] });
  expect(code).toBe('INVALID_INPUT');
  expect(message).toMatch(/^try: link: .*ends\[0\]\.mtu: .*unknown field "lnk" \(did you mean link\?\)\.$/);
  expect(hint).toBe('It takes {link, ends?}. Nothing was done.');
});

test('thousands of unknown fields, and one of enormous length, are told in a few words', () => {
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`field${at}`, 1]));
  const error = errorOf({ link: 'x', ...many, ['y'.repeat(1_000_000)]: 1 });
  expect(error.message).toMatch(/and 19996 more/);
  expect(JSON.stringify(error.toValue()).length).toBeLessThan(2_000);
  expect(errorOf({ link: 'x', ['y'.repeat(1_000_000)]: 1 }).message.length).toBeLessThan(200);
});
