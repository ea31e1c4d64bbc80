// Random values for a zod schema: derived from its JSON Schema, and by hints for the fields whose values have to fit what is there.
import fc from 'fast-check';
import { z } from 'zod';

const Schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  minItems: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  pattern: z.string().optional(),
  $defs: z.record(z.string(), z.unknown()).optional(),
});
type Schema = z.infer<typeof Schema>;

/** What a field holds, by `operation.field` or by `field` alone. */
export type Hints = Readonly<Record<string, fc.Arbitrary<unknown>>>;

interface Context {
  operation: string;
  hints: Hints;
  defs: Record<string, unknown>;
}

/** More optional fields at once seldom make sense together. */
const MOST_OPTIONS = 3;
const MOST_ITEMS = 2;
/** Beyond it, numbers only find out that the kernel has limits. */
const MOST_NUMBER = 5_000;

function recordOf({ properties = {}, required = [] }: Schema, context: Context): fc.Arbitrary<Record<string, unknown>> {
  const { operation, hints } = context;
  const fields = new Map(Object.entries(properties).map(([name, schema]) => [name, hints[`${operation}.${name}`] ?? hints[name] ?? valueFor(schema, context)]));
  const pick = (names: readonly string[]) => fc.record(Object.fromEntries([...fields].filter(([name]) => names.includes(name))));
  const optional = [...fields.keys()].filter((name) => !required.includes(name));
  return fc.subarray(optional, { maxLength: Math.min(MOST_OPTIONS, optional.length) }).chain((chosen) => pick([...required, ...chosen]));
}

function valueFor(raw: unknown, context: Context): fc.Arbitrary<unknown> {
  const schema = Schema.parse(raw);
  if (schema.$ref !== undefined) return valueFor(context.defs[schema.$ref.replace('#/$defs/', '')], context);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  const alternatives = schema.anyOf ?? schema.oneOf ?? (Array.isArray(schema.type) ? schema.type.map((type) => ({ ...schema, type })) : null);
  if (alternatives) return fc.oneof(...alternatives.map((each) => valueFor(each, context)));
  const { minimum: min = 0, maximum = MOST_NUMBER } = schema;
  const max = Math.max(min, Math.min(maximum, MOST_NUMBER));
  switch (schema.type) {
    case 'object':
      return recordOf(schema, context);
    case 'array':
      return fc.array(valueFor(schema.items, context), { minLength: schema.minItems ?? 0, maxLength: Math.max(schema.minItems ?? 0, MOST_ITEMS) });
    case 'integer':
      return fc.integer({ min: Math.ceil(min), max });
    case 'number':
      return fc.integer({ min: Math.max(1, Math.ceil(min)), max });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return schema.pattern === undefined
        ? fc.constantFrom('some', 'text')
        : fc.stringMatching(new RegExp(schema.pattern, 'u')).map((text) => text.slice(0, 12));
  }
}

/** Inputs of an operation. What the schema's own checks refuse may be among them. */
export function inputOf(operation: string, schema: z.ZodObject, hints: Hints): fc.Arbitrary<Record<string, unknown>> {
  const json = Schema.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return recordOf(json, { operation, hints, defs: json.$defs ?? {} });
}
