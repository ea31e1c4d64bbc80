// Runs inside a sandbox: the reading and changing rooms themselves, driven by JSON lines on standard input.
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { shownCommand } from '../../src/change/command.js';
import { ChangeEngine, type PreparedChange } from '../../src/change/engine.js';
import { interruptedChanges } from '../../src/change/in-flight.js';
import type { Operation } from '../../src/change/operation.js';
import { addAddress } from '../../src/change/operations/add-address.js';
import { addRoute } from '../../src/change/operations/add-route.js';
import { createNamespace } from '../../src/change/operations/create-namespace.js';
import { createVethPair } from '../../src/change/operations/create-veth-pair.js';
import { deleteAddress } from '../../src/change/operations/delete-address.js';
import { deleteLink } from '../../src/change/operations/delete-link.js';
import { deleteNamespace } from '../../src/change/operations/delete-namespace.js';
import { deleteRoute } from '../../src/change/operations/delete-route.js';
import { moveLink } from '../../src/change/operations/move-link.js';
import { setLink } from '../../src/change/operations/set-link.js';
import { LiveKernel } from '../../src/kernel/live.js';
import { Marks, stateDirectory } from '../../src/kernel/marks.js';
import { EVERYTHING } from '../../src/kernel/view.js';
import { toNetnsError } from '../../src/model/errors.js';
import { Permit } from '../../src/model/permit.js';
import type { Section } from '../../src/model/snapshot.js';

const state = stateDirectory();
const marks = new Marks(state);
const kernel = new LiveKernel(marks, EVERYTHING);
const engine = new ChangeEngine({ kernel, marks, stateDirectory: state });

function erased<Input extends z.ZodObject, Result extends z.ZodRawShape>(operation: Operation<Input, Result>) {
  return {
    name: operation.name,
    prepare: (input: unknown, signal: AbortSignal) =>
      engine.prepare({ operation, input: operation.input.parse(input), signal, dryRun: false, beforeReading: () => 'allow' }),
    shown(input: unknown, change: PreparedChange) {
      const parsed = operation.input.parse(input);
      const shown = operation.show(parsed, change.world());
      return { shown, told: operation.tell(z.strictObject(operation.result).parse(shown), parsed) };
    },
  };
}

const OPERATIONS = [
  erased(addAddress),
  erased(addRoute),
  erased(createNamespace),
  erased(createVethPair),
  erased(deleteAddress),
  erased(deleteLink),
  erased(deleteNamespace),
  erased(deleteRoute),
  erased(moveLink),
  erased(setLink),
];

const Request = z.discriminatedUnion('method', [
  z.strictObject({ id: z.number(), method: z.literal('resolve'), reference: z.string() }),
  z.strictObject({ id: z.number(), method: z.literal('read'), reference: z.string(), sections: z.array(z.string()) }),
  z.strictObject({ id: z.number(), method: z.literal('survey'), sections: z.array(z.string()) }),
  z.strictObject({ id: z.number(), method: z.literal('ids'), reference: z.string() }),
  z.strictObject({ id: z.number(), method: z.literal('prepare'), operation: z.string(), input: z.unknown() }),
  z.strictObject({ id: z.number(), method: z.literal('make'), key: z.number() }),
  z.strictObject({ id: z.number(), method: z.literal('abort'), key: z.number() }),
  z.strictObject({ id: z.number(), method: z.literal('dispose'), key: z.number() }),
  z.strictObject({ id: z.number(), method: z.literal('interrupted') }),
]);
type Request = z.infer<typeof Request>;

const prepared = new Map<number, { change: PreparedChange; operation: ReturnType<typeof erased>; input: unknown; abort: AbortController }>();
/** Resolved namespaces stay open until the driver ends, as they would during a call. */
const isSection = (text: string): text is Section => /^(links|addresses|routes|rules|neighbours|sockets|sysctls|nsids)$/.test(text);

async function prepare(key: number, name: string, input: unknown): Promise<unknown> {
  const operation = OPERATIONS.find((known) => known.name === name);
  if (!operation) throw new Error(`no operation ${name}`);
  const abort = new AbortController();
  const change = await operation.prepare(input, abort.signal);
  prepared.set(key, { change, operation, input, abort });
  const undo = change.plan.steps.toReversed().flatMap((step) => step.undo.map(shownCommand));
  return { key, foreseen: change.foreseen, subjects: change.subjects, undo };
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
      return await prepare(request.id, request.operation, request.input);
    case 'make': {
      const entry = prepared.get(request.key);
      if (!entry) throw new Error('not prepared');
      const change = await entry.change.make(Permit.issue(entry.change.work));
      return { change, ...entry.operation.shown(entry.input, entry.change) };
    }
    case 'abort':
      prepared.get(request.key)?.abort.abort();
      return null;
    case 'dispose':
      prepared.get(request.key)?.change[Symbol.dispose]();
      prepared.delete(request.key);
      return null;
    case 'interrupted':
      return interruptedChanges(state);
  }
}

const write = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const request = Request.parse(JSON.parse(line));
  handle(request).then(
    (result) => write({ id: request.id, result: result ?? null }),
    (error: unknown) => write({ id: request.id, error: { ...toNetnsError(error).toValue(), stack: error instanceof Error ? error.stack : '' } }),
  );
});
write({ ready: true });
