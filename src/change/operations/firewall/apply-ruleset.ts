// apply_ruleset
import { z } from 'zod';
import { statementsOf, tableBlock, tableKey } from '../../../model/nftables.js';
import type { FirewallTable } from '../../../model/objects.js';
import { clearTable, firewallKind, nftScript, rulesOf } from '../../objects/firewall.js';
import { ALREADY_SO, defineOperation, namespaceAt, step, type Touch } from '../../operation.js';
import { tablesIn } from '../../parts/firewall/firewall.js';
import { addsNothing } from '../../parts/firewall/merge.js';
import { asListed, checkRuleset, MOST_BYTES, tablesOfText } from '../../parts/firewall/ruleset.js';
import { InNamespace } from '../../parts/inputs.js';
import type { World } from '../../plan/world.js';

const Input = z.strictObject({
  namespace: InNamespace,
  ruleset: z.string().min(1).max(MOST_BYTES).describe('Text as of nft -f'),
  mode: z
    .enum(['merge', 'replace_tables', 'replace_all'])
    .default('merge')
    .describe(
      'merge adds, unless all of it is there in that order; replace_tables empties the tables that the text defines first; replace_all empties everything first',
    ),
});
type Input = z.output<typeof Input>;

/** What is put in front of the text, each on a line of its own. */
function ahead({ ruleset, mode }: Input): string[] {
  if (mode === 'merge') return [];
  return mode === 'replace_all' ? ['flush ruleset'] : tablesOfText(ruleset, mode).defined.flatMap(clearTable);
}

/** Tables of nftables that are there and that it alters. */
function altered({ namespace, ruleset, mode }: Input, world: World): FirewallTable[] {
  const { named } = tablesOfText(ruleset, mode);
  const tables = firewallKind.of({ firewall: [...tablesIn(world, namespace)] });
  return mode === 'replace_all' ? tables : tables.filter((table) => named.some((each) => tableKey(each) === tableKey(table)));
}

/** True when the tables of a text are there as it has them. */
function areSame(there: readonly FirewallTable[], wanted: readonly FirewallTable[], mode: Input['mode']): boolean {
  if (mode === 'replace_all' && wanted.length !== there.length) return false;
  const known = new Map(there.map((table) => [tableKey(table), rulesOf(table)]));
  return wanted.every((table) => known.get(tableKey(table)) === rulesOf(table));
}

function canDrop(ruleset: string): boolean {
  return statementsOf(ruleset).some(({ bare }) => /\b(drop|reject|queue)\b/.test(bare));
}

/** Loads a ruleset. Equivalent to: nft -f FILE (nft(8)). */
export const applyRuleset = defineOperation({
  name: 'apply_ruleset',
  title: 'Apply an nftables ruleset',
  description:
    'Loads a whole nftables text, checked by nft first and in one transaction. It changes only the tables that it names, whoever made them; replace_all takes away all others. No include, no delete.',
  action: 'firewall.ruleset',
  destroys: true,
  input: Input,
  namespaces: ({ namespace }) => [namespace],
  needs: ['firewall'],
  subjects: ({ namespace }, world) => [namespaceAt(world, namespace)],
  plan(input, world) {
    const { namespace, ruleset, mode } = input;
    const place = world.at(namespace);
    const { named } = tablesOfText(ruleset, mode);
    const there = altered(input, world);
    const keys = new Set([...named, ...there].map(tableKey));
    const lost = mode === 'merge' ? [] : there;
    const { args, ...words } = nftScript([...ahead(input), ruleset]);
    return {
      steps: [step(place, args, words)],
      loses: lost.map((table) => `what the table ${tableKey(table)} holds now`),
      undoable: there.every((table) => firewallKind.lacks?.(table) == null),
      touches: [...keys].map((key): Touch => ({ namespace, kind: 'firewall', key })),
      cuts: place.isHost && canDrop(ruleset) ? ['the ruleset can drop packets of the host, those of whoever is connected to it among them'] : [],
    };
  },
  async check(input, world, decided, signal) {
    const { namespace, ruleset, mode } = input;
    const front = ahead(input);
    await checkRuleset(world.at(namespace), [...front, ruleset].join('\n'), front.length, signal);
    const there = altered(input, world);
    const isMerged = mode === 'merge';
    const listed = await asListed([...(isMerged ? there.map(({ text }) => text) : []), ruleset], signal);
    if (listed === null) return decided;
    return (isMerged ? addsNothing(there, listed) : areSame(there, listed, mode)) ? ALREADY_SO : decided;
  },
  foresee(input, foreseen) {
    const { namespace, ruleset, mode } = input;
    const blocks = statementsOf(ruleset).flatMap((statement) => {
      const block = tableBlock(statement);
      return block ? [{ family: block.family, name: block.name, text: statement.text }] : [];
    });
    const isDefined = (table: FirewallTable) => blocks.some((block) => tableKey(block) === tableKey(table));
    if (mode === 'replace_all') foreseen.drop(namespace, 'firewall', ({ text }) => text !== '');
    if (mode === 'replace_tables') foreseen.drop(namespace, 'firewall', isDefined);
    for (const block of blocks) {
      if (!foreseen.state(namespace).firewall?.some((table) => tableKey(table) === tableKey(block))) foreseen.put(namespace, 'firewall', block);
    }
  },
  result: { tables: z.array(z.strictObject({ table: z.string(), rules: z.number() })) },
  show: ({ namespace }, world) => ({
    tables: firewallKind.of(world.state(namespace)).map((table) => ({ table: tableKey(table), rules: ruleCount(table) })),
  }),
  tell: ({ tables }, { namespace }) => `${namespace}: ${tables.map(({ table, rules }) => `${table} (${rules} rules)`).join(', ') || 'no tables'}`,
});

/** Lines in its chains, as nft prints them, that are rules. */
function ruleCount({ text }: FirewallTable): number {
  const chains = text.split('\n\n').filter((block) => /^\tchain /m.test(block));
  return chains.flatMap((chain) => chain.split('\n')).filter((line) => line.startsWith('\t\t') && !/^\t\ttype \w+ hook /.test(line)).length;
}
