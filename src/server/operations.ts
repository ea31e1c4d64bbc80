// The operations as they are told to a model: what each does, and what it takes.
import type { z } from 'zod';
import type { Operation } from '../change/operation.js';
import { OPERATIONS, operationNamed } from '../change/operations/table.js';
import type { Action } from '../model/actions.js';
import { jsonSchemaOf } from './mcp/schema.js';

/** One operation, with its input as JSON Schema. */
export interface DescribedOperation {
  op: string;
  description: string;
  action: Action;
  input: unknown;
}

/** One operation in a line: its arguments by name, those that may be left out with a question mark. */
export interface OperationLine {
  op: string;
  description: string;
  takes: string;
}

function takes({ input }: Operation): string {
  const fields = Object.entries(input.shape).map(([name, field]: [string, z.ZodType]) => (field.safeParse(undefined).success ? `${name}?` : name));
  return `{${fields.join(', ')}}`;
}

/** All operations, a line each. */
export function describeOperations(): { operations: OperationLine[] } {
  return { operations: OPERATIONS.map((operation) => ({ op: operation.name, description: operation.description, takes: takes(operation) })) };
}

/** One operation; null when there is none of that name. */
export function describeOperation(name: string): DescribedOperation | null {
  const operation = operationNamed(name);
  if (!operation) return null;
  return { op: operation.name, description: operation.description, action: operation.action, input: jsonSchemaOf(operation.input, 'input') };
}
