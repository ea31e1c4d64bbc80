// The closed list of programs that exec_in_namespace may run, and the one door through which a command line is judged.
import { fail } from '../../model/errors.js';
import { nearest, visible } from '../../model/text.js';
import { usageLines } from './describe.js';
import { readCommand } from './engine.js';
import { BRIDGE } from './iproute2/bridge.js';
import { IP } from './iproute2/ip.js';
import { SS } from './iproute2/ss.js';
import { TC } from './iproute2/tc.js';
import { ALLOWED_PROGRAMS, type ProgramName } from './names.js';
import { CURL } from './probes/curl.js';
import { DIG } from './probes/dig.js';
import { GETENT } from './probes/getent.js';
import { PING } from './probes/ping.js';
import { TRACEPATH } from './probes/tracepath.js';
import { TRACEROUTE } from './probes/traceroute.js';
import { CONNTRACK } from './reads/conntrack.js';
import { ETHTOOL } from './reads/ethtool.js';
import { NFT } from './reads/nft.js';
import { SYSCTL } from './reads/sysctl.js';
import { refuse } from './refusal.js';
import type { ParsedCommand, Program } from './table.js';

export type { ParsedCommand } from './table.js';

const PROGRAMS: Readonly<Record<ProgramName, Program>> = {
  ip: IP,
  ss: SS,
  ping: PING,
  tracepath: TRACEPATH,
  traceroute: TRACEROUTE,
  ethtool: ETHTOOL,
  nft: NFT,
  tc: TC,
  bridge: BRIDGE,
  sysctl: SYSCTL,
  dig: DIG,
  getent: GETENT,
  curl: CURL,
  conntrack: CONNTRACK,
};

const isAllowed = (name: string): name is ProgramName => Object.hasOwn(PROGRAMS, name);

/** The Debian package of a program on the list; null for any other. */
export function packageOf(name: string): string | null {
  return isAllowed(name) ? PROGRAMS[name].package : null;
}

/** What to use instead of programs that people ask for. */
const INSTEAD: Readonly<Record<string, string>> = {
  arp: 'Use ip neighbour show.',
  brctl: 'Use bridge link show.',
  host: 'Use dig.',
  ifconfig: 'Use ip address show.',
  iptables: 'Use nft list ruleset.',
  netstat: 'Use ss -tulpn.',
  nslookup: 'Use dig.',
  route: 'Use ip route show.',
  wg: 'It shows private keys; ip -details link show names the links.',
  nsenter: 'Give the namespace in the argument "namespace" of exec_in_namespace.',
  sh: 'No shell is ever run: give the program and its arguments as separate words.',
  bash: 'No shell is ever run: give the program and its arguments as separate words.',
};

const MOST_WORDS = 64;
const LONGEST_WORD = 1024;

/**
 * Judges a command line by the grammar of its program and brings it into the one spelling that is run.
 * @throws NetnsError COMMAND_REFUSED, with `details` {program, word, allowed}.
 */
export function parseCommand(argv: readonly string[]): ParsedCommand {
  const [name = '', ...words] = argv;
  const program = isAllowed(name) ? PROGRAMS[name] : undefined;
  if (!program) return refuseProgram(name);
  demandPlainWords(name, words);
  return readCommand(program, words);
}

/** Words that no program of any list needs: too many, empty, too long, or not of printable ASCII. @throws NetnsError COMMAND_REFUSED. */
export function demandPlainWords(name: string, words: readonly string[]): void {
  if (words.length > MOST_WORDS) refuse(name, words[MOST_WORDS] ?? '', `more than ${MOST_WORDS} words`, [], 'Ask for less at once.');
  for (const word of words) {
    if (word === '') refuse(name, word, 'an empty word', [], 'Leave it out.');
    if (word.length > LONGEST_WORD) refuse(name, word, `% is longer than ${LONGEST_WORD} characters`, [], 'Shorten it.');
    // Look-alikes, controls and line breaks: nothing that these programs are asked for needs them.
    if (!/^[ -~]+$/.test(word))
      refuse(name, word, '% holds characters other than printable ASCII', [], 'Address strange links by another way: inspect_namespace takes index:N.');
  }
}

function refuseProgram(name: string): never {
  const shown = visible(name.slice(0, 80));
  const details = { program: shown, word: shown, allowed: ALLOWED_PROGRAMS };
  const list = `Programs: ${ALLOWED_PROGRAMS.join(', ')}.`;
  if (name.includes('/')) return fail('COMMAND_REFUSED', `"${shown}" is a path: a program is named by its bare name.`, list, details);
  const instead = Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : undefined;
  const near = nearest(name, ALLOWED_PROGRAMS, 1)[0];
  return fail('COMMAND_REFUSED', `Program "${shown}" is not on the list.`, instead ?? (near === undefined ? list : `Did you mean ${near}? ${list}`), details);
}

/** What a program may be asked, in short lines; the first says what it is for. Empty for a program that is not on the list. */
export function describeGrammar(name: string): string[] {
  const program = isAllowed(name) ? PROGRAMS[name] : undefined;
  if (!program) return [];
  return [
    `${program.says} Package ${program.package}; ${program.effect}; needs ${program.capabilities?.join(', ') ?? 'no capability'}.`,
    ...usageLines(program),
  ];
}
