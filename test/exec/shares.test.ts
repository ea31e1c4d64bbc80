// Sharing work among workers.
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { shares, sideBySide } from '../../src/exec/shares.js';

test('nothing more is begun once it is over, though others end later', async () => {
  const begun: number[] = [];
  let isOver = false;
  const work = async (item: number) => {
    begun.push(item);
    if (item === 1) isOver = true;
    else await setTimeout(20);
  };
  await sideBySide([0, 1, 2, 3, 4, 5], work, { most: 2, isOver: () => isOver });
  expect(begun).toEqual([0, 1]);
});

test('never more than so many at a time, and every one', async () => {
  const done: number[] = [];
  let [now, most] = [0, 0];
  await sideBySide(
    [1, 2, 3, 4, 5, 6, 7],
    async (item) => {
      most = Math.max(most, ++now);
      await setTimeout(1);
      now--;
      done.push(item);
    },
    { most: 3 },
  );
  expect(most).toBe(3);
  expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('what fails is told', async () => {
  await expect(sideBySide([1, 2], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('shares are nearly equal, and none is empty', () => {
  expect(shares([1, 2, 3, 4, 5], 2)).toEqual([
    [1, 3, 5],
    [2, 4],
  ]);
  expect(shares([1], 4)).toEqual([[1]]);
});
