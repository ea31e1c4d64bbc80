// Runs inside a sandbox: the reading and changing rooms themselves, driven by JSON lines on standard input.
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { asked, ChangeEngine, type PreparedChange } from '../../src/change/engine.js';
import { OPERATIONS } from '../../src/change/operations/table.js';
import { keepGuard } from '../../src/change/past/guard.js';
import { findChange, summaryOf } from '../../src/change/past/history.js';
import { journalOf } from '../../src/change/past/record.js';
import { recover } from '../../src/change/past/recovery.js';
import { undoChange } from '../../src/change/past/undo.js';
import { LiveKernel } from '../../src/kernel/live.js';
import { Marks, stateDirectory } from '../../src/kernel/marks.js';
import { EVERYTHING } from '../../src/kernel/view.js';
import { toNetnsError } from '../../src/model/errors.js';
import { Permit } from '../../src/model/permit.js';
import { ALL_SECTIONS, type Section } from '../../src/model/snapshot.js';

const state = stateDirectory();
const marks = new Marks(state);
const kernel = new LiveKernel(marks, EVERYTHING);
const journal = journalOf(state);
const driver = process.argv[1] ?? '';
const engine = new ChangeEngine({ kernel, marks, journal, stateDirectory: state, guardCommand: (id) => [process.execPath, driver, 'guard', id] });

const Request = z.discriminatedUnion('method', [
  z.strictObject({ id: z.number(), method: z.literal('resolve'), reference: z.string() }),
  z.strictObject({ id: z.number(), method: z.literal('read'), reference: z.string(), sections: z.array(z.string()) }),
  z.strictObject({ id: z.number(), method: z.literal('survey'), sections: z.array(z.string()) }),
  z.strictObject({ id: z.number(), method: z.literal('ids'), reference: z.string() }),
  z.strictObject({
    id: z.number(),
    method: z.literal('prepare'),
    list: z.array(z.strictObject({ op: z.string(), input: z.unknown() })),
    dry_run: z.boolean(),
    confirm: z.number().nullable(),
  }),
  z.strictObject({ id: z.number(), method: z.literal('make'), key: z.number() }),
  z.strictObject({ id: z.number(), method: z.literal('abort'), key: z.number() }),
  z.strictObject({ id: z.number(), method: z.literal('dispose'), key: z.number() }),
  z.strictObject({ id: z.number(), method: z.literal('undo'), change: z.string(), partial: z.boolean() }),
  z.strictObject({ id: z.number(), method: z.literal('changes') }),
  z.strictObject({ id: z.number(), method: z.literal('recover') }),
]);
type Request = z.infer<typeof Request>;

const prepared = new Map<number, { change: PreparedChange; list: { op: string; input: unknown }[]; abort: AbortController }>();
/** Resolved namespaces stay open until the driver ends, as they would during a call. */
const isSection = (text: string): text is Section => ALL_SECTIONS.some((section) => section === text);

function operationOf(name: string) {
  const operation = OPERATIONS.find((known) => known.name === name);
  if (!operation) throw new Error(`no operation ${name}`);
  return operation;
}

async function prepare(key: number, list: { op: string; input: unknown }[], dryRun: boolean, confirm: number | null): Promise<unknown> {
  const abort = new AbortController();
  const change = await engine.prepare({
    tool: 'test',
    list: list.map(({ op, input }) => asked(operationOf(op), operationOf(op).input.parse(input))),
    signal: abort.signal,
    dryRun,
    confirmWithinSeconds: confirm,
    beforeReading: () => 'allow',
  });
  prepared.set(key, { change, list, abort });
  return { key, foreseen: change.foreseen, subjects: change.subjects, outcomes: change.outcomes };
}

/** What each operation shows of its object now. */
function shownOf(change: PreparedChange, list: { op: string; input: unknown }[]) {
  return list.map(({ op, input }) => {
    const operation = operationOf(op);
    const parsed = operation.input.parse(input);
    const world = change.world();
    // A later operation of the list may have deleted it.
    if (list.length > 1 && !operation.namespaces(parsed).every((reference) => world.find(reference))) return { shown: {}, told: '' };
    const shown = operation.show(parsed, world);
    return { shown, told: operation.tell(z.strictObject(operation.result).parse(shown), parsed) };
  });
}

async function handle(request: Request): Promise<unknown> {
  switch (request.method) {
    case 'resolve': {
      using place = await kernel.resolve(request.reference);
      const { reference, inode, names, isHost, owned, entry } = place;
      return { reference, inode, names, isHost, owned, entry };
    }
    case 'read': {
      using place = await kernel.resolve(request.reference);
      return await kernel.read(place, request.sections.filter(isSection));
    }
    case 'survey': {
      const snapshot = await kernel.survey(request.sections.filter(isSection));
      return { ...snapshot, states: Object.fromEntries(snapshot.states) };
    }
    case 'ids': {
      using place = await kernel.resolve(request.reference);
      return { given: Object.fromEntries(await kernel.idsGivenBy(place)), ...(await kernel.idsOf(place)) };
    }
    case 'prepare':
      return await prepare(request.id, request.list, request.dry_run, request.confirm);
    case 'make': {
      const entry = prepared.get(request.key);
      if (!entry) throw new Error('not prepared');
      const change = await entry.change.make(Permit.issue(entry.change.work));
      const [first] = shownOf(entry.change, entry.list);
      return { change, outcomes: entry.change.outcomes, ...first };
    }
    case 'abort':
      prepared.get(request.key)?.abort.abort();
      return null;
    case 'dispose':
      prepared.get(request.key)?.change[Symbol.dispose]();
      prepared.delete(request.key);
      return null;
    case 'undo':
      return await undoChange(findChange(journal, request.change), engine, request.partial, new AbortController().signal);
    case 'changes':
      return journal.list().entries.map(summaryOf);
    case 'recover':
      return await recover(engine);
  }
}

const write = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** As the guard of a change this is a process of its own. */
const [mode, guarded = ''] = process.argv.slice(2);
if (mode === 'guard') {
  for (const signal of ['SIGHUP', 'SIGPIPE', 'SIGINT'] as const) process.on(signal, () => {});
  process.stdout.on('error', () => {});
  const { isDone } = await keepGuard(engine, guarded, () => write({ ready: true }));
  process.exit(isDone ? 0 : 1);
}
createInterface({ input: process.stdin }).on('line', (line) => {
  const request = Request.parse(JSON.parse(line));
  handle(request).then(
    (result) => write({ id: request.id, result: result ?? null }),
    (error: unknown) => write({ id: request.id, error: { ...toNetnsError(error).toValue(), stack: error instanceof Error ? error.stack : '' } }),
  );
});
write({ ready: true });
