// Whether a ruleset that is merged into tables adds anything: nft(8) takes the same rule any number of times.
import { statementsOf, tableKey } from '../../../model/nftables.js';
import type { FirewallTable } from '../../../model/objects.js';
import { rulesOf } from '../../objects/firewall.js';

interface Contents {
  /** By name. */
  chains: Map<string, { head: string; rules: string[] }>;
  /** What is in no chain, and which chains there are. */
  rest: string;
}

/** The statements inside a block, as nft prints them. */
function inside(block: string): string[] {
  return statementsOf(block.slice(block.indexOf('{') + 1, block.lastIndexOf('}'))).map(({ text }) => text);
}

/** A chain without rules has these (nft(8), chains). */
const HEAD = /^(?:type|policy|comment|flags|devices?)\b/;

function contentsOf(table: FirewallTable): Contents {
  const chains: Contents['chains'] = new Map();
  const rest: string[] = [];
  for (const statement of inside(rulesOf(table))) {
    const [, name] = /^chain (\S+) \{/.exec(statement) ?? [];
    rest.push(name === undefined ? statement : `chain ${name}`);
    if (name === undefined) continue;
    const all = inside(statement);
    chains.set(name, { head: all.filter((each) => HEAD.test(each)).join('\n'), rules: all.filter((each) => !HEAD.test(each)) });
  }
  return { chains, rest: rest.sort().join('\n') };
}

function isSequenceOf(some: readonly string[], all: readonly string[]): boolean {
  let at = 0;
  for (const each of all) if (each === some[at]) at++;
  return at === some.length;
}

const isSame = (some: readonly string[], others: readonly string[]) => some.length === others.length && some.every((each, i) => each === others[i]);

/**
 * True when all rules that came to those of a chain were among them: those that were put in front are its first, and those that were put at its end
 * are there in their order. Of rules that were put in between nothing is known.
 */
function areAllThere(before: readonly string[], after: readonly string[]): boolean {
  for (let at = 0; at + before.length <= after.length; at++) {
    const isFound = isSame(after.slice(at, at + before.length), before) && isSame(after.slice(0, at), before.slice(0, at));
    if (isFound && isSequenceOf(after.slice(at + before.length), before)) return true;
  }
  return false;
}

/** True when tables hold, after something was merged into them, nothing that they did not hold before. @param after As nft prints them, and so are those before. */
export function addsNothing(before: readonly FirewallTable[], after: readonly FirewallTable[]): boolean {
  if (after.length !== before.length) return false;
  const known = new Map(before.map((table) => [tableKey(table), contentsOf(table)]));
  return after.every((table) => {
    const [was, is] = [known.get(tableKey(table)), contentsOf(table)];
    if (was?.rest !== is.rest) return false;
    return [...is.chains].every(([name, { head, rules }]) => {
      const chain = was.chains.get(name);
      return chain?.head === head && areAllThere(chain.rules, rules);
    });
  });
}
