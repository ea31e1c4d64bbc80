// What every tool keeps to. The messages tell how to mend it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { offerOf } from '../../src/server/mcp/offer.js';
import { annotationsOf } from '../../src/server/mcp/result.js';
import { TOOLSETS } from '../../src/server/tool.js';
import { TOOLS } from '../../tools/index.js';

const root = join(import.meta.dirname, '..', '..');
const MOST_TOOLS = 20;
const MOST_TOKENS = 5_000;
/** With every toolset asked for by name. */
const MOST_TOKENS_OF_ALL = 12_000;
const MOST_TOKENS_OF_ONE = 400;
const LONGEST_DESCRIPTION = 220;

/** Fields that say by their name what they are. A name that has a meaning of its own in one tool is described there all the same. */
const SELF_EVIDENT = [
  'a',
  'action',
  'format',
  'b',
  'cursor',
  'detail',
  'device',
  'dry_run',
  'from',
  'kinds',
  'limit',
  'mac',
  'metric',
  'namespace',
  'port',
  'protocol',
];
const ALSO_SELF_EVIDENT = ['weight', 'type', 'via', 'scope', 'sections', 'stdin', 'timeout_ms', 'tool', 'up'];

type Schema = z.core.JSONSchema.BaseSchema;

/** Tools that clients can see; the others are members of one of them. */
const LISTED = TOOLS.filter(({ listed }) => listed !== 'never');
/** Tools for past changes: there is nothing to be tried without effect. */
const OF_THE_JOURNAL = ['undo_change', 'confirm_change', 'show_change'];

function tokensOf(tool: (typeof TOOLS)[number]): number {
  return encode(JSON.stringify(offerOf(tool).listed)).length;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}

/** Every schema in a schema, with where it is. */
function* within(schema: Schema, path = ''): Generator<{ path: string; schema: Schema }> {
  yield { path, schema };
  const inner: [string, unknown][] = [
    ...Object.entries(schema.properties ?? {}),
    ...Object.entries(schema.$defs ?? {}),
    ...(schema.anyOf ?? []).map((each): [string, unknown] => ['?', each]),
    ['[]', schema.items],
    ['{}', schema.additionalProperties],
  ];
  for (const [name, each] of inner) if (isSchema(each)) yield* within(each, `${path}.${name}`);
}

function inputOf(tool: (typeof TOOLS)[number]): Schema {
  return z.toJSONSchema(tool.input, { io: 'input' });
}

test('every toolset that can be chosen has tools', () => {
  expect(TOOLSETS.filter((toolset) => !TOOLS.some((tool) => tool.toolset === toolset))).toEqual([]);
});

/** Every operation's file, by its name. */
const OPERATION_FILES = new Map(
  readdirSync(join(root, 'src/change/operations'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('table.ts'))
    .map((path) => [basename(path), join(root, 'src/change/operations', path)]),
);
/** Tools for several operations of one kind of object. */
const GROUPS = ['change_address', 'change_route'];

describe.each(TOOLS.map((tool) => [tool.name, tool] as const))('%s', (name, tool) => {
  const file = `${name.replaceAll('_', '-')}.ts`;

  test('is snake_case, and declared in the file of its name, whose first line is its name', () => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    if (GROUPS.includes(name)) return;
    const places = [join(root, 'tools', tool.toolset, file), OPERATION_FILES.get(file) ?? ''].filter((place) => existsSync(place));
    expect(places, `declare ${name} in tools/${tool.toolset}/${file}, or as an operation in src/change/operations/${file}`).toHaveLength(1);
    expect(readFileSync(places[0] ?? '', 'utf8').split('\n')[0]).toBe(`// ${name}`);
  });

  test('has a title, and a description that is a short sentence', () => {
    expect(tool.title).toMatch(/^[A-Z][^.]*[^.]$/);
    expect(tool.description).toMatch(/^[A-Z].*[.]$/);
    expect(tool.description.length, 'every client carries it in every conversation: say it shorter').toBeLessThanOrEqual(LONGEST_DESCRIPTION);
    expect(TOOLSETS).toContain(tool.toolset);
  });

  test('refuses unknown fields at every level of its input', () => {
    const open = [...within(inputOf(tool))].filter(
      ({ schema: { type, properties, additionalProperties } }) =>
        // Further fields of a stated type are the operation's own to check, such as settings of a kind of link.
        type === 'object' && properties !== undefined && additionalProperties !== false && Object.keys(additionalProperties ?? {}).length === 0,
    );
    expect(
      open.map(({ path }) => path),
      'use z.strictObject',
    ).toEqual([]);
  });

  test('has a strict output', () => {
    expect(z.toJSONSchema(tool.output, { io: 'input' }).additionalProperties, 'use z.strictObject').toBe(false);
  });

  test('tells by its hints what its effect is', () => {
    const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = annotationsOf(tool);
    expect(readOnlyHint).toBe(tool.effect === 'read' || tool.effect === 'probe');
    expect(destructiveHint).toBe(readOnlyHint ? undefined : tool.effect === 'destroy');
    expect(idempotentHint).toBe(readOnlyHint ? undefined : tool.idempotent);
    expect(openWorldHint).toBe(tool.effect === 'probe' || tool.effect === 'run');
  });

  test('takes dry_run, and answers with the record of the change, when it changes something', () => {
    if (OF_THE_JOURNAL.includes(name)) return;
    const changes = tool.effect === 'change' || tool.effect === 'destroy';
    if (tool.effect !== 'run') expect('dry_run' in tool.input.shape).toBe(changes);
    expect('change' in tool.output.shape).toBe(changes);
  });
});

describe.each(LISTED.map((tool) => [tool.name, tool] as const))('%s, as it is listed,', (name, tool) => {
  test('describes every field of its input that does not speak for itself', () => {
    const fields = [...within(offerOf(tool).listed.inputSchema as Schema)].flatMap(({ path, schema }) =>
      Object.entries(schema.properties ?? {}).map(([field, inner]) => ({ path: `${path}.${field}`, field, inner })),
    );
    const mute = fields.filter(
      ({ field, inner }) => typeof inner === 'object' && inner.description === undefined && ![...SELF_EVIDENT, ...ALSO_SELF_EVIDENT].includes(field),
    );
    expect(
      mute.map(({ path }) => path),
      'describe it in a few words, or add its name to the list in this test',
    ).toEqual([]);
  });

  test('has the schema that clients know', async () => {
    const text = `${JSON.stringify(offerOf(tool).listed, null, 2)}\n`;
    await expect(text, `what clients see of ${name} changed. When it is meant to: npx vitest run test/conventions/tools.test.ts -u`).toMatchFileSnapshot(
      join(import.meta.dirname, 'schemas', `${name}.json`),
    );
  });

  test(`costs at most ${MOST_TOKENS_OF_ONE} tokens to list`, () => {
    expect(tokensOf(tool), 'shorten descriptions, or leave rare fields out of the list').toBeLessThanOrEqual(MOST_TOKENS_OF_ONE);
  });
});

describe('all tools', () => {
  test(`are at most ${MOST_TOOLS}, and cost at most ${MOST_TOKENS} tokens to list`, () => {
    const always = LISTED.filter(({ listed }) => listed === undefined || listed === 'always');
    expect(always.length).toBeLessThanOrEqual(MOST_TOOLS);
    expect(always.reduce((sum, tool) => sum + tokensOf(tool), 0)).toBeLessThanOrEqual(MOST_TOKENS);
    expect(LISTED.reduce((sum, tool) => sum + tokensOf(tool), 0)).toBeLessThanOrEqual(MOST_TOKENS_OF_ALL);
  });

  test('have names of their own', () => {
    expect(new Set(TOOLS.map(({ name }) => name)).size).toBe(TOOLS.length);
  });

  test('are all those that are declared', () => {
    const operations = [...OPERATION_FILES.keys()];
    const others = TOOLSETS.flatMap((toolset) => (existsSync(join(root, 'tools', toolset)) ? readdirSync(join(root, 'tools', toolset)) : []));
    const names = [...operations, ...others, ...GROUPS].map((file) => file.replace(/\.ts$/, '').replaceAll('-', '_'));
    expect(TOOLS.map(({ name }) => name).sort(), 'publish it in tools/index.ts or tools/change.ts').toEqual(names.sort());
  });

  test('leave no schema behind', () => {
    const files = readdirSync(join(import.meta.dirname, 'schemas')).map((file) => file.replace(/\.json$/, ''));
    expect(
      files.filter((name) => !LISTED.some((tool) => tool.name === name)),
      'delete the schema of a tool that is gone',
    ).toEqual([]);
  });
});
