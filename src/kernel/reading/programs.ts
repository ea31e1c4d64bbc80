// Sections that are read by a process of their own: what iproute2's `ip` does not tell.

import { existsSync, statSync } from 'node:fs';
import type { Question } from '../../exec/many-questions.js';
import { namesWithOwnFiles } from '../../exec/own-files.js';
import { completed } from '../../exec/run.js';
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
import type { Ask } from './ask.js';
import { documentsOf } from './query.js';
import { complaintOf, readFailed, succeeded, understood } from './results.js';

const SYSCTLS: Question = { command: SYSCTLS_COMMAND, isAnyStatusFine: true };
const LEGACY: Question = { command: LEGACY_COMMAND, isAnyStatusFine: true };

/** Their files are there when the kernel has that code at all, in each namespace alike. */
function isLegacyKnown(): boolean {
  return LEGACY_FILES.some((file) => existsSync(file));
}

async function readSockets(ask: Ask): Promise<NamespaceState> {
  const { stdout } = succeeded(await ask({ command: SOCKETS_COMMAND }));
  return { sockets: parseSockets(decodeBytes(stdout)) };
}

async function readSysctls(ask: Ask): Promise<NamespaceState> {
  // grep ends with 2 when one of the folders is missing; what it did print holds.
  const result = completed(await ask(SYSCTLS));
  if (result.stdout.length === 0) throw readFailed(result);
  return { sysctls: parseSysctls(decodeBytes(result.stdout)) };
}

async function readBridge<T>(ask: Ask, command: Question['command'], parse: (document: unknown) => T[]): Promise<T[]> {
  const { stdout } = succeeded(await ask({ command }));
  return understood(() => parse(documentsOf(stdout)[0] ?? []));
}

/** Without nft, or without nf_tables in the kernel, there is nothing to be told of the firewall: that is no failure of the rest. */
async function readFirewall(ask: Ask, unread: Unread[]): Promise<NamespaceState> {
  const { endedBy, ...result } = await ask({ command: RULESET_COMMAND });
  const isMissing = endedBy === 'not_started' || result.exitCode === 127;
  if (!isMissing) completed({ endedBy, ...result });
  if (isMissing || result.exitCode !== 0) {
    const detail = isMissing ? 'nft is not installed' : complaintOf({ endedBy, ...result });
    unread.push({ what: 'firewall', why: /not permitted/i.test(detail) ? 'privilege' : 'failed', detail });
    return {};
  }
  const { tables, strange } = parseRuleset(decodeBytes(result.stdout));
  if (strange > 0) unread.push({ what: 'firewall', why: 'failed', detail: `${count(strange, 'table')} with names that nft does not read back` });
  if (!isLegacyKnown()) return { firewall: tables };
  const legacy = completed(await ask(LEGACY));
  return { firewall: [...tables, ...parseLegacyTables(decodeBytes(legacy.stdout))] };
}

/** Qdiscs in one process, and where some have classes or filters these in another. */
async function readShaping(ask: Ask): Promise<NamespaceState> {
  const { stdout } = succeeded(await ask({ command: QDISCS_COMMAND }));
  let shaping = understood(() => parseQdiscs(documentsOf(stdout)[0] ?? []));
  let asked = 0;
  for (let questions = shapingQuestions(shaping); asked < questions.length; questions = shapingQuestions(shaping)) {
    const fresh = questions.slice(asked);
    asked = questions.length;
    const answer = succeeded(await ask({ command: CLASSES_COMMAND, stdin: shapingInput(fresh) }));
    shaping = [...shaping, ...understood(() => parseAnswers(decodeBytes(answer.stdout), fresh))];
  }
  return { shaping };
}

/** What a program shows that need not be installed: without it nothing is known, and nothing fails. */
async function readIfThere<T>(ask: Ask, command: Question['command'], unread: Unread[], parse: (stdout: Buffer) => T[]): Promise<T[]> {
  const result = await ask({ command });
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

/** A section that is read by a process of its own. */
interface Source {
  /** What is asked whatever the answers are. */
  questions(): Question[];
  read(ask: Ask, unread: Unread[], path: string | null): Promise<NamespaceState>;
}

export const SOURCES: Partial<Record<Section, Source>> = {
  fdb: { questions: () => [{ command: FDB_COMMAND }], read: async (ask) => ({ fdb: await readBridge(ask, FDB_COMMAND, parseFdb) }) },
  vlans: { questions: () => [{ command: VLANS_COMMAND }], read: async (ask) => ({ vlans: await readBridge(ask, VLANS_COMMAND, parseVlans) }) },
  firewall: { questions: () => [{ command: RULESET_COMMAND }, ...(isLegacyKnown() ? [LEGACY] : [])], read: readFirewall },
  files: {
    questions: () => [],
    read: async (_ask, _unread, path) => ({ files: path === null ? {} : readFiles(namesWithOwnFiles(statSync(path).ino, NAMES_DIRECTORY)) }),
  },
  offloads: {
    questions: () => [{ command: OFFLOADS_COMMAND }],
    read: async (ask, unread) => ({
      offloads: await readIfThere(ask, OFFLOADS_COMMAND, unread, (stdout) => parseOffloads(parseToolJson(stdout))),
    }),
  },
  shaping: { questions: () => [{ command: QDISCS_COMMAND }], read: readShaping },
  sockets: { questions: () => [{ command: SOCKETS_COMMAND }], read: readSockets },
  sysctls: { questions: () => [SYSCTLS], read: readSysctls },
  wireguard: {
    questions: () => [{ command: WIREGUARD_COMMAND }],
    read: async (ask, unread) => ({
      wireguard: await readIfThere(ask, WIREGUARD_COMMAND, unread, (stdout) => parseWireguard(decodeBytes(stdout))),
    }),
  },
};
