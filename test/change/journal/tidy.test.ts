// What the journal keeps: the newest finished changes, and whatever is not finished.
import { dirname } from 'node:path';
import { expect } from 'vitest';
import type { State } from '../../../src/change/journal/records.js';
import { LOOK_EVERY, tidy } from '../../../src/change/journal/tidy.js';
import { ofEarlierBoot, open, planned, test } from '../../support/journal-harness.js';

/** Writes changes named after their state and place, and tidies. @returns The ids that are left, and their number before. */
function keptOf(state: string, states: readonly State[], limits: { entries: number; bytes: number }, text = '') {
  const journal = open(state);
  let changes = '';
  states.forEach((to, n) => {
    const entry = journal.begin(planned(`${to}-${n}`, [text]));
    entry.transition(['running'], to);
    changes = dirname(entry.folder);
  });
  tidy(changes, limits);
  return journal.list().entries.map(({ id }) => id);
}

const roomFor = (entries: number) => ({ entries: entries + LOOK_EVERY, bytes: 1e9 });

test('the oldest go first, but those that can still be undone last', ({ processes: { state } }) => {
  const states: State[] = ['applied', 'applied', 'undone', 'confirmed', 'failed', 'undone'];
  expect(keptOf(state, states, roomFor(3))).toEqual(['applied-0', 'applied-1', 'undone-5']);
});

test('when only changes that can be undone are left, the oldest of them go', ({ processes: { state } }) => {
  expect(keptOf(state, ['applied', 'undone', 'applied', 'applied'], roomFor(2))).toEqual(['applied-2', 'applied-3']);
});

test('changes of an earlier boot go before those of this one', ({ processes: { state } }) => {
  const journal = open(state);
  const [first, second] = ['new', 'old'].map((id) => journal.begin(planned(id)));
  for (const entry of [first, second]) entry?.transition(['running'], 'applied');
  ofEarlierBoot(second?.folder ?? '');
  tidy(dirname(first?.folder ?? ''), roomFor(1));
  expect(journal.list().entries.map(({ id }) => id)).toEqual(['new']);
});

test('what is not finished stays, however many there are', ({ processes: { state } }) => {
  expect(keptOf(state, ['armed', 'undoing', 'applied', 'armed'], roomFor(0))).toEqual(['armed-0', 'undoing-1', 'armed-3']);
});

test('the size counts too', ({ processes: { state } }) => {
  const kept = keptOf(state, ['undone', 'undone', 'undone', 'undone'], { entries: 1_000, bytes: 250_000 }, 'x'.repeat(100_000));
  expect(kept).toEqual(['undone-2', 'undone-3']);
});

test('there are never more than the limit, whatever is begun', ({ processes: { state } }) => {
  const journal = open(state, { entries: 2 * LOOK_EVERY, bytes: 1e9 });
  let most = 0;
  for (let n = 0; n < 5 * LOOK_EVERY; n++) {
    journal.begin(planned(`n-${n}`)).transition(['running'], 'applied');
    if (n % 10 === 9) most = Math.max(most, journal.list().entries.length);
  }
  expect(most).toBeLessThanOrEqual(2 * LOOK_EVERY);
  expect(journal.list().entries.at(-1)?.id).toBe(`n-${5 * LOOK_EVERY - 1}`);
});
