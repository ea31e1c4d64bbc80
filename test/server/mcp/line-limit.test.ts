// Lines within the limit pass unchanged, however they are cut into chunks; a longer one never becomes part of another, and is told of.
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineLimit } from '../../../src/server/mcp/line-limit.js';

const MOST = 8;
const CUT = '\0';

async function through(chunks: readonly string[]): Promise<string[]> {
  const limit = new LineLimit(MOST, () => {});
  const passed = text(limit);
  for (const chunk of chunks) limit.write(Buffer.from(chunk));
  limit.end();
  return (await passed).split('\n');
}

test('short lines pass, a long one is cut, the next is whole', async () => {
  expect(await through(['one\n', '123456789', '0 and more', '\ntwo\n'])).toEqual(['one', `12345678${CUT}`, 'two', '']);
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
      // The line feed counts.
      expect(got).toEqual(wanted.map((line) => (line.length < MOST ? line : `${line.slice(0, MOST)}${CUT}`)));
    }),
  );
});

test('a line that is too long is told of once, by its id, whatever the chunks', async () => {
  const told: unknown[] = [];
  const limit = new LineLimit(40, (id) => told.push(id));
  const passed = text(limit);
  const lines = `{"jsonrpc":"2.0","id":1}\n{"id":"two","pad":"${'x'.repeat(90_000)}"}\n{"pad":"${'x'.repeat(90_000)}","id":3}\n{"id":4}${' '.repeat(50)}\n`;
  for (let from = 0; from < lines.length; from += 7) limit.write(Buffer.from(lines.slice(from, from + 7)));
  limit.end();
  await passed;
  expect(told).toEqual(['two', 3, 4]);
});

test('what is left of a line that only has too many spaces is no message', async () => {
  const [line = ''] = await through([`{}${' '.repeat(50)}\n`]);
  expect(() => JSON.parse(line)).toThrow();
});
