// From operations to published tools: one of its own for each, or one for several that belong together.
import { z } from 'zod';
import { asked } from '../change/engine.js';
import type { Operation } from '../change/operation.js';
import { ChangeRecord } from '../model/change.js';
import { parseArguments } from './call/input.js';
import { CHANGE_OPTIONS, type ChangeOptions, prepareChange, recordText, type Told } from './change-call.js';
import { UNLISTED } from './mcp/schema.js';
import type { Answer, CallContext, Listing, PreparedCall, Tool } from './tool.js';

/** The answer of one operation: the change, and the object as it is now. */
function answerOf(operation: Operation, input: z.output<z.ZodObject>, context: CallContext) {
  return ({ record, outcomes, change, dryRun, verdict }: Told): Answer<{ change: ChangeRecord }> => {
    const shown = operation.show(input, change.world().redacted(context.services.policy.redacts));
    const told = dryRun ? verdict : [operation.tell(z.strictObject(operation.result).parse(shown), input)];
    const commands = outcomes.flatMap((outcome) => outcome.commands);
    return { output: { change: record, ...shown }, text: [recordText(record, record.changed ? commands : []), ...told].join('\n') };
  };
}

function prepareOne(tool: string, operation: Operation, input: z.output<z.ZodObject>, options: ChangeOptions, context: CallContext) {
  return prepareChange(tool, [asked(operation, input)], options, context, answerOf(operation, input, context));
}

function optionsIn({ dry_run, confirm_within_seconds, ...input }: Record<string, unknown>): { options: ChangeOptions; input: Record<string, unknown> } {
  return { options: z.object(CHANGE_OPTIONS).parse({ dry_run, confirm_within_seconds }), input };
}

/** The fields of a shape with those marked that are taken but not listed. */
function marked(shape: Record<string, z.ZodType>, unlisted: readonly string[]): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, unlisted.includes(name) ? field.meta(UNLISTED) : field]));
}

/**
 * The tool that publishes an operation under its own name.
 * @param listed `never` when it is a member of another tool. @param unlisted Fields that are taken but not listed, to keep the list short.
 */
export function changeTool(operation: Operation, listed: Listing = 'always', unlisted: readonly string[] = []): Tool {
  const { name, title, description, action, destroys } = operation;
  return {
    name,
    title,
    description,
    toolset: 'change',
    effect: destroys ? 'destroy' : 'change',
    idempotent: true,
    action,
    listed,
    input: operation.input.safeExtend({ ...marked(operation.input.shape, unlisted), ...CHANGE_OPTIONS }),
    output: z.strictObject({ change: ChangeRecord, ...operation.result }),
    async prepare(given, context): Promise<PreparedCall<{ change: ChangeRecord }>> {
      const { options, input } = optionsIn(given);
      return await prepareOne(name, operation, input, options, context);
    },
  };
}

/** Operations under one tool: the caller says which by `action`. */
export interface GroupedOperations {
  name: string;
  title: string;
  description: string;
  /** By the word that the caller says. */
  members: Readonly<Record<string, Operation>>;
  /** Fields that are taken but not listed, to keep the list short. */
  unlisted?: readonly string[];
}

/** A field of several members: it must be given when all of them demand it. */
function mergedShape(members: readonly Operation[]): Record<string, z.ZodType> {
  const names = new Set(members.flatMap(({ input }) => Object.keys(input.shape)));
  return Object.fromEntries(
    [...names].map((name) => {
      const fields = members.map(({ input }): z.ZodType | undefined => input.shape[name]);
      const field = fields.find((each) => each !== undefined);
      if (field === undefined) throw new Error(`no field ${name}`);
      return [name, fields.every((each) => each !== undefined) ? field : field.optional()];
    }),
  );
}

/** The tool that publishes several operations of one kind of object. */
export function groupedTool({ name, title, description, members, unlisted = [] }: GroupedOperations): Tool {
  const operations = Object.values(members);
  const [first] = operations;
  if (!first) throw new Error(`${name} has no operations`);
  return {
    name,
    title,
    description,
    toolset: 'change',
    effect: operations.some(({ destroys }) => destroys) ? 'destroy' : 'change',
    idempotent: true,
    action: first.action,
    actions: operations.map(({ action }) => action),
    input: z.strictObject({ action: z.enum(Object.keys(members)), ...marked(mergedShape(operations), unlisted), ...CHANGE_OPTIONS }),
    output: z.strictObject({
      change: ChangeRecord,
      ...Object.fromEntries(operations.flatMap(({ result }) => Object.entries(result)).map(([key, schema]) => [key, (schema as z.ZodType).optional()])),
    }),
    async prepare(given, context): Promise<PreparedCall<{ change: ChangeRecord }>> {
      const { options, input: all } = optionsIn(given);
      const { action, ...input } = all;
      const operation = members[String(action)];
      if (!operation) throw new Error(`${name} has no action ${String(action)}`);
      const own = Object.fromEntries(
        Object.entries(input).filter(([key, value]) => value !== undefined && !isDefaultOfAnother(operation, operations, key, value)),
      );
      return await prepareOne(name, operation, parseArguments({ name: `${name} ${String(action)}`, input: operation.input }, own), options, context);
    },
  };
}

/** A field that the caller did not give, and that has come with the default of another member. */
function isDefaultOfAnother(operation: Operation, operations: readonly Operation[], key: string, value: unknown): boolean {
  if (key in operation.input.shape) return false;
  return operations.some(({ input }) => {
    const parsed = (input.shape[key] as z.ZodType | undefined)?.safeParse(undefined);
    return parsed?.success === true && JSON.stringify(parsed.data) === JSON.stringify(value);
  });
}
