// A tool's schemas as clients see them: JSON Schema without what only costs tokens.
import { z } from 'zod';

interface StandardSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => { value: Record<string, unknown> } | { issues: readonly { message: string }[] };
    readonly jsonSchema: { input: () => Record<string, unknown>; output: () => Record<string, unknown> };
  };
}

/** Bounds of a safe integer say nothing to a reader. */
function trim({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

const made = new WeakMap<z.ZodObject, Record<'input' | 'output', Record<string, unknown> | undefined>>();

/** The JSON Schema of what goes in or comes out, made once. */
export function jsonSchemaOf(schema: z.ZodObject, io: 'input' | 'output'): Record<string, unknown> {
  const known = made.get(schema) ?? { input: undefined, output: undefined };
  made.set(schema, known);
  const { $schema: _, ...json } = known[io] ?? z.toJSONSchema(schema, { io, override: trim });
  known[io] = json;
  return json;
}

/**
 * A schema that is shown, but lets everything pass: `call` parses the arguments itself, so that a wrong one gets an error of the table
 * with a hint, and not the bare word of a validator.
 */
export function inputJsonSchema(schema: z.ZodObject): StandardSchema {
  const json = () => jsonSchemaOf(schema, 'input');
  return {
    '~standard': {
      version: 1,
      vendor: 'netns-mcp',
      validate: (value) => ({ value: value as Record<string, unknown> }),
      jsonSchema: { input: json, output: json },
    },
  };
}

/** The schema of an answer: shown, and held against every answer. */
export function outputJsonSchema(schema: z.ZodObject): StandardSchema {
  // An answer is what the schema takes in: nothing in it is transformed on the way out.
  const json = () => jsonSchemaOf(schema, 'input');
  return {
    '~standard': {
      version: 1,
      vendor: 'netns-mcp',
      validate(value) {
        const parsed = schema.safeParse(value);
        return parsed.success
          ? { value: parsed.data }
          : { issues: parsed.error.issues.map(({ path, message }) => ({ message: `${path.join('.')}: ${message}` })) };
      },
      jsonSchema: { input: json, output: json },
    },
  };
}
