// apply_changes
import { z } from 'zod';
import { asked } from '../../src/change/engine.js';
import { OPERATIONS, operationNamed } from '../../src/change/operations/table.js';
import type { Asked } from '../../src/change/plan/planning.js';
import { ChangeRecord } from '../../src/model/change.js';
import { fail, NetnsError } from '../../src/model/errors.js';
import { nearest, visible } from '../../src/model/text.js';
import { parseArguments } from '../../src/server/call/input.js';
import { CHANGE_OPTIONS, prepareChange, recordText } from '../../src/server/change-call.js';
import { defineTool } from '../../src/server/tool.js';

const MOST_CHANGES = 10_000;

const Result = z.strictObject({ op: z.string(), changed: z.boolean(), commands: z.array(z.array(z.string())) });

/** One entry of the list as the operation that it names, with its arguments. @throws NetnsError INVALID_INPUT saying which entry. */
function askedIn({ op, ...args }: Record<string, unknown>, at: number): Asked {
  const where = `changes[${at}]`;
  if (typeof op !== 'string') return fail('INVALID_INPUT', `${where} has no op.`, 'Each is {"op": NAME, …arguments of that operation}. Nothing was done.');
  const operation = operationNamed(op);
  if (!operation) {
    const names = OPERATIONS.map(({ name }) => name);
    const near = nearest(op, names);
    return fail(
      'INVALID_INPUT',
      `${where}: there is no operation "${visible(op)}".`,
      `${near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `There are ${names.join(', ')}.`} Nothing was done.`,
      { near },
    );
  }
  try {
    return asked(operation, parseArguments({ name: `${where}: ${op}`, input: operation.input }, args));
  } catch (error) {
    if (error instanceof NetnsError) throw new NetnsError(error.code, error.message, error.hint, { ...error.details, at }, error);
    throw error;
  }
}

export const applyChanges = defineTool({
  name: 'apply_changes',
  title: 'Apply many changes at once',
  description:
    'Carries out a list of operations as one transaction: all or nothing, one undo. Each is planned on what those before it make. Also for rules, nftables, sysctls, VLANs, shaping.',
  toolset: 'change',
  effect: 'destroy',
  idempotent: true,
  action: 'link.create',
  actions: [...new Set(OPERATIONS.map(({ action }) => action))],
  input: z.strictObject({
    changes: z
      .array(z.record(z.string(), z.unknown()))
      .min(1)
      .max(MOST_CHANGES)
      .describe('Each {op: NAME, …its arguments}; resource netns://operations tells them'),
    ...CHANGE_OPTIONS,
  }),
  output: z.strictObject({ change: ChangeRecord, results: z.array(Result) }),
  prepare: ({ changes, ...options }, context) =>
    prepareChange('apply_changes', changes.map(askedIn), options, context, ({ record: { commands: _, ...record }, outcomes, verdict }) => ({
      output: { change: record, results: [...outcomes] },
      text: [
        recordText(
          record,
          outcomes.flatMap(({ changed, commands }) => (changed ? commands : [])),
        ),
        ...verdict,
      ].join('\n'),
    })),
});
