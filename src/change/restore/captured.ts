// What a part of the world was at one moment, as the journal keeps it: of each namespace the objects that a change may alter.
import { z } from 'zod';
import { ALL_SECTIONS } from '../../model/snapshot.js';
import { OBJECT_NAMES } from '../objects/object.js';
import { OBJECT_KINDS } from '../objects/table.js';

const ObjectName = z.enum(OBJECT_NAMES);

/** One object; its value is what its kind reads back. */
export const CapturedObject = z.object({ kind: ObjectName, key: z.string(), value: z.unknown() }).check(({ value: { kind, value }, issues }) => {
  if (!OBJECT_KINDS[kind].schema.safeParse(value).success) issues.push({ code: 'custom', input: value, message: `no ${kind}`, path: ['value'] });
});
export type CapturedObject = z.infer<typeof CapturedObject>;

/** Which part of a namespace counts: all of it, links with what hangs on them, single objects. */
export const Scope = z.object({
  whole: z.boolean(),
  links: z.array(z.string()),
  objects: z.array(z.object({ kind: ObjectName, key: z.string() })),
  /** What was read: of other sections nobody knows what was there before. null: there was nothing. */
  sections: z.array(z.enum(ALL_SECTIONS)).nullable(),
});
export type Scope = z.infer<typeof Scope>;

/** A namespace, and what of it was captured. */
export const CapturedPlace = z.object({
  /** Under which it was asked for. */
  references: z.array(z.string()),
  /** null: it did not exist. */
  inode: z.number().nullable(),
  /** When it was made, so that a later one of the same number is not taken for it; null where that cannot be told (see `birthOf`). */
  born: z.string().nullable(),
  names: z.array(z.string()),
  is_host: z.boolean(),
  entry: z.union([z.strictObject({ name: z.string() }), z.strictObject({ path: z.string() })]),
  existed: z.boolean(),
  scope: Scope,
  objects: z.array(CapturedObject),
  /** Some that lived in it, where only its name was touched: by one that still does it is known again. */
  keepers: z.array(z.strictObject({ pid: z.number(), start: z.string() })).optional(),
});
export type CapturedPlace = z.infer<typeof CapturedPlace>;

export const Captured = z.object({ places: z.array(CapturedPlace) });
export type Captured = z.infer<typeof Captured>;

/** How a person would name it. */
export function captureName({ is_host, names, references }: CapturedPlace): string {
  return is_host ? 'host' : (names[0] ?? references[0] ?? 'namespace');
}

/** Tells one object of a capture from all others. */
export function objectId(place: CapturedPlace, { kind, key }: Pick<CapturedObject, 'kind' | 'key'>): string {
  return `${place.references[0]} ${kind} ${key}`;
}

/** Stands for the namespace itself among the ids of its objects. */
export function placeId(place: CapturedPlace): string {
  return `${place.references[0]} namespace`;
}

/** Says of ids whether they are meant: a set, or all but some. */
export interface Ids {
  has(id: string): boolean;
}

/** By reference, the namespaces of captures that were looked up in: these do not change. */
const lookups = new WeakMap<Captured, Map<string, CapturedPlace>>();

/** The same namespace in another capture. */
export function sameIn(captured: Captured, { references }: Pick<CapturedPlace, 'references'>): CapturedPlace | undefined {
  let lookup = lookups.get(captured);
  if (!lookup) {
    // The first that is called so counts.
    lookup = new Map(captured.places.flatMap((place) => place.references.map((reference) => [reference, place] as const)).reverse());
    lookups.set(captured, lookup);
  }
  for (const reference of references) {
    const place = lookup.get(reference);
    if (place) return place;
  }
  return undefined;
}
