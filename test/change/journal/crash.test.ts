// What is left of the journal when a server is killed, a file is torn or the disk fails, and what a newer version wrote.
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { Journal } from '../../../src/change/journal/journal.js';
import { ownTag } from '../../../src/change/journal/process-identity.js';
import { LOOK_EVERY } from '../../../src/change/journal/tidy.js';
import { codeOf, contents, makeTidy, open, output, planned, test } from '../../support/journal-harness.js';
import { Sandbox } from '../../support/sandbox.js';

/** The journal as the driver writes it. */
function anyBody(state: string) {
  return new Journal(state, { plan: z.unknown(), outcome: z.unknown() });
}

describe('after a crash', () => {
  test('a plan torn at any byte is no entry, and goes when the journal is tidied; the whole one stays', ({ processes: { state } }) => {
    const journal = open(state);
    const whole = journal.begin(planned('whole'));
    const changes = dirname(whole.folder);
    const length = statSync(join(whole.folder, 'plan.json')).size;
    for (let size = 0; size < length; size++) {
      const torn = join(changes, `${1_000_000_000_000 + size}-torn-${size}`);
      cpSync(whole.folder, torn, { recursive: true });
      truncateSync(join(torn, 'plan.json'), size);
    }
    expect(journal.list().entries.map(({ id }) => id)).toEqual(['whole']);
    expect(journal.list().unreadable).toEqual([]);
    makeTidy(journal, changes);
    expect(readdirSync(changes).filter((name) => name.includes('torn'))).toEqual([]);
    expect(journal.find('whole')?.plan).toEqual(whole.plan);
  });

  test('a torn plan whose change went on is kept for a person to look at', ({ processes: { state } }) => {
    const journal = open(state);
    const entry = journal.begin(planned('a'));
    entry.transition(['running'], 'applied');
    truncateSync(join(entry.folder, 'plan.json'), 10);
    makeTidy(journal, dirname(entry.folder));
    expect(journal.list().unreadable).toEqual([entry.folder]);
    expect(journal.find('a')).toBeNull();
  });

  test('a torn outcome was never written', ({ processes: { state } }) => {
    const entry = open(state).begin(planned('a'));
    entry.writeOutcome({ steps: 1 });
    truncateSync(join(entry.folder, 'outcome.json'), 20);
    expect(entry.outcome()).toBeNull();
  });

  test('of a server killed between plan and outcome, the change is there and its server is dead', async ({ processes }) => {
    const { child } = await processes.said('begin', 'a');
    const journal = anyBody(processes.state);
    expect(journal.find('a')?.serverLiveness()).toBe('alive');
    await processes.kill(child);
    const entry = journal.find('a');
    expect([entry?.serverLiveness(), entry?.state(), entry?.outcome()]).toEqual(['dead', 'running', null]);
  });

  test('of servers killed at any moment while they make changes, every entry is whole and no begun change is missing', async ({ processes }) => {
    for (let round = 0; round < 10; round++) {
      const child = processes.start('storm', `round-${round}`);
      const text = output(child);
      await once(child.stdout, 'data');
      await sleep(Math.random() * 30);
      await processes.kill(child);
      const told = (await text).split('\n').slice(0, -1);
      const { entries, unreadable } = anyBody(processes.state).list();
      expect(unreadable).toEqual([]);
      const there = new Set(entries.map(({ id }) => id));
      expect(told.filter((id) => !there.has(id))).toEqual([]);
      for (const entry of entries)
        expect([entry.serverLiveness(), entry.outcome() === null ? entry.state() : 'ended']).toEqual(['dead', expect.stringMatching(/running|ended/)]);
    }
    const changes = join(processes.state, 'changes');
    makeTidy(open(processes.state), changes);
    expect(readdirSync(changes).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('a folder that a dead server had begun to make goes, that of a living one stays', async ({ processes }) => {
    const { child } = await processes.said('begin', 'a');
    const changes = join(processes.state, 'changes');
    const server = anyBody(processes.state).find('a')?.plan.server;
    const halves = [`.${ownTag()}.mine`, `.${[server?.boot_id, server?.pid_namespace, server?.pid, server?.start].join('.')}.theirs`, '.not-ours'];
    for (const half of halves) mkdirSync(join(changes, half));
    const left = () =>
      readdirSync(changes)
        .filter((name) => name.startsWith('.'))
        .sort();
    makeTidy(open(processes.state), changes);
    expect(left()).toEqual([...halves].sort());
    await processes.kill(child);
    makeTidy(open(processes.state), changes);
    expect(left()).toEqual([halves[0], '.not-ours'].sort());
  });
});

describe('of a newer version', () => {
  test.for([true, false])('an entry is told, refused and never touched (in a form that we know: %s)', (isKnown, { processes: { state } }) => {
    const journal = open(state, { entries: LOOK_EVERY, bytes: 0 });
    const { folder } = journal.begin(planned('new'));
    journal.find('new')?.transition(['running'], 'undone');
    writeFileSync(join(folder, 'plan.json'), JSON.stringify({ version: 2, anything: [1] }));
    if (!isKnown) {
      renameSync(join(folder, 'state.undone'), join(folder, 'state.parked'));
      writeFileSync(join(folder, 'steps.bin'), '');
    }
    const before = contents(folder);
    expect(journal.list()).toEqual({ entries: [], newer: [{ id: 'new', newer_version: 2 }], unreadable: [] });
    expect(codeOf(() => journal.find('new'))).toBe('JOURNAL_NEWER');
    makeTidy(journal, dirname(folder));
    expect(contents(folder)).toEqual(before);
  });

  test('an outcome is refused', ({ processes: { state } }) => {
    const entry = open(state).begin(planned('a'));
    writeFileSync(join(entry.folder, 'outcome.json'), '{"version":2}');
    expect(codeOf(() => entry.outcome())).toBe('JOURNAL_NEWER');
  });

  test('a folder of another layout is kept', ({ processes: { state } }) => {
    const journal = open(state);
    const { folder } = journal.begin(planned('a'));
    renameSync(join(folder, 'plan.json'), join(folder, 'plan.cbor'));
    makeTidy(journal, dirname(folder));
    expect(journal.list().unreadable).toEqual([folder]);
  });
});

describe('on a disk that cannot be written to', () => {
  const FULL = 'mount -t tmpfs -o size=64k,nr_inodes=64 none "$0"; mkdir "$0/changes"; dd if=/dev/zero of="$0/filler" bs=4k 2>/dev/null || true';
  const FULL_OF_FILES = 'mount -t tmpfs -o size=1m,nr_inodes=6 none "$0"; mkdir "$0/changes"; touch "$0/1" "$0/2"';
  const READ_ONLY = 'mount -t tmpfs none "$0"; mkdir "$0/changes"; mount -o remount,ro "$0"';

  test.for([
    ['full', FULL],
    ['full of files', FULL_OF_FILES],
    ['read-only', READ_ONLY],
  ])('%s: no change begins, and nothing of it is left', async ([, script = ''], { processes }) => {
    await using sandbox = await Sandbox.open();
    mkdirSync(processes.state);
    await sandbox.ok(['bash', '-euc', script, processes.state]);
    const { exitCode, stdout } = await sandbox.run(processes.argv('once', processes.state, 'a'));
    expect([exitCode, JSON.parse(stdout.toString())]).toEqual([1, { error: expect.objectContaining({ code: 'STATE_UNWRITABLE' }) }]);
    expect(await sandbox.ok(['ls', '-A', join(processes.state, 'changes')])).toBe('');
  });

  test('full: the state can still be changed, and what was written stays', async ({ processes }) => {
    await using sandbox = await Sandbox.open();
    mkdirSync(processes.state);
    await sandbox.ok(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', processes.state]);
    await sandbox.ok(processes.argv('once', processes.state, 'a'));
    await sandbox.sh(`dd if=/dev/zero of=${processes.state}/filler bs=4k 2>/dev/null || true`);
    expect(JSON.parse(await sandbox.ok(processes.argv('finish', processes.state, 'a')))).toEqual({
      transition: { won: true, state: 'undoing' },
      outcome: 'STATE_UNWRITABLE',
    });
    expect((await sandbox.ok(['sh', '-c', `ls -A ${processes.state}/changes/*`])).split('\n').filter(Boolean)).toEqual(['plan.json', 'state.undoing']);
  });
});
