// Lines within the limit pass unchanged, however they are cut into chunks; a longer one never becomes part of another.
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineLimit } from '../../../src/server/mcp/line-limit.js';

const MOST = 8;

async function through(chunks: readonly string[]): Promise<string[]> {
  const limit = new LineLimit(MOST);
  const passed = text(limit);
  for (const chunk of chunks) limit.write(Buffer.from(chunk));
  limit.end();
  return (await passed).split('\n');
}

test('short lines pass, a long one is cut, the next is whole', async () => {
  expect(await through(['one\n', '123456789', '0 and more', '\ntwo\n'])).toEqual(['one', '12345678', 'two', '']);
});

test('lines in any chunks', async () => {
  const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 * MOST }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(lines, fc.array(fc.nat({ max: 20 })), async (wanted, cuts) => {
      const whole = wanted.map((line) => `${line}\n`).join('');
      const chunks: string[] = [];
      let rest = whole;
      for (const cut of cuts) {
        chunks.push(rest.slice(0, cut));
        rest = rest.slice(cut);
      }
      chunks.push(rest);
      const got = (await through(chunks)).slice(0, -1);
      expect(got).toEqual(wanted.map((line) => line.slice(0, MOST)));
    }),
  );
});
