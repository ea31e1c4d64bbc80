// A tool's schemas as clients see them: JSON Schema without what only costs tokens.
import { z } from 'zod';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A bound that nobody comes near who does not mean nonsense. */
const LARGE = 65_535;

/** Leaves out of one schema what says nothing to a reader, or what another keyword says already. */
function trim({ jsonSchema: schema, path }: { jsonSchema: JsonSchema; path: readonly PropertyKey[] }, io: 'input' | 'output'): void {
  // Guards against nonsense: whoever meets one is told by the error, in words.
  if (schema.minimum !== undefined && schema.minimum <= 1) delete schema.minimum;
  if (schema.maximum !== undefined && schema.maximum >= LARGE) delete schema.maximum;
  delete schema.minItems;
  delete schema.maxItems;
  delete schema.minLength;
  delete schema.maxLength;
  delete schema.pattern;
  // Every key of a JSON object is a string, and what is not forbidden is permitted.
  delete schema.propertyNames;
  if (typeof schema.additionalProperties === 'object' && Object.keys(schema.additionalProperties).length === 0) delete schema.additionalProperties;
  if (io === 'input') return;
  // Answers are held against the strict schema here. What is published is looser: a later version may tell more, and clients that
  // keep a schema must not stumble over that; which fields are always there is written in docs/tools.md.
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  if (path.length === 0) return;
  // What is inside an object shows in every answer, and is told in docs/tools.md: in the list it would only cost.
  delete schema.required;
  delete schema.properties;
}

/** Marks a field that is taken but not listed: whoever needs it finds it in the resource netns://operations. */
export const UNLISTED = { unlisted: true } as const;

function isUnlisted(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'unlisted' in schema;
}

/** Leaves out the fields that are taken but not listed; then the schema cannot forbid others. */
function withoutUnlisted(json: Record<string, unknown>): Record<string, unknown> {
  const { properties, ...rest } = json;
  if (typeof properties !== 'object' || properties === null || !Object.values(properties).some(isUnlisted)) return json;
  const { additionalProperties: _, ...open } = rest;
  return { ...open, properties: Object.fromEntries(Object.entries(properties).filter(([, schema]) => !isUnlisted(schema))) };
}

/** `anyOf` something and null, in the short form. */
function mergeNullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mergeNullable);
  if (typeof value !== 'object' || value === null) return value;
  const { anyOf, ...rest } = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mergeNullable(inner)]));
  if (!Array.isArray(anyOf)) return anyOf === undefined ? rest : { anyOf, ...rest };
  const [other, none] = anyOf;
  const canMerge = anyOf.length === 2 && typeof other.type === 'string' && other.enum === undefined && none.type === 'null';
  return canMerge ? { ...other, ...rest, type: [other.type, 'null'] } : { anyOf, ...rest };
}

const made = new WeakMap<z.ZodObject, Partial<Record<'input' | 'output', Record<string, unknown>>>>();

/** The JSON Schema of what goes in or comes out, made once. */
export function jsonSchemaOf(schema: z.ZodObject, io: 'input' | 'output'): Record<string, unknown> {
  const known = made.get(schema) ?? {};
  made.set(schema, known);
  // An answer is what its schema takes in: nothing in it is transformed on the way out.
  known[io] ??= (() => {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', override: (context) => trim(context, io) });
    return withoutUnlisted(mergeNullable(json) as Record<string, unknown>);
  })();
  return known[io];
}
