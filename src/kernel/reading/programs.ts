// Sections that are read by a process of their own: what iproute2's `ip` does not tell.

import { existsSync, statSync } from 'node:fs';
import { namesWithOwnFiles } from '../../exec/own-files.js';
import { completed, type RunOptions } from '../../exec/run.js';
import { toNetnsError } from '../../model/errors.js';
import type { NamespaceState, Section, Unread } from '../../model/snapshot.js';
import { count, decodeBytes, parseToolJson } from '../../model/text.js';
import { FDB_COMMAND, parseFdb, parseVlans, VLANS_COMMAND } from '../sections/bridge.js';
import { readFiles } from '../sections/files.js';
import { LEGACY_COMMAND, LEGACY_FILES, parseLegacyTables, parseRuleset, RULESET_COMMAND } from '../sections/firewall.js';
import { OFFLOADS_COMMAND, parseOffloads } from '../sections/offloads.js';
import { CLASSES_COMMAND, parseAnswers, parseQdiscs, QDISCS_COMMAND, shapingInput, shapingQuestions } from '../sections/shaping.js';
import { parseSockets, SOCKETS_COMMAND } from '../sections/sockets.js';
import { parseSysctls, SYSCTLS_COMMAND } from '../sections/sysctls.js';
import { parseWireguard, WIREGUARD_COMMAND } from '../sections/wireguard.js';
import { NAMES_DIRECTORY } from '../sources/names.js';
import { documentsOf } from './query.js';
import { complaintOf, readFailed, runInside, succeeded, understood } from './results.js';

async function readSockets(path: string | null, options: RunOptions): Promise<NamespaceState> {
  const { stdout } = succeeded(await runInside(path, SOCKETS_COMMAND, options));
  return { sockets: parseSockets(decodeBytes(stdout)) };
}

async function readSysctls(path: string | null, options: RunOptions): Promise<NamespaceState> {
  // grep ends with 2 when one of the folders is missing; what it did print holds.
  const result = completed(await runInside(path, SYSCTLS_COMMAND, options));
  if (result.stdout.length === 0) throw readFailed(result);
  return { sysctls: parseSysctls(decodeBytes(result.stdout)) };
}

async function readBridge<T>(
  path: string | null,
  command: readonly [string, ...string[]],
  parse: (document: unknown) => T[],
  options: RunOptions,
): Promise<T[]> {
  const { stdout } = succeeded(await runInside(path, command, options));
  return understood(() => parse(documentsOf(stdout)[0] ?? []));
}

/** Without nft, or without nf_tables in the kernel, there is nothing to be told of the firewall: that is no failure of the rest. */
async function readFirewall(path: string | null, options: RunOptions, unread: Unread[]): Promise<NamespaceState> {
  const { endedBy, ...result } = await runInside(path, RULESET_COMMAND, options);
  const isMissing = endedBy === 'not_started' || result.exitCode === 127;
  if (!isMissing) completed({ endedBy, ...result });
  if (isMissing || result.exitCode !== 0) {
    const detail = isMissing ? 'nft is not installed' : complaintOf({ endedBy, ...result });
    unread.push({ what: 'firewall', why: /not permitted/i.test(detail) ? 'privilege' : 'failed', detail });
    return {};
  }
  const { tables, strange } = parseRuleset(decodeBytes(result.stdout));
  if (strange > 0) unread.push({ what: 'firewall', why: 'failed', detail: `${count(strange, 'table')} with names that nft does not read back` });
  // Their files are there when the kernel has that code at all, in each namespace alike.
  if (!LEGACY_FILES.some((file) => existsSync(file))) return { firewall: tables };
  const legacy = completed(await runInside(path, LEGACY_COMMAND, options));
  return { firewall: [...tables, ...parseLegacyTables(decodeBytes(legacy.stdout))] };
}

/** Qdiscs in one process, and where some have classes or filters these in another. */
async function readShaping(path: string | null, options: RunOptions): Promise<NamespaceState> {
  const { stdout } = succeeded(await runInside(path, QDISCS_COMMAND, options));
  let shaping = understood(() => parseQdiscs(documentsOf(stdout)[0] ?? []));
  let asked = 0;
  for (let questions = shapingQuestions(shaping); asked < questions.length; questions = shapingQuestions(shaping)) {
    const fresh = questions.slice(asked);
    asked = questions.length;
    const answer = succeeded(await runInside(path, CLASSES_COMMAND, { ...options, stdin: shapingInput(fresh) }));
    shaping = [...shaping, ...understood(() => parseAnswers(decodeBytes(answer.stdout), fresh))];
  }
  return { shaping };
}

/** What a program shows that need not be installed: without it nothing is known, and nothing fails. */
async function readIfThere<T>(
  path: string | null,
  command: readonly [string, ...string[]],
  options: RunOptions,
  unread: Unread[],
  parse: (stdout: Buffer) => T[],
): Promise<T[]> {
  const result = await runInside(path, command, options);
  // nsenter(1) ends so when the program is not there.
  if (result.endedBy === 'not_started' || result.exitCode === 127) {
    unread.push({ what: command[0], why: 'failed', detail: `${command[0]} is not installed` });
    return [];
  }
  try {
    return understood(() => parse(succeeded(result).stdout));
  } catch (error) {
    // It is an extra, and one link of a strange name is enough to make what ethtool(8) prints no JSON.
    const { code, message } = toNetnsError(error);
    if (code !== 'READ_FAILED') throw error;
    unread.push({ what: command[0], why: 'failed', detail: message });
    return [];
  }
}

/** What is read by a process of its own. */
export const SOURCES: Partial<Record<Section, (path: string | null, options: RunOptions, unread: Unread[]) => Promise<NamespaceState>>> = {
  fdb: async (path, options) => ({ fdb: await readBridge(path, FDB_COMMAND, parseFdb, options) }),
  vlans: async (path, options) => ({ vlans: await readBridge(path, VLANS_COMMAND, parseVlans, options) }),
  firewall: readFirewall,
  files: async (path) => ({ files: path === null ? {} : readFiles(namesWithOwnFiles(statSync(path).ino, NAMES_DIRECTORY)) }),
  offloads: async (path, options, unread) => ({
    offloads: await readIfThere(path, OFFLOADS_COMMAND, options, unread, (stdout) => parseOffloads(parseToolJson(stdout))),
  }),
  shaping: readShaping,
  sockets: readSockets,
  sysctls: readSysctls,
  wireguard: async (path, options, unread) => ({
    wireguard: await readIfThere(path, WIREGUARD_COMMAND, options, unread, (stdout) => parseWireguard(decodeBytes(stdout))),
  }),
};
