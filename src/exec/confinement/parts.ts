// What confines a command, whether it is waited for or runs on: the way into its namespace, limits, privileges, environment.
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import type { ResolvedNamespace } from '../../model/change.js';
import { BECOME_ROOT, fail } from '../../model/errors.js';
import { nameWithOwnFiles } from '../own-files.js';
import type { Privileges } from '../privileges.js';
import { findProgram } from '../program.js';
import { CLEAN_ENVIRONMENT } from '../run.js';

/** A command that its grammar let through. */
export interface ConfinableCommand {
  program: string;
  argv: readonly string[];
  /** Capabilities that it needs, lower case. */
  capabilities: readonly string[];
  /** Debian package of the program. */
  package: string;
  /** Runs as the server's own user, if without its privileges: for a program of the server's own. */
  keepsUser?: boolean;
}

export const CONFINED_ENVIRONMENT = { ...CLEAN_ENVIRONMENT, TERM: 'dumb', HOME: '/nonexistent' };

/** Limits by prlimit's option. What is left out is as the server's own. */
export type Limits = Partial<Record<'cpu' | 'fsize' | 'nofile', number>>;

/** Limits by prlimit's option and the name in /proc/self/limits. */
const NAMES = {
  cpu: 'Max cpu time',
  data: 'Max data size',
  fsize: 'Max file size',
  core: 'Max core file size',
  nofile: 'Max open files',
  nproc: 'Max processes',
} as const;

/**
 * Those of every command. Memory is limited by what is really written to (RLIMIT_DATA): programs with threads reserve far more
 * addresses than they use, so that a limit of addresses hits the wrong ones.
 */
const ALWAYS = { data: 1024 ** 3, core: 0, nproc: 4096 };

function limitOptions({ limits: highest }: Privileges, limits: Limits): string[] {
  return Object.entries({ ...ALWAYS, ...limits }).map(([option, most]) => {
    const name = Object.entries(NAMES).find(([known]) => known === option)?.[1] ?? '';
    const limit = Math.min(most, highest.get(name) ?? most);
    return `--${option}=${limit}:${limit}`;
  });
}

function privilegeOptions({ canBound, user, available }: Privileges, { capabilities, keepsUser }: ConfinableCommand): string[] {
  const only = ['-all', ...capabilities.filter((name) => available.has(name)).map((name) => `+${name}`)].join(',');
  return [
    '--no-new-privs',
    // Again: a change of user clears it.
    ...['--pdeathsig', 'SIGKILL'],
    ...(user === null || keepsUser === true ? [] : [`--reuid=${user}`, `--regid=${user}`, '--clear-groups']),
    ...(canBound ? [`--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`] : []),
  ];
}

/** The words before those of a command that take from it all that it does not need. */
export function confining(own: Privileges, command: ConfinableCommand, limits: Limits): string[] {
  return ['prlimit', ...limitOptions(own, limits), 'setpriv', ...privilegeOptions(own, command)];
}

/** The words of a command, with the file of its program in the place of the name. @throws NetnsError COMMAND_MISSING. */
export function installed({ argv: [program = '', ...args], package: name }: ConfinableCommand, searchPath?: string): string[] {
  const file = program.startsWith('/') ? program : findProgram(program, searchPath);
  if (file !== null) return [file, ...args];
  return fail('COMMAND_MISSING', `The program ${program} is not installed.`, `Install it: apt install ${name}.`, { program, package: name });
}

/** The name under which `ip netns exec` would bring the namespace's own files; null when there are none. */
function nameWithFiles({ names, inode }: ResolvedNamespace): string | null {
  const name = nameWithOwnFiles(names);
  if (name === null) return null;
  return statSync(`/run/netns/${name}`, { throwIfNoEntry: false })?.ino === inode ? name : null;
}

/**
 * The programs that lead into the namespace. `ip netns exec` only brings the files: the handle, entered after it, decides which
 * namespace it is. @throws NetnsError PRIVILEGE_MISSING.
 */
export function intoNamespace(place: ResolvedNamespace, { canEnter }: Privileges): string[] {
  if (!canEnter) {
    return fail('PRIVILEGE_MISSING', `Namespace ${place.reference} cannot be entered: the server lacks CAP_SYS_ADMIN.`, BECOME_ROOT, { inode: place.inode });
  }
  const name = nameWithFiles(place);
  return [...(name === null ? [] : ['ip', 'netns', 'exec', name]), 'nsenter', `--net=${place.path}`];
}

const isSignal = (name: string): name is NodeJS.Signals => name in constants.signals;

/** The signal that an exit code tells of as shells do, by 128 and its number; null for any other code. */
export function signalIn(exitCode: number | null): NodeJS.Signals | null {
  const found = Object.keys(constants.signals)
    .filter(isSignal)
    .find((name) => constants.signals[name] + 128 === exitCode);
  return found ?? null;
}
