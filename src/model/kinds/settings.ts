// What a caller writes of a kind of link, read strictly: every field must be one of that kind.
import { z } from 'zod';
import type { Settings } from '../objects.js';
import { nearest, visible } from '../text.js';
import type { LinkKindName } from './table.js';
import { LINK_KINDS } from './table.js';

/** What is wrong with one field, in words that say what to write instead. */
export interface Problem {
  field: string;
  message: string;
}

export type ParsedSettings = { settings: Settings; problems?: never } | { problems: [Problem, ...Problem[]] };

const schemas = new Map<LinkKindName, z.ZodObject>();

/** The fields of a kind as a strict object, made once. */
function settingsSchema(kind: LinkKindName): z.ZodObject {
  const { attributes, shorthands = {} } = LINK_KINDS[kind];
  const made =
    schemas.get(kind) ??
    z.strictObject(Object.fromEntries(Object.entries({ ...attributes, ...shorthands }).map(([field, { schema }]) => [field, schema.optional()])));
  schemas.set(kind, made);
  return made;
}

/** The settings of a new link of that kind, shorthands and standard values filled in; or what is wrong with them. */
export function parseSettings(kind: LinkKindName, raw: Readonly<Record<string, unknown>>): ParsedSettings {
  const parsed = settingsSchema(kind).safeParse(raw);
  const { attributes, shorthands = {} } = LINK_KINDS[kind];
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => problemsOf(kind, issue)),
    ...Object.entries(attributes)
      .filter(([field, { isRequired, unless }]) => isRequired && raw[field] === undefined && (unless === undefined || !raw[unless]))
      .map(([field, { unless }]) => ({ field, message: `a ${kind} link needs it${unless === undefined ? '' : `, or ${unless}`}` })),
  ];
  const [first, ...others] = problems;
  if (first) return { problems: [first, ...others] };

  const given = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).parse(parsed.data);
  const standards = Object.entries(attributes).flatMap(([field, { standard, unless }]) =>
    standard === undefined || (unless !== undefined && given[unless] !== undefined) ? [] : [[field, standard]],
  );
  const spelledOut = Object.entries(shorthands).flatMap(([word, { stands }]) => {
    const value = given[word];
    return value === undefined ? [] : stands.map((field) => [field, value]);
  });
  const own = Object.entries(given).filter(([field]) => !Object.hasOwn(shorthands, field));
  return { settings: Object.fromEntries([...standards, ...spelledOut, ...own]) };
}

function problemsOf(kind: LinkKindName, issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [{ field: String(issue.path[0] ?? ''), message: issue.message }];
  const known = Object.keys(settingsSchema(kind).shape);
  return issue.keys.map((key) => {
    const near = nearest(key, known, 2);
    const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : known.length > 0 ? `; it has ${known.join(', ')}` : '; it has none';
    return { field: visible(key), message: `no setting of a ${kind} link${hint}` };
  });
}
