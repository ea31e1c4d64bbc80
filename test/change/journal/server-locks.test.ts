// Locks between real processes: nobody gets in while another holds them, and those of killed holders are taken over by one.
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { fileNameOf } from '../../../src/change/journal/lock-name.js';
import { acquireServerLocks } from '../../../src/change/journal/server-locks.js';
import { run } from '../../../src/exec/run.js';
import { NetnsError } from '../../../src/model/errors.js';
import { output, test } from '../../support/journal-harness.js';
import { Sandbox, until } from '../../support/sandbox.js';

async function errorOf(work: Promise<unknown>): Promise<NetnsError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof NetnsError) return error;
  throw new Error(`no error of the table: ${String(error)}`);
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function locksIn(state: string): string[] {
  return readdirSync(join(state, 'locks')).filter((name) => name !== '.takeover');
}

describe('free locks', () => {
  test('are taken at once and given back, whatever their keys are', async ({ processes: { state } }) => {
    const keys = ['inode:4026531840', 'x;y', '../../etc', '.takeover', '', 'é'.repeat(300), 'a', 'a', '\ud800'];
    const locks = await acquireServerLocks(state, keys, undefined, 0);
    expect([locks.waited, locks.tookOver]).toEqual([false, false]);
    expect(locksIn(state)).toHaveLength(8);
    locks[Symbol.dispose]();
    expect(locksIn(state)).toEqual([]);
  });

  test('of different keys have different names', () => {
    expect(new Set(['a', 'A', 'a.', '.a', 'a/b', 'a b', '#a', '', 'x'.repeat(101)].map(fileNameOf)).size).toBe(9);
  });

  test('are given back only by their holder', async ({ processes: { state } }) => {
    const locks = await acquireServerLocks(state, ['a', 'b'], undefined, 0);
    const file = join(state, 'locks', 'a');
    const other = `${readlinkSync(file)}0`;
    symlinkSync(other, `${file}.new`);
    renameSync(`${file}.new`, file);
    locks[Symbol.dispose]();
    expect(locksIn(state)).toEqual(['a']);
  });
});

describe('locks that another server holds', () => {
  test('are waited for', async ({ processes: { state } }) => {
    const first = await acquireServerLocks(state, ['a'], undefined, 0);
    const second = acquireServerLocks(state, ['b', 'a'], undefined, 5_000);
    setTimeout(() => first[Symbol.dispose](), 60);
    using locks = await second;
    expect([locks.waited, locks.tookOver]).toEqual([true, false]);
  });

  test('are not waited for longer than asked: the error names the holder, and no lock is kept', async ({ processes }) => {
    const { child } = await processes.said('hold', 'b');
    const error = await errorOf(acquireServerLocks(processes.state, ['a', 'b'], undefined, 50));
    expect(error).toMatchObject({ code: 'CHANGE_BUSY', message: expect.stringContaining(`process ${child.pid},`), details: { key: 'b', pid: child.pid } });
    expect(locksIn(processes.state)).toEqual(['b']);
  });

  test('are not waited for once the call is cancelled', async ({ processes }) => {
    await processes.said('hold', 'b');
    const error = await errorOf(acquireServerLocks(processes.state, ['a', 'b'], AbortSignal.timeout(50), 10_000));
    expect(error.code).toBe('CANCELLED');
    expect(locksIn(processes.state)).toEqual(['b']);
  });

  test('are taken over when that server was killed', async ({ processes }) => {
    const { child } = await processes.said('hold', 'a', 'b');
    await processes.kill(child);
    using locks = await acquireServerLocks(processes.state, ['a', 'b', 'c'], undefined, 5_000);
    expect([locks.waited, locks.tookOver]).toEqual([true, true]);
  });

  test('are taken over when they are of an earlier boot', async ({ processes: { state } }) => {
    mkdirSync(join(state, 'locks'), { recursive: true });
    symlinkSync(`00000000-0000-4000-8000-000000000000.4026531836.${process.pid}.1.1`, join(state, 'locks', 'a'));
    using locks = await acquireServerLocks(state, ['a'], undefined, 5_000);
    expect(locks.tookOver).toBe(true);
  });

  test('are taken over by one server at a time', async ({ processes: { state } }) => {
    const file = join(state, 'locks', 'a');
    const guard = join(state, 'locks', '.takeover');
    const dead = `00000000-0000-4000-8000-000000000000.4026531836.${process.pid}.1.1`;
    mkdirSync(join(state, 'locks'), { recursive: true });
    symlinkSync(dead, file);
    const other = new AbortController();
    const ended = run(['flock', '--exclusive', '--no-fork', guard, 'sleep', '20'], { timeoutMs: 20_000, signal: other.signal });
    try {
      await until('another takes a lock over', async () => (await run(['flock', '--nonblock', guard, 'true'])).exitCode === 1);
      const taking = acquireServerLocks(state, ['a'], undefined, 10_000);
      await sleep(200);
      expect(readlinkSync(file)).toBe(dead);
      other.abort();
      using locks = await taking;
      expect(locks.tookOver).toBe(true);
    } finally {
      other.abort();
      await ended;
    }
  });

  test('are left alone when the holder lives in another PID namespace, and the error says so', async ({ processes }) => {
    const sandbox = await Sandbox.open();
    try {
      const held = await sandbox.start(processes.argv('hold', processes.state, 'a'));
      await new Promise((resolve) => held.process.stdout.once('data', resolve));
      await held[Symbol.asyncDispose]();
      const error = await errorOf(acquireServerLocks(processes.state, ['a'], undefined, 60));
      expect(error).toMatchObject({
        code: 'CHANGE_BUSY',
        message: expect.stringContaining('PID namespace'),
        hint: expect.stringContaining(join(processes.state, 'locks', 'a')),
      });
    } finally {
      await sandbox[Symbol.asyncDispose]();
    }
  });

  test('are left alone when what is there is no lock of this version', async ({ processes: { state } }) => {
    mkdirSync(join(state, 'locks'), { recursive: true });
    writeFileSync(join(state, 'locks', 'a'), 'v2');
    expect((await errorOf(acquireServerLocks(state, ['a'], undefined, 30))).code).toBe('CHANGE_BUSY');
    expect(readFileSync(join(state, 'locks', 'a'), 'utf8')).toBe('v2');
  });
});

test('a zombie holds nothing: its parent may leave it there for ever', async ({ processes }) => {
  await using sandbox = await Sandbox.open();
  // The shell that starts the holder turns into a program that never asks for its end. Only then is the holder killed: the shell would ask.
  const script = '"$@" >"$0/said" & echo $! >"$0/pid"; exec sleep 60';
  const { innerPid } = await sandbox.start(['bash', '-c', script, processes.folder, ...processes.argv('hold', processes.state, 'a')]);
  await until('the holder holds', () => readIfThere(join(processes.folder, 'said')) !== '');
  await until('its parent is another program', async () => (await sandbox.ok(['cat', `/proc/${innerPid}/comm`])) === 'sleep\n');
  const pid = readIfThere(join(processes.folder, 'pid')).trim();
  await sandbox.ok(['kill', '-KILL', pid]);
  await until('the holder is a zombie', async () => / Z /.test(await sandbox.ok(['cat', `/proc/${pid}/stat`])));
  const told = await sandbox.run(processes.argv('once-locked', processes.state, 'a'), { timeoutMs: 20_000 });
  expect(JSON.parse(told.stdout.toString())).toEqual({ waited: true, tookOver: true });
});

test('twenty servers count under one lock and lose nothing, though some are killed while they hold it', async ({ processes }) => {
  const file = join(processes.folder, 'count');
  writeFileSync(file, '0');
  const ROUNDS = 4;
  await Promise.all(Array.from({ length: 20 }, (_, n) => output(processes.start('count', file, String(ROUNDS), ...(n % 4 === 0 ? ['die'] : [])))));
  expect(Number(readFileSync(file, 'utf8'))).toBe(20 * ROUNDS);
});
