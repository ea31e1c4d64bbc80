// What add_rule and delete_rule share: the selectors of a rule as a caller writes them, and the rules that fit them.
import { z } from 'zod';
import { tosNumber } from '../../../kernel/sections/rules.js';
import { protocolName } from '../../../kernel/sources/protocols.js';
import type { Family } from '../../../model/ip.js';
import { networkOf, parsePrefix, prefixText } from '../../../model/ip.js';
import { LinkReference } from '../../../model/names.js';
import type { Subject } from '../../../model/policy.js';
import type { Rule } from '../../../model/snapshot.js';
import { ruleText } from '../../objects/rule.js';
import { linkAt, namespaceAt } from '../../operation.js';
import type { World } from '../../plan/world.js';
import { InNamespace, Table } from '../inputs.js';

/** `all`, or a prefix whose host bits are clear. */
const Selected = z
  .string()
  .max(64)
  .transform((text, context) => {
    if (text === 'all') return text;
    const prefix = parsePrefix(text);
    const network = prefix && prefixText(networkOf(prefix));
    if (prefix && network === prefixText(prefix)) return prefix.length === 0 ? 'all' : network;
    context.addIssue({ code: 'custom', message: network ? `host bits are set: did you mean ${network}?` : 'not "all" or a prefix such as 10.0.0.0/24' });
    return z.NEVER;
  });

const MOST_U32 = 0xffff_ffff;
const hexadecimal = (number: number) => (number === 0 ? '0' : `0x${number.toString(16)}`);

/** A mark, with a mask where not all of its bits count, as iproute2 prints it. */
const Mark = z
  .union([z.number().int(), z.string().regex(/^(0x[0-9A-Fa-f]{1,8}|\d{1,10})(\/(0x[0-9A-Fa-f]{1,8}|\d{1,10}))?$/, 'a mark such as 0x10 or 0x10/0xff')])
  .transform((mark, context) => {
    const [value = 0, mask = MOST_U32] = String(mark).split('/').map(Number);
    if (value >= 0 && value <= MOST_U32 && mask <= MOST_U32) return mask === MOST_U32 ? hexadecimal(value) : `${hexadecimal(value)}/${hexadecimal(mask)}`;
    context.addIssue({ code: 'custom', message: 'a mark has 32 bits' });
    return z.NEVER;
  });

/** One number or a range of them. */
const Span = (most: number) =>
  z
    .union([z.number().int().min(0), z.string().regex(/^\d{1,10}(-\d{1,10})?$/, 'a number, or a range such as 80-90')])
    .transform(String)
    .refine((text) => {
      const [first = 0, last = first] = text.split('-').map(Number);
      return first <= last && last <= most;
    }, `from 0 to ${most}, the lower first`);

const RuleSelectors = {
  family: z.enum(['inet', 'inet6']).optional().describe('Follows from the prefixes; else inet'),
  priority: z.number().int().min(0).max(MOST_U32).optional(),
  from: Selected.optional(),
  to: Selected.optional(),
  not: z.boolean().optional().describe('For packets that do not fit'),
  fwmark: Mark.optional(),
  iif: LinkReference.optional(),
  oif: LinkReference.optional(),
  tos: z.union([z.number().int().min(0).max(255), z.string().regex(/^[A-Za-z0-9]{1,8}$/)]).optional(),
  ipproto: z
    .union([z.number().int().min(1).max(255), z.string().regex(/^[a-z0-9-]{1,16}$/)])
    .transform((protocol) => protocolName(String(protocol)))
    // To the kernel 0 is every protocol (fib_rule_match, net/core/fib_rules.c); programs know it by names, too.
    .refine((protocol) => protocol !== protocolName('0'), { message: 'protocol 0 would be every one: leave it out, or say 4 (ipencap)' })
    .optional(),
  sport: Span(65_535).optional(),
  dport: Span(65_535).optional(),
  uidrange: Span(MOST_U32 - 1)
    .transform((text) => (text.includes('-') ? text : `${text}-${text}`))
    .optional(),
  table: Table.optional(),
  type: z.enum(['unreachable', 'blackhole', 'prohibit', 'nop']).optional().describe('Instead of a table'),
  goto: z.number().int().min(1).max(MOST_U32).optional().describe('Priority to go on at'),
  l3mdev: z.boolean().optional().describe('Table of the VRF'),
  suppress_prefixlength: z.number().int().min(0).max(128).optional(),
};

export const RuleInput = z.strictObject({ namespace: InNamespace, ...RuleSelectors });
export type RuleInput = z.output<typeof RuleInput>;

const TABLES: Readonly<Record<string, string>> = { 253: 'default', 254: 'main', 255: 'local' };

const familyIn = (prefix: string | undefined): Family | null => (prefix === undefined || prefix === 'all' ? null : (parsePrefix(prefix)?.family ?? null));

/** The family that an input says, or its prefixes do. */
function ruleFamily({ family, from, to }: RuleInput): Family {
  return family ?? familyIn(from) ?? familyIn(to) ?? 'inet';
}

/** For `refine`: the prefixes and the family that is said go together. */
export function isOfOneFamily({ family, from, to }: RuleInput): boolean {
  return new Set([family ?? null, familyIn(from), familyIn(to)].filter((known) => known !== null)).size < 2;
}

/** For `refine`: the bits that a rule of that family looks at (fib4_rule_configure, fib6_rule_configure). */
export function fitsTos(input: RuleInput): boolean {
  const bits = Number(tosNumber(String(input.tos)));
  return bits > 0 && (bits & ~(ruleFamily(input) === 'inet' ? 0x1c : 0xfc)) === 0;
}

/** As iproute2 prints it: a host without its length. */
function shownPrefix(prefix: string): string {
  return prefix.replace(/(?<=\..*)\/32$|(?<=:.*)\/128$/, '');
}

function linkName(world: World, namespace: string, reference: string): string {
  return world.findLink(namespace, reference)?.name ?? reference;
}

/** The parts of a rule that an input says; what it leaves open is absent. */
interface Said {
  rule: Partial<Omit<Rule, 'selectors'>>;
  selectors: Record<string, string>;
}

function saidOf(world: World, input: RuleInput): Said {
  const { namespace, priority, from, to, not, fwmark, iif, oif, tos, l3mdev, uidrange, ipproto, sport, dport, suppress_prefixlength, table, type, goto } =
    input;
  const words: Record<string, string | undefined> = {
    not: not ? '' : undefined,
    tos: tos === undefined ? undefined : tosNumber(String(tos)),
    fwmark,
    iif: iif === undefined ? undefined : linkName(world, namespace, iif),
    oif: oif === undefined ? undefined : linkName(world, namespace, oif),
    l3mdev: l3mdev ? '' : undefined,
    ...{ uidrange, ipproto, sport, dport },
    suppress_prefixlength: suppress_prefixlength === undefined ? undefined : String(suppress_prefixlength),
  };
  const action = goto === undefined ? type : 'goto';
  return {
    rule: {
      ...(priority === undefined ? {} : { priority }),
      ...(from === undefined ? {} : { source: shownPrefix(from) }),
      ...(to === undefined ? {} : { destination: to === 'all' ? null : shownPrefix(to) }),
      ...(table === undefined ? {} : { table: TABLES[table] ?? table }),
      ...(action === undefined ? {} : { action }),
      ...(goto === undefined ? {} : { goto }),
    },
    selectors: Object.fromEntries(Object.entries(words).flatMap(([word, value]) => (value === undefined ? [] : [[word, value]]))),
  };
}

/** Rules of the family of an input. */
export function rulesOf(world: World, input: RuleInput): Rule[] {
  return (world.state(input.namespace).rules ?? []).filter(({ family }) => family === ruleFamily(input));
}

/** Rules that have all that an input says, whatever they have besides. */
export function fittingRules(world: World, input: RuleInput): Rule[] {
  const { rule, selectors } = saidOf(world, input);
  return rulesOf(world, input).filter(
    (known) =>
      Object.entries(rule).every(([name, value]) => Object.entries(known).some(([other, actual]) => other === name && actual === value)) &&
      Object.entries(selectors).every(([word, value]) => known.selectors[word] === value),
  );
}

/** The priority that the kernel gives to a rule without one: just before the second of those that are there (fib_default_rule_pref, net/core/fib_rules.c). */
function usualPriority(rules: readonly Rule[]): number {
  const [, second = 0] = rules.map(({ priority }) => priority).sort((a, b) => a - b);
  return second === 0 ? 0 : second - 1;
}

/** The rule that an input makes. */
export function newRule(world: World, input: RuleInput): Rule {
  const { rule, selectors } = saidOf(world, input);
  const isLookup = rule.action === undefined && selectors['l3mdev'] === undefined;
  return {
    ...{
      family: ruleFamily(input),
      priority: usualPriority(rulesOf(world, input)),
      source: 'all',
      destination: null,
      action: null,
      goto: null,
      protocol: null,
    },
    table: isLookup ? 'main' : null,
    ...rule,
    selectors,
  };
}

/** A rule that says the same, at the same priority where the input names one; null when there is none. */
export function sameRule(world: World, input: RuleInput): Rule | null {
  const wanted = newRule(world, input);
  const facts = ({ priority: _, protocol: __, selectors, other_attributes = [], ...rest }: Rule) =>
    JSON.stringify([Object.entries(rest).sort(), Object.entries(selectors).sort(), other_attributes]);
  return rulesOf(world, input).find((known) => facts(known) === facts(wanted) && (input.priority === undefined || known.priority === input.priority)) ?? null;
}

/** The links that some rules name, and the prefixes whose packets they are for. */
export function ruleSubjects(world: World, namespace: string, rules: readonly Rule[]): Subject[] {
  const links = new Set(rules.flatMap(({ selectors }) => [selectors['iif'], selectors['oif']]).filter((name) => name !== undefined));
  const everywhere = (family: Family) => (family === 'inet' ? '0.0.0.0/0' : '::/0');
  const prefixes = rules.flatMap(({ family, source, destination }) => [source === 'all' ? everywhere(family) : source, destination ?? everywhere(family)]);
  return [
    namespaceAt(world, namespace),
    ...[...links].map((link) => linkAt(world, namespace, link)),
    ...[...new Set(prefixes)].map((address): Subject => ({ kind: 'address', address })),
  ];
}

/** Some rules in the manner of `ip rule`. */
export function ruleTexts(rules: readonly Rule[]): string[] {
  return rules.map(ruleText);
}
