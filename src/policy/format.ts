// The format of a policy file: what zod checks, and the JSON Schema that editors use.
import { z } from 'zod';
import { ALL_ACTIONS } from '../model/actions.js';
import { EFFECTS, REDACTIONS } from '../model/policy.js';
import { ALLOWED_PROGRAMS, RESOLVER } from './grammar/names.js';
import { ACTION_GROUPS, actionProblem } from './patterns/actions.js';
import { ADDRESS_GRAMMAR, readAddressPattern } from './patterns/addresses.js';
import { readCommandPattern } from './patterns/commands.js';
import { readLinkPattern } from './patterns/links.js';
import { problemOf } from './patterns/list.js';
import { NAMESPACE_GRAMMAR, readNamespacePattern } from './patterns/namespaces.js';
import { readPathPattern } from './patterns/paths.js';

const MOST_RULES = 200;

/** A list of patterns of which each is checked. */
function patterns(problem: (text: string) => string | null, description: string, examples: readonly string[]) {
  const pattern = z
    .string()
    .max(256)
    .superRefine((text, context) => {
      const message = problem(text);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .meta({ examples: [...examples] });
  return z.array(pattern).min(1).max(100).describe(description);
}

/** One printable line. */
const Sentence = z
  .string()
  .min(1)
  .max(300)
  .regex(/^[^\p{Cc}\p{Cf}\u2028\u2029]+$/u, 'one line without control characters');

export const RuleFile = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, '1-40 of a-z 0-9 -')
      .describe('Names the rule in every decision; unique in the file'),
    effect: z.enum(EFFECTS).describe('deny beats ask beats allow; what no rule covers is denied'),
    actions: patterns(actionProblem, 'Actions, or globs of them', ['*', ...ACTION_GROUPS, ...ALL_ACTIONS]),
    namespaces: patterns((text) => problemOf(readNamespacePattern, text), NAMESPACE_GRAMMAR, ['*', 'host', 'owned', 'other', '!host']).optional(),
    links: patterns((text) => problemOf(readLinkPattern, text), 'Links by name, or globs of names; ! before one for all but', ['veth*']).optional(),
    protected: z.literal(true).optional().describe('Only links that keep somebody connected: loopback, the default route’s, the client’s own'),
    addresses: patterns((text) => problemOf(readAddressPattern, text), ADDRESS_GRAMMAR, ['10.0.0.0/8', 'fd00::/8', RESOLVER, 'name:*.example.com']).optional(),
    commands: patterns(
      (text) => problemOf(readCommandPattern, text),
      'A program, or a program and globs of its words as they run; ** stands for any number of words; ! before one for all but',
      [...ALLOWED_PROGRAMS, 'ip route show **'],
    ).optional(),
    paths: patterns((text) => problemOf(readPathPattern, text), 'Absolute paths, or globs of them; ! before one for all but', [
      '/etc/network/if-up.d/*',
    ]).optional(),
    hosts: z.array(z.literal('local')).min(1).max(1).optional().describe('Hosts that it holds on: today only the one that the server runs on'),
    reason: Sentence.describe('Why, in one sentence; callers read it in each decision'),
  })
  .describe('Holds where all of its matchers fit; a matcher that is left out fits everything');
export type RuleFile = z.output<typeof RuleFile>;

export const PolicyFile = z.strictObject({
  version: z.literal(1),
  name: z.string().regex(/^[a-z0-9-]{1,40}$/, '1-40 of a-z 0-9 -'),
  description: Sentence,
  redact: z.array(z.enum(REDACTIONS)).max(REDACTIONS.length).optional().describe('What readings leave out'),
  rules: z.array(RuleFile).min(1).max(MOST_RULES),
});
export type PolicyFile = z.output<typeof PolicyFile>;

/** The text of policies/policy.schema.json. */
export function policySchemaText(): string {
  const schema = z.toJSONSchema(PolicyFile, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ ...schema, title: 'netns-mcp policy' }, null, 2)}\n`;
}
