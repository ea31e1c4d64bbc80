// A whole ruleset of nftables as text: what it may say, which tables it is about, and what nft itself says of it.

import { completed, run } from '../../../exec/run.js';
import { runInside } from '../../../kernel/reading/results.js';
import { parseRuleset } from '../../../kernel/sections/firewall.js';
import { pathInto, placeName, type ResolvedNamespace } from '../../../model/change.js';
import { BECOME_ROOT, fail } from '../../../model/errors.js';
import { NFT_FAMILIES, readsFiles, type Statement, statementsOf, type TableName, tableBlock, tableKey } from '../../../model/nftables.js';
import type { FirewallTable } from '../../../model/objects.js';
import { count, decodeBytes, visible } from '../../../model/text.js';
import { isPlanned } from '../../plan/places.js';
import { OWN } from './firewall.js';

export const MOST_BYTES = 256 * 1024;
const MOST_ERRORS = 5;
/** The longest argument that a process can be started with (MAX_ARG_STRLEN, linux/binfmts.h). */
const LONGEST_ARGUMENT = 128 * 1024 - 1;

/** Words of nft(8) that add something to a table, and what they can add. */
const VERB = '(?:add|create|insert)';
const OBJECT = '(?:table|chain|rule|set|map|element|flowtable|counter|quota|limit|secmark|synproxy|ct (?:helper|timeout|expectation))';
const ADDITION = new RegExp(`^(?:${VERB} )?${OBJECT} (?:(${NFT_FAMILIES.join('|')}) )?([A-Za-z_.][A-Za-z0-9_./-]*)(?: |$|\\{)`);
/** Variables (nft(8), symbolic variables). */
const VARIABLE = /^(?:define|redefine|undefine) /;

export type Mode = 'merge' | 'replace_tables' | 'replace_all';

/** Which tables a text is about, and which of them it defines whole. */
export interface RulesetTables {
  named: TableName[];
  defined: TableName[];
}

function refuse(statement: Statement, why: string, hint: string): never {
  const shown = visible(statement.bare.slice(0, 120));
  return fail('RULESET_INVALID', `Line ${statement.line} of the ruleset, "${shown}": ${why}.`, hint, { line: statement.line });
}

function tableOf(statement: Statement, mode: Mode): { table: TableName; isWhole: boolean } | null {
  const { bare } = statement;
  if (readsFiles(bare)) refuse(statement, 'include reads files of the host', 'Put the rules of that file into the text.');
  if (VARIABLE.test(bare)) return null;
  if (bare === 'flush ruleset') {
    if (mode === 'replace_all') return null;
    return refuse(statement, `it takes away the tables of all others, which mode ${mode} does not`, 'Leave it out, or ask for mode replace_all.');
  }
  const block = tableBlock(statement);
  if (block && /\bflags [^;{}]*\bowner\b/.test(block.body)) refuse(statement, 'a table with an owner goes when nft ends', 'Leave flags owner out.');
  const [, family = 'ip', name] = ADDITION.exec(bare) ?? [];
  if (name === undefined || name === 'handle') {
    return refuse(
      statement,
      'that is none of the statements that are taken',
      'Write tables as blocks, "table inet NAME { … }", or add to them with "add rule inet NAME CHAIN …"; mode replace_tables takes away what they held.',
    );
  }
  return { table: { family, name }, isWhole: block !== null };
}

/**
 * The tables that a ruleset is about.
 * @throws NetnsError RULESET_INVALID when it would read files, take something away in a mode that does not, or touch this server's own table.
 */
export function tablesOfText(text: string, mode: Mode): RulesetTables {
  if (Buffer.byteLength(text) > MOST_BYTES || text.includes('\0'))
    fail('RULESET_INVALID', 'The ruleset is longer than 256 KiB, or holds a NUL byte.', 'Split it up by tables.');
  const found = statementsOf(text).flatMap((statement) => {
    const about = tableOf(statement, mode);
    if (about && tableKey(about.table) === tableKey(OWN)) {
      refuse(
        statement,
        `the table ${tableKey(OWN)} is kept by this server`,
        'Use masquerade, forward_port, allow, drop, reject, kill_switch, or another table.',
      );
    }
    return about ?? [];
  });
  const unique = (tables: TableName[]) => [...new Map(tables.map((table) => [tableKey(table), table])).values()];
  return { named: unique(found.map(({ table }) => table)), defined: unique(found.flatMap(({ table, isWhole }) => (isWhole ? [table] : []))) };
}

/** Where nft complains, and of what. */
export interface RulesetError {
  line: number;
  column: number;
  message: string;
}

/** What nft(8) printed: `FILE:LINE:COLUMN-COLUMN: Error: TEXT`. @param ahead Lines that were put in front of the text of the caller. */
export function parseRulesetErrors(stderr: string, ahead = 0): RulesetError[] {
  return [...stderr.matchAll(/^[^:\n]*:(\d+):(\d+)-\d+: Error: (.*)$/gm)].map(([, line, column, message = '']) => ({
    line: Math.max(1, Number(line) - ahead),
    column: Number(column),
    message: visible(message),
  }));
}

/**
 * Has nft check a script in a namespace, which changes nothing; one that is not made yet is taken as empty.
 * @param ahead As of `parseRulesetErrors`.
 * @throws NetnsError RULESET_INVALID with line and column, PRIVILEGE_MISSING, COMMAND_MISSING.
 */
export async function checkRuleset(place: ResolvedNamespace, script: string, ahead: number, signal: AbortSignal): Promise<void> {
  const command = ['nft', '-c', '-f', '-'] as const;
  const options = { stdin: script, signal };
  const result = completed(await (isPlanned(place) ? run(['unshare', '--net', ...command], options) : runInside(pathInto(place), command, options)));
  if (result.exitCode === 0) return;
  const stderr = decodeBytes(result.stderr);
  if (result.exitCode === 127) fail('COMMAND_MISSING', 'nft is not installed.', 'Install nftables.', { program: 'nft' });
  if (/not permitted/i.test(stderr)) fail('PRIVILEGE_MISSING', 'The kernel does not let this user change the firewall.', BECOME_ROOT);
  const errors = parseRulesetErrors(stderr, ahead);
  const [first] = errors;
  const where = first ? `line ${first.line}, column ${first.column}: ${first.message}` : visible(stderr.slice(0, 300).trim());
  const more = errors.length > 1 ? `, and ${count(errors.length - 1, 'more error')}` : '';
  fail('RULESET_INVALID', `nft does not accept the ruleset in ${placeName(place)}: ${where}${more}.`, 'Correct it; nothing was changed.', {
    errors: errors.slice(0, MOST_ERRORS),
  });
}

/**
 * The tables of some texts, one after the other, as nft prints them: loaded into a namespace that is made for that and gone afterwards; null when they
 * cannot be loaded there, for they name links, or are too long to be arguments.
 */
export async function asListed(texts: readonly string[], signal: AbortSignal): Promise<FirewallTable[] | null> {
  // A line feed in front: no argument begins with a dash.
  const loads = texts.map((text) => `\n${text}`);
  if (loads.some((load) => Buffer.byteLength(load) > LONGEST_ARGUMENT)) return null;
  const stdin = [...loads, 'list ruleset'].map((argument) => `${argument}\0`).join('');
  const result = completed(await run(['unshare', '--net', 'xargs', '-0', '-n', '1', 'nft', '-s'], { stdin, signal }));
  return result.exitCode === 0 ? parseRuleset(decodeBytes(result.stdout)).tables : null;
}
