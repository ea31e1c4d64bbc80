// This server's own table of nftables: one per namespace, of which each rule says in its comment to what it belongs.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { statementsOf, tableBlock, tableKey } from '../../../model/nftables.js';
import type { FirewallTable } from '../../../model/objects.js';
import { nftScript } from '../../objects/firewall.js';
import type { Touch } from '../../operation.js';
import { isPlanned } from '../../plan/places.js';
import type { World } from '../../plan/world.js';

export const OWN = { family: 'inet', name: 'netns_mcp' } as const;
const TABLE = tableKey(OWN);

/**
 * Its chains, with the hook and the priority at which each works (nft(8), chains; NAT in the inet family: Linux 5.2). The kill switch comes last of
 * all: nothing that happens to a packet before, a mark that sends it another way or an `accept`, changes what it sees.
 */
export const CHAINS = {
  input: 'type filter hook input priority filter',
  forward: 'type filter hook forward priority filter',
  output: 'type filter hook output priority filter',
  prerouting: 'type nat hook prerouting priority dstnat',
  postrouting: 'type nat hook postrouting priority srcnat',
  kill_switch: 'type filter hook postrouting priority 300',
} as const;
export type ChainName = keyof typeof CHAINS;

/** A rule of the table, as nft prints it, and the id in its comment. */
export interface OwnRule {
  id: string | null;
  text: string;
}

export interface OwnChain {
  name: string;
  /** What is in front of its rules. */
  head: string;
  rules: OwnRule[];
}

export interface OwnTable {
  chains: OwnChain[];
  /** Lines of it that belong to no chain: somebody has put something else there. */
  others: string[];
}

/** The rules that belong together under one id, and where they go. */
export interface Wanted {
  id: string;
  chain: ChainName;
  /** Without their comments. */
  rules: readonly string[];
  /** Where in the chain; without it last, and wherever they are if they are there. */
  at?: 'first' | 'last' | undefined;
}

/** An id by which rules are found again: the same for the same wish. */
export function ruleId(name: string, wish: unknown): string {
  return `${name}-${createHash('sha256').update(JSON.stringify(wish)).digest('hex').slice(0, 8)}`;
}

/** An id as `ruleId` makes it. */
export const RuleId = z.string().regex(/^[a-z-]{1,40}-[0-9a-f]{8}$/, 'a rule id such as drop-1f0a55c2');

/**
 * The tables of a namespace.
 * @throws NetnsError READ_FAILED when they could not be read.
 */
export function tablesIn(world: World, namespace: string): readonly FirewallTable[] {
  const { firewall } = world.state(namespace);
  if (firewall) return firewall;
  if (isPlanned(world.at(namespace))) return [];
  return fail(
    'READ_FAILED',
    `The firewall of ${placeName(world.at(namespace))} could not be read.`,
    'netns-mcp doctor tells whether nft is installed and whether this kernel has nftables.',
  );
}

/** What is in our table, from how nft prints it; empty when there is none. */
export function ownTable(tables: readonly FirewallTable[]): OwnTable {
  const text = tables.find((table) => tableKey(table) === TABLE)?.text ?? '';
  const own: OwnTable = { chains: [], others: [] };
  let chain: OwnChain | null = null;
  for (const line of text.split('\n').slice(1, -1)) {
    const [, name] = /^\tchain (\S+) \{$/.exec(line) ?? [];
    if (name !== undefined) {
      chain = { name, head: '', rules: [] };
      own.chains.push(chain);
    } else if (line === '\t}' && chain) chain = null;
    else if (!chain) own.others.push(line);
    else if (chain.head === '' && line.startsWith('\t\ttype ')) chain.head = line.trim();
    else if (line !== '') chain.rules.push({ id: /comment "([^"]*)"$/.exec(line)?.[1] ?? null, text: line.trim() });
  }
  own.others = own.others.filter((line) => line !== '');
  return own;
}

/** The table as nft would print it; null when nothing is in it. */
export function ownTableText({ chains, others }: OwnTable): string | null {
  if (chains.length === 0 && others.length === 0) return null;
  const blocks = chains.map(({ name, head, rules }) => [`\tchain ${name} {`, `\t\t${head}`, ...rules.map(({ text }) => `\t\t${text}`), '\t}'].join('\n'));
  return [`table ${TABLE} {`, ...others, blocks.join('\n\n'), '}'].filter((part) => part !== '').join('\n');
}

/** The table with what is wanted in it, and with no other rules of that id. */
export function withWanted(own: OwnTable, { id, chain: name, rules, at }: Wanted): OwnTable {
  const known = own.chains.find((chain) => chain.name === name);
  const others = (known?.rules ?? []).filter((rule) => rule.id !== id);
  const placed = rules.map((text) => ({ id, text: `${text} comment "${id}"` }));
  const chain = { name, head: known?.head ?? `${CHAINS[name]}; policy accept;`, rules: at === 'first' ? [...placed, ...others] : [...others, ...placed] };
  return { ...own, chains: known ? own.chains.map((each) => (each === known ? chain : each)) : [...own.chains, chain] };
}

/** The table without the rules of an id, and without chains that are empty then. */
export function without(own: OwnTable, id: string): OwnTable {
  const chains = own.chains.flatMap((chain) => {
    if (!chain.rules.some((rule) => rule.id === id)) return [chain];
    const rules = chain.rules.filter((rule) => rule.id !== id);
    return rules.length === 0 ? [] : [{ ...chain, rules }];
  });
  return { ...own, chains };
}

/** True when those rules are in their chain already, where they are wanted. */
export function isThere(own: OwnTable, { id, chain: name, rules, at }: Wanted): boolean {
  const all = own.chains.find((chain) => chain.name === name)?.rules ?? [];
  const end = at === 'first' ? all.slice(0, rules.length) : at === 'last' ? all.slice(-rules.length) : all;
  return all.filter((rule) => rule.id === id).length === rules.length && end.filter((rule) => rule.id === id).length === rules.length;
}

/** A command of nft(8) that puts what is wanted into the table, which others may have in use meanwhile: only its own chain is touched. */
export function addWords(own: OwnTable, wanted: Wanted): { args: string[]; stdin?: string } {
  const { id, chain, rules, at } = wanted;
  const known = own.chains.find(({ name }) => name === chain);
  const base = [`add table ${TABLE}`, `add chain ${TABLE} ${chain} { ${CHAINS[chain]}; policy accept; }`];
  if (known?.rules.some((rule) => rule.id === id)) return rewriteWords(withWanted(own, wanted), chain);
  const verb = at === 'first' ? 'insert' : 'add';
  const ordered = at === 'first' ? rules.toReversed() : rules;
  return { args: [[...(known ? [] : base), ...ordered.map((text) => `${verb} rule ${TABLE} ${chain} ${text} comment "${id}"`)].join('; ')] };
}

/** A command that leaves of each changed chain what is to be left, of an empty one nothing, and no empty table. */
export function removeWords(own: OwnTable, id: string): { args: string[]; stdin?: string } {
  const left = without(own, id);
  if (ownTableText(left) === null) return { args: ['delete', 'table', OWN.family, OWN.name] };
  const lines = own.chains
    .filter(({ rules }) => rules.some((rule) => rule.id === id))
    .flatMap(({ name }) =>
      left.chains.some((chain) => chain.name === name) ? rewriteLines(left, name) : [`flush chain ${TABLE} ${name}`, `delete chain ${TABLE} ${name}`],
    );
  return nftScript(lines);
}

function rewriteWords(own: OwnTable, chain: string): { args: string[]; stdin?: string } {
  return nftScript(rewriteLines(own, chain));
}

/** nft(8) deletes a rule by its handle alone, which is not known here: the chain is filled anew, in one transaction. */
function rewriteLines(own: OwnTable, name: string): string[] {
  const rules = own.chains.find((chain) => chain.name === name)?.rules ?? [];
  return [`flush chain ${TABLE} ${name}`, ...rules.map(({ text }) => `add rule ${TABLE} ${name} ${text}`)];
}

/** Our table of a namespace, as something that a change may alter. */
export function ownTouch(namespace: string): Touch {
  return { namespace, kind: 'firewall', key: TABLE };
}

/** Hooks of base chains in a table (nft(8), chains). */
export function hooksOf({ text }: Pick<FirewallTable, 'text'>): Set<string> {
  const bodies = statementsOf(text).flatMap((statement) => tableBlock(statement)?.body ?? []);
  return new Set(bodies.flatMap((body) => [...body.matchAll(/\btype \w+ hook (\w+)/g)].map(([, hook = '']) => hook)));
}
