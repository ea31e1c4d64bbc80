// Random lists of operations, made one by one and as one list, and undone: the world is as it was, object by object.
import fc from 'fast-check';
import { afterAll, describe } from 'vitest';
import { ERROR_CODES } from '../../src/model/errors.js';
import { dump, expectSame } from '../support/dump.js';
import { expect, test } from '../support/fixture.js';
import type { Wanted } from '../support/rooms.js';
import { kindOf, SEQUENCES } from './property/sequences.js';
import { type Stage, Stages } from './stage.js';

/** `npm run property` has more. With the seed of a sequence that failed, and one round, it is that one again. */
const ROUNDS = Number(process.env['NETNS_MCP_PROPERTY_ROUNDS'] ?? 50);
/** The same lists each time, unless another seed is given: `npm run property` gives a new one. */
const SEED = Number(process.env['NETNS_MCP_SEED'] ?? 1) % 1_000_000_000;
/** Looks for the shortest list that fails, which takes its time. */
const SHRINKS = process.env['NETNS_MCP_SHRINK'] === '1';
const LEAST_KINDS = 40;

const stages = new Stages(3);
/** Each stage ends with the last of its many processes. */
const CLEARING_MS = 120_000;
afterAll(() => stages[Symbol.asyncDispose](), CLEARING_MS);

/** What has changed something at least once. */
const kinds = new Set<string>();

/** Undoes changes, the last first. */
async function undoAll({ rooms }: Stage, ids: readonly string[], list: readonly Wanted[]): Promise<void> {
  for (const [at, id] of [...ids.entries()].toReversed()) {
    const undone = await rooms.undo(id);
    expect(undone, `undo of ${JSON.stringify(list[at])}: ${JSON.stringify(undone)}`).toMatchObject({ won: true, state: 'undone', left: [], moved: [] });
  }
}

async function holds(stage: Stage, sequence: readonly Wanted[]): Promise<void> {
  const { sandbox, rooms, before } = stage;
  const made: { id: string; wanted: Wanted }[] = [];
  for (const wanted of sequence) {
    const reply = await rooms.tries([wanted]);
    if (reply.failure) {
      expect(Object.keys(ERROR_CODES), `${JSON.stringify(wanted)}: ${reply.failure.message}`).toContain(reply.failure.code);
      expect(['INTERNAL', 'ROLLBACK_INCOMPLETE', 'READ_FAILED'], `${JSON.stringify(wanted)}: ${reply.failure.message}\n${reply.failure.stack}`).not.toContain(
        reply.failure.code,
      );
    } else if (reply.made.change.id !== null) made.push({ id: reply.made.change.id, wanted });
  }
  for (const { wanted } of made) kinds.add(kindOf(wanted));
  if (made.length === 0) return;
  const list = made.map(({ wanted }) => wanted);
  const after = await dump(sandbox);
  await undoAll(stage, made.map(({ id }) => id), list); // biome-ignore format: one thought
  expectSame(await dump(sandbox), before, `undone one by one: ${JSON.stringify(list)}`);

  const { change } = await rooms.changeList(list);
  expectSame(withoutRandom(await dump(sandbox)), withoutRandom(after), `as one list it comes to the same: ${JSON.stringify(list)}`);
  await undoAll(stage, [change.id ?? ''], [{ op: 'all', input: { list } }]);
  expectSame(await dump(sandbox), before, `undone as one: ${JSON.stringify(list)}`);
}

/** MACs that nobody gave are made up by the kernel, and what follows from them, the order of the routes to them as well. Whether the other end was still in sight when the carrier was lost is chance, too. */
function withoutRandom(text: string): string {
  return text
    .replace(/\b(?!02:00:00)([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, 'MAC')
    .replace(/fe80::[0-9a-f:]+/g, 'fe80::LL')
    .replace(/(?:^\S+ fe80::LL .*\n)+/gm, (routes) => `${routes.trimEnd().split('\n').sort().join('\n')}\n`)
    .replace(/8000\.[0-9a-f:]+/g, 'ID')
    .replaceAll('state LOWERLAYERDOWN', 'state DOWN');
}

describe.concurrent(`random lists of operations, from seed ${SEED} on`, () => {
  test.for(Array.from({ length: ROUNDS }, (_, round) => SEED + round))('seed %i', { timeout: 3_600_000 }, async (seed) => {
    const property = fc.asyncProperty(SEQUENCES, (sequence) => stages.use((stage) => holds(stage, sequence)));
    await fc.assert(property, { seed, numRuns: 1, endOnFailure: !SHRINKS, includeErrorInReport: true });
  });
});

test.skipIf(ROUNDS < 50)(`at least ${LEAST_KINDS} kinds of operations changed something in them`, () => {
  expect([...kinds].sort().join(', ')).toSatisfy(() => kinds.size >= LEAST_KINDS);
});
