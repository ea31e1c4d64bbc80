// Paging: whole, without repeats, and steady when the list changes between two pages.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { page } from '../../src/server/page.js';
import { brief } from '../../src/server/reading.js';

const self = (n: number) => n;

test('the pages together are the list, sorted, each item once', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat()), fc.integer({ min: 1, max: 7 }), (items, limit) => {
      const seen: number[] = [];
      let cursor: string | undefined;
      do {
        const { items: shown, next_cursor } = page(items, self, cursor, limit);
        expect(shown.length).toBeLessThanOrEqual(limit);
        seen.push(...shown);
        cursor = next_cursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(items.toSorted((a, b) => a - b));
    }),
  );
});

test('what is deleted or made meanwhile makes nothing else be missed or repeated', () => {
  const { items, next_cursor } = page([1, 3, 5, 7], self, undefined, 2);
  expect(items).toEqual([1, 3]);
  expect(page([2, 5, 7, 9], self, next_cursor, 2).items).toEqual([5, 7]);
});

test.for(['', 'after:', 'after:-1', 'after:1x', 'before:1', 'after:\u001b[2J'])('the cursor %j is refused', (cursor) => {
  expect(() => page([1], self, cursor, 1)).toThrow(/is not a cursor of this tool/);
  expect(() => page([1], self, cursor, 1)).not.toThrow(/\u001b/);
});

test('a brief is the first lines that fit, and at least one', () => {
  expect(brief(['aaaa', 'bbbb', 'c'], 10)).toEqual({ shown: ['aaaa', 'bbbb'], more: 1 });
  expect(brief(['a long line', 'b'], 3)).toEqual({ shown: ['a long line'], more: 1 });
  expect(brief([], 3)).toEqual({ shown: [], more: 0 });
});
