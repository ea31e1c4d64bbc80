// The tables of nftables (nft(8)) in one namespace, and that there are tables of iptables-legacy besides.
import { statementsOf, tableBlock } from '../../model/nftables.js';
import type { FirewallTable } from '../../model/objects.js';

/** Without counters and whatever else changes with each packet. */
export const RULESET_COMMAND = ['nft', '-s', 'list', 'ruleset'] as const;

/** File of proc(5) that names the tables of an older packet filter → the program that sets them up. */
const LEGACY: Record<string, string> = {
  '/proc/net/ip_tables_names': 'iptables-legacy',
  '/proc/net/ip6_tables_names': 'ip6tables-legacy',
  '/proc/net/arp_tables_names': 'arptables-legacy',
};
export const LEGACY_FILES = Object.keys(LEGACY);
/** Prints `PATH:TABLE` for each table; /proc/net is that of the namespace of the process that looks. */
export const LEGACY_COMMAND = ['grep', '-s', '-H', '', ...LEGACY_FILES] as const;

/** Takes what `RULESET_COMMAND` prints apart into tables. `strange`: how many could not be told apart, for their names or texts are none that nft reads back. */
export function parseRuleset(text: string): { tables: FirewallTable[]; strange: number } {
  const statements = statementsOf(text);
  const tables = statements.flatMap((statement) => {
    const block = tableBlock(statement);
    return block ? [{ family: block.family, name: block.name, text: statement.text }] : [];
  });
  return { tables, strange: statements.length - tables.length };
}

/** Tables of iptables-legacy and its like: their family is the program that shows their rules, their text is empty. */
export function parseLegacyTables(text: string): FirewallTable[] {
  return text.split('\n').flatMap((line) => {
    const [, path = '', name] = /^(.+?):(\w+)$/.exec(line) ?? [];
    const family = LEGACY[path];
    return family === undefined || name === undefined ? [] : [{ family, name, text: '' }];
  });
}
