// The journal on a real file system: what is written, read back and listed, and who wins a change of state.
import { existsSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { ownIdentity } from '../../../src/change/journal/process-identity.js';
import { codeOf, ofEarlierBoot, open, output, planned, test } from '../../support/journal-harness.js';

describe('an entry', () => {
  test('is found again by another server, with all that was written', ({ processes: { state } }) => {
    const entry = open(state).begin({ ...planned('a-1'), confirm_within_seconds: 30 });
    entry.writeOutcome({ steps: 3 });
    entry.writeGuard({ process: ownIdentity(), deadline_ns: '18446744073709551616', expires_at: '2030-01-01T00:00:00.000Z' });
    const again = open(state).find('a-1');
    expect(again?.plan).toEqual(entry.plan);
    expect(again?.plan).toMatchObject({ tool: 'create_veth_pair', confirm_within_seconds: 30, server: { pid: process.pid }, body: planned('').body });
    expect(again?.outcome()).toMatchObject({ body: { steps: 3 } });
    expect(again?.guard()).toMatchObject({ process: { pid: process.pid }, deadline_ns: '18446744073709551616' });
    expect([again?.state(), again?.isOfThisBoot, again?.serverLiveness()]).toEqual(['running', true, 'alive']);
    expect(open(state).find('a-2')).toBeNull();
  });

  test('has neither outcome nor guard before they are written', ({ processes: { state } }) => {
    const entry = open(state).begin(planned('a'));
    expect([entry.outcome(), entry.guard()]).toEqual([null, null]);
  });

  test('can be read by its owner only', ({ processes: { state } }) => {
    const entry = open(state).begin(planned('a'));
    entry.writeOutcome({ steps: 1 });
    expect(statSync(entry.folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(entry.folder).sort()).toEqual(['outcome.json', 'plan.json', 'state.running']);
    for (const name of readdirSync(entry.folder)) expect(statSync(join(entry.folder, name)).mode & 0o777).toBe(0o600);
  });

  test('of an earlier boot says so, and its server is dead', ({ processes: { state } }) => {
    ofEarlierBoot(open(state).begin(planned('a')).folder);
    const entry = open(state).find('a');
    expect([entry?.isOfThisBoot, entry?.serverLiveness()]).toEqual([false, 'dead']);
  });

  test('goes to another state only from one of those given', ({ processes: { state } }) => {
    const entry = open(state).begin(planned('a'));
    expect(entry.transition(['armed', 'applied'], 'undoing')).toEqual({ won: false, state: 'running' });
    expect(entry.transition(['armed', 'running'], 'undoing')).toEqual({ won: true, state: 'undoing' });
    expect(entry.transition(['undoing'], 'undoing')).toEqual({ won: false, state: 'undoing' });
    expect(readdirSync(entry.folder).filter((name) => name.startsWith('state.'))).toEqual(['state.undoing']);
  });

  test('that is removed has no state and is not listed; one whose state changed meanwhile is not removed', ({ processes: { state } }) => {
    const journal = open(state);
    const entry = journal.begin(planned('a'));
    expect(entry.remove('applied')).toBe(false);
    expect(journal.list().entries).toHaveLength(1);
    expect(entry.remove('running')).toBe(true);
    expect(entry.state()).toBeNull();
    expect(entry.transition(['running'], 'failed')).toEqual({ won: false, state: null });
    expect(journal.list()).toEqual({ entries: [], newer: [], unreadable: [] });
  });

  test.for(['../x', 'a/b', '.', '', 'x'.repeat(65)])('cannot have the id %j, which would be no part of a file name', (id, { processes: { state } }) => {
    expect(codeOf(() => open(state).begin(planned(id)))).not.toBeNull();
    expect(existsSync(state)).toBe(false);
  });
});

describe('the list', () => {
  test('is empty, and makes nothing, where no change was ever made', ({ processes: { state } }) => {
    expect(open(state).list().entries).toEqual([]);
    expect(existsSync(state)).toBe(false);
  });

  test('has the newest last, even when the clock was set back in between', ({ processes: { state } }) => {
    const journal = open(state);
    const { folder } = journal.begin(planned('a'));
    renameSync(folder, join(dirname(folder), '9000000000000-a'));
    for (const id of ['c', 'b']) journal.begin(planned(id));
    expect(journal.list().entries.map(({ id }) => id)).toEqual(['a', 'c', 'b']);
  });

  test('of some states leaves the others unread', ({ processes: { state } }) => {
    const journal = open(state);
    journal.begin(planned('a'));
    const other = journal.begin(planned('b'));
    other.transition(['running'], 'applied');
    writeFileSync(join(other.folder, 'plan.json'), '{}');
    expect(journal.list(['running', 'armed']).entries.map(({ id }) => id)).toEqual(['a']);
    expect(journal.list(['running', 'armed']).unreadable).toEqual([]);
    expect(journal.list().unreadable).toEqual([other.folder]);
  });
});

test('of two servers that want another state of the same entry at once, exactly one wins, 200 times', async ({ processes }) => {
  const journal = open(processes.state);
  const ids = Array.from({ length: 200 }, (_, n) => `race-${n}`);
  for (const id of ids) journal.begin(planned(id)).transition(['running'], 'armed');
  const start = String(process.hrtime.bigint() + 1_000_000_000n);
  const Told = z.object({ won: z.array(z.string()), lost: z.array(z.string().nullable()) });
  const [confirmed, undone] = await Promise.all(
    ['confirmed', 'undoing'].map(async (to) => Told.parse(JSON.parse(await output(processes.start('race', to, start))))),
  );
  expect([...(confirmed?.won ?? []), ...(undone?.won ?? [])].sort()).toEqual([...ids].sort());
  for (const id of ids) expect(journal.find(id)?.state()).toBe(confirmed?.won.includes(id) ? 'confirmed' : 'undoing');
  // Each loser was told what the winner made of it.
  expect(new Set(confirmed?.lost)).toEqual(new Set(undone?.won.length ? ['undoing'] : []));
  expect(new Set(undone?.lost)).toEqual(new Set(confirmed?.won.length ? ['confirmed'] : []));
});
