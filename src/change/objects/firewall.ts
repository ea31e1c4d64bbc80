// Tables of nftables: each is one object, with all that is in it (nft(8)).
import { NFT_FAMILIES, readsFiles, statementsOf, tableBlock, tableKey } from '../../model/nftables.js';
import { FirewallTable } from '../../model/objects.js';
import { defineObject, type Words } from './object.js';

/** Without when elements time out, and without the elements of sets that packets fill (nft(8), sets: `flags dynamic`). */
function withoutLearnt(text: string): string {
  const blocks = text.split(/^(?=\t(?:set|map) )/m).map((block) => (/^\t\tflags [^\n]*\bdynamic\b/m.test(block) ? block.replace(ELEMENTS, '') : block));
  return blocks.join('').replace(/ expires \w+(?=[\s,])/g, '');
}

/** nft writes a set of one as what is in it when it reads it again (expr_evaluate_set, src/evaluate.c of nftables). */
function withoutSetsOfOne(text: string): string {
  return text.replace(/\{ ("[^"{}]*"|[^\s{}:,;"]+) \}/g, '$1');
}

/** What counts of the text of a table: two tables of the same are the same. */
export function rulesOf({ text }: FirewallTable): string {
  return withoutSetsOfOne(withoutLearnt(text));
}

/** The elements of a set end with a brace of their own. */
const ELEMENTS = /^\t\telements = \{[^}]*\}\n/m;

/** Commands of nft as one transaction. */
export function nftScript(lines: readonly string[]): Words {
  return { program: 'nft', args: ['-f', '-'], stdin: `${lines.join('\n')}\n` };
}

/** Takes a table away, whether it is there or not: `destroy` is not known before nftables 1.0.7. */
export function clearTable(table: Pick<FirewallTable, 'family' | 'name'>): string[] {
  return [`add table ${tableKey(table)}`, `delete table ${tableKey(table)}`];
}

export const firewallKind = defineObject<FirewallTable>({
  name: 'firewall',
  section: 'firewall',
  schema: FirewallTable,
  of: ({ firewall = [] }) => firewall.filter(({ family }) => NFT_FAMILIES.some((known) => known === family)),
  key: tableKey,
  links: () => [],
  facts: (table) => ({ rules: rulesOf(table) }),
  lacks({ text }) {
    const [table, ...others] = statementsOf(text);
    const body = table && tableBlock(table)?.body;
    if (body === undefined || others.length > 0) return 'its text is not that of one table';
    if (readsFiles(body)) return 'its text would read files';
    if (/\bflags [^;{}]*\bowner\b/.test(body)) return 'it belongs to a running program, and goes with it (flags owner)';
    return /\bxt (match|target|watcher)\b/.test(body) ? 'it has rules of iptables-nft that nft cannot write' : null;
  },
  tell: (table) => `firewall table ${tableKey(table)}`,
  add: (table) => [nftScript([...clearTable(table), table.text])],
  remove: ({ family, name }) => [{ program: 'nft', args: ['delete', 'table', family, name] }],
  change: (_, table) => [nftScript([...clearTable(table), table.text])],
});
