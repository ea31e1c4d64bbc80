// What the operations on our own table have in common: planning a rule, foreseeing it, and showing it.
import { z } from 'zod';
import { tableKey } from '../../../model/nftables.js';
import { count } from '../../../model/text.js';
import { ALREADY_SO, type Decided, step } from '../../operation.js';
import type { Foreseen } from '../../plan/foreseen.js';
import type { World } from '../../plan/world.js';
import { addWords, hooksOf, isThere, OWN, type OwnTable, ownTable, ownTableText, ownTouch, tablesIn, type Wanted, withWanted } from './firewall.js';

export const ShownRules = {
  rule: z
    .strictObject({ id: z.string(), chain: z.string(), rules: z.array(z.string()), position: z.number() })
    .nullable()
    .describe('null: not there'),
  notes: z.array(z.string()),
};
type Shown = z.output<z.ZodObject<typeof ShownRules>>;

/** The plan that puts what is wanted into the table. */
export function planRules(world: World, namespace: string, wanted: Wanted, more: Partial<Decided> = {}): Decided {
  const own = ownTable(tablesIn(world, namespace));
  if (isThere(own, wanted)) return ALREADY_SO;
  const { args, ...input } = addWords(own, wanted);
  return { steps: [step(world.at(namespace), args, { program: 'nft', ...input })], loses: [], undoable: true, touches: [ownTouch(namespace)], ...more };
}

export function foreseeRules(foreseen: Foreseen, namespace: string, wanted: Wanted): void {
  foreseeTable(foreseen, namespace, withWanted(ownTable(tablesIn(foreseen, namespace)), wanted));
}

export function foreseeTable(foreseen: Foreseen, namespace: string, own: OwnTable): void {
  const text = ownTableText(own);
  foreseen.drop(namespace, 'firewall', (table) => tableKey(table) === tableKey(OWN));
  if (text !== null) foreseen.put(namespace, 'firewall', { ...OWN, text });
}

/** The rules of an id as they are in the table. */
export function shownRules(world: World, namespace: string, id: string, notes: readonly string[] = []): z.input<z.ZodObject<typeof ShownRules>> {
  const { chains } = ownTable(world.state(namespace).firewall ?? []);
  const chain = chains.find(({ rules }) => rules.some((rule) => rule.id === id));
  const rules = chain?.rules.filter((rule) => rule.id === id).map(({ text }) => text.replace(/ comment "[^"]*"$/, '')) ?? [];
  const position = (chain?.rules.findIndex((rule) => rule.id === id) ?? -1) + 1;
  return { rule: chain ? { id, chain: chain.name, rules, position } : null, notes: [...notes] };
}

/** In one line, and a line for each note. */
export function tellRules({ rule, notes }: Shown, { namespace }: { namespace: string }): string {
  const what = rule ? `${rule.id} (${rule.chain}, ${rule.position}.): ${rule.rules.join('; ')}` : 'there is no such rule';
  return [`${namespace}: ${what}`, ...notes].join('\n');
}

/**
 * What else judges packets at a hook. A packet passes only if every base chain of the hook lets it: an `accept` ends one of them, a `drop` all
 * (nft(8), verdict statements).
 */
export function othersAt(world: World, namespace: string, hook: string): string[] {
  const tables = (world.state(namespace).firewall ?? []).filter((table) => tableKey(table) !== tableKey(OWN));
  const legacy = tables.filter(({ text }) => text === '').map(({ family, name }) => `${family} -t ${name} -S`);
  const others = tables.filter((table) => hooksOf(table).has(hook)).map(tableKey);
  return [
    ...(others.length > 0
      ? [`Other tables have chains at ${hook} (${others.join(', ')}): what one of them drops stays dropped, whatever is allowed here.`]
      : []),
    ...(legacy.length > 0
      ? [`${count(legacy.length, 'table')} of iptables-legacy may have rules besides, which nft does not show: see ${legacy.join(', ')}.`]
      : []),
  ];
}
