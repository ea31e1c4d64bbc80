// Arguments of a call: parsed by the tool's schema, with errors that say what to write instead.
import { z } from 'zod';
import { fail } from '../../model/errors.js';
import { nearest, visible } from '../../model/text.js';
import type { Tool } from '../tool.js';

type Issue = z.core.$ZodIssue;

function where({ path }: Issue): string {
  return path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`), '');
}

/** The keys that a schema has at a path, for "did you mean". */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.ZodType | undefined = schema;
  for (const part of path) {
    const object: z.ZodType | undefined = at && unwrapped(at);
    at = object instanceof z.ZodObject ? object.shape[String(part)] : object instanceof z.ZodArray ? (object.element as z.ZodType) : undefined;
  }
  const object = at && unwrapped(at);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) return unwrapped(schema.unwrap() as z.ZodType);
  return schema;
}

/** A word of the caller's, short enough to be told back to him. */
function shown(word: string): string {
  return visible(word.length > LONGEST_SHOWN ? `${word.slice(0, LONGEST_SHOWN)}…` : word);
}

function sentence(issue: Issue, schema: z.ZodType): string {
  const at = shown(where(issue));
  if (issue.code !== 'unrecognized_keys') return `${at === '' ? '' : `${at}: `}${visible(issue.message)}`;
  const known = keysAt(schema, issue.path);
  const told = issue.keys.slice(0, MOST_ISSUES).map((key) => {
    const near = nearest(key, known, 1);
    return `"${shown(key)}"${near.length > 0 ? ` (did you mean ${near[0]}?)` : ''}`;
  });
  const more = issue.keys.length > MOST_ISSUES ? ` and ${issue.keys.length - MOST_ISSUES} more` : '';
  return `unknown field ${told.join(', ')}${more}${at === '' ? '' : ` in ${at}`}`;
}

const MOST_ISSUES = 5;
const LONGEST_SHOWN = 80;

/**
 * Parses the arguments of a call.
 * @throws NetnsError INVALID_INPUT naming the fields that are wrong.
 */
export function parseArguments<Input extends z.ZodObject>(tool: Pick<Tool<Input>, 'name' | 'input'>, raw: unknown): z.output<Input> {
  const parsed = tool.input.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const first = issues.slice(0, MOST_ISSUES).map((issue) => ({ path: shown(where(issue)), says: sentence(issue, tool.input) }));
  const fields = Object.entries(tool.input.shape).map(([name, field]) => ((field as z.ZodType).safeParse(undefined).success ? `${name}?` : name));
  const told = `${first.map(({ says }) => says).join('; ')}${issues.length > MOST_ISSUES ? ` and ${issues.length - MOST_ISSUES} more` : ''}`;
  return fail('INVALID_INPUT', `${tool.name}: ${told}${/[.?]$/.test(told) ? '' : '.'}`, `It takes {${fields.join(', ')}}. Nothing was done.`, {
    issues: first.map(({ path, says }) => ({ path, message: says })),
  });
}
