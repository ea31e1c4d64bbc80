// The fields of a schema, flat and in words, for tables on the reference pages.
import { z } from 'zod';

type Schema = z.core.JSONSchema.BaseSchema;

/** One field of an input or output, flat: `a.addresses[]`. */
export interface Field {
  path: string;
  type: string;
  /** Absent when there may be none. */
  isRequired: boolean;
  default: string | null;
  says: string;
}

/** Follows a reference within the document. */
function resolved(schema: Schema, defs: Readonly<Record<string, Schema>>): Schema {
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1];
  return name === undefined ? schema : { ...defs[name], ...schema };
}

function itemsOf(schema: Schema): Schema | null {
  return typeof schema.items === 'object' && !Array.isArray(schema.items) ? schema.items : null;
}

function boundsOf({ minimum, maximum }: Schema): string {
  const from = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? null : minimum;
  const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? null : maximum;
  if (from !== null && to !== null) return ` ${from}–${to}`;
  return from === null ? (to === null ? '' : ` ≤ ${to}`) : ` ≥ ${from}`;
}

/** A type in a few words: `"tcp" | "udp"`, `integer 1–500`, `string[]`. */
function typeOf(given: Schema, defs: Readonly<Record<string, Schema>>): string {
  const schema = resolved(given, defs);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map((each) => typeOf(each, defs)))].join(' | ');
  if (Array.isArray(schema.type)) return schema.type.join(' | ');
  if (schema.type === 'array') {
    const item = itemsOf(schema);
    const inner = item === null ? 'any' : typeOf(item, defs);
    return `${inner.includes(' ') ? `(${inner})` : inner}[]`;
  }
  if (schema.type === 'object' && !schema.properties && typeof schema.additionalProperties === 'object') {
    const inner = typeOf(schema.additionalProperties, defs);
    return inner === 'any' ? 'object' : `{name: ${inner}}`;
  }
  return `${schema.type ?? 'any'}${boundsOf(schema)}`;
}

/** What of a schema has fields of its own: the object itself, the items of an array, the part of a union that is no null. */
function objectIn(given: Schema, defs: Readonly<Record<string, Schema>>): { object: Schema; suffix: string } | null {
  const schema = resolved(given, defs);
  const item = itemsOf(schema);
  if (item) {
    const inner = objectIn(item, defs);
    return inner && { object: inner.object, suffix: `[]${inner.suffix}` };
  }
  const [part] = (schema.anyOf ?? []).flatMap((each) => objectIn(each, defs) ?? []);
  return part ?? (schema.properties ? { object: schema, suffix: '' } : null);
}

function fieldsOf(object: Schema, defs: Readonly<Record<string, Schema>>, before = ''): Field[] {
  return Object.entries(object.properties ?? {}).flatMap(([name, given]) => {
    if (typeof given === 'boolean') return [];
    const schema = resolved(given, defs);
    const path = `${before}${name}`;
    const field = {
      path,
      type: typeOf(schema, defs),
      isRequired: object.required?.includes(name) ?? false,
      default: schema.default === undefined ? null : JSON.stringify(schema.default),
      says: schema.description ?? '',
    };
    const inner = objectIn(schema, defs);
    return [field, ...(inner ? fieldsOf(inner.object, defs, `${path}${inner.suffix}.`) : [])];
  });
}

/** All fields of an input or output. */
export function fields(schema: z.ZodObject): Field[] {
  const json = z.toJSONSchema(schema, { io: 'input' });
  return fieldsOf(json, (json.$defs ?? {}) as Record<string, Schema>);
}

/** What a single value may be, in a few words. */
export function typeWords(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'input' });
  return typeOf(json, (json.$defs ?? {}) as Record<string, Schema>);
}
