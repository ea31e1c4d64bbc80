// The confined run: one command of the closed list, in the namespace of an open handle, with as little as it needs.
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import type { Action } from '../model/actions.js';
import type { ResolvedNamespace } from '../model/change.js';
import { BECOME_ROOT, fail } from '../model/errors.js';
import { isPlainName } from '../model/names.js';
import type { Permit, Work } from '../model/permit.js';
import { decodeBytes, visibleLines } from '../model/text.js';
import { closeInherited } from './descriptors.js';
import { type Privileges, privileges } from './privileges.js';
import { findProgram } from './program.js';
import { redactSecrets } from './redact.js';
import { CLEAN_ENVIRONMENT, completed, type RunResult, run } from './run.js';

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

/** What to run, where, by which permit, and its limits. */
export interface ConfinedRequest {
  place: ResolvedNamespace;
  command: ConfinableCommand;
  /** For exactly `confinedWork(…)` of the same place and command. */
  permit: Permit;
  action?: Action;
  /** The command sees no names of namespaces: not all of them may be known to whoever reads its output. */
  hidesNames?: boolean;
  timeoutMs: number;
  /** Cap on each of standard output and standard error. */
  maxOutputBytes?: number;
  stdin?: string;
  signal?: AbortSignal | undefined;
  searchPath?: string;
}

/** What a confined command did. Its output is data: decoded, control characters visible, secrets redacted. */
export interface ConfinedResult {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Its output reached the cap; the rest is lost and it was ended. */
  truncated: boolean;
  /** It reached its time limit and was ended. */
  timedOut: boolean;
  durationMs: number;
}

const DEFAULT_MAX_OUTPUT = 256 * 1024;
const ENVIRONMENT = { ...CLEAN_ENVIRONMENT, TERM: 'dumb', HOME: '/nonexistent' };

/**
 * Limits by prlimit's option and the name in /proc/self/limits. Memory is limited by what is really written to (RLIMIT_DATA):
 * programs with threads reserve far more addresses than they use, so that a limit of addresses hits the wrong ones.
 */
const LIMITS: readonly { option: string; name: string; most: number }[] = [
  { option: 'data', name: 'Max data size', most: 1024 ** 3 },
  { option: 'fsize', name: 'Max file size', most: 0 },
  { option: 'core', name: 'Max core file size', most: 0 },
  { option: 'nofile', name: 'Max open files', most: 1024 },
  { option: 'nproc', name: 'Max processes', most: 4096 },
];

/** Whole seconds that no command outlives, should nobody be there any more to end it at its time limit. */
function lastSecond(timeoutMs: number): number {
  return Math.ceil(timeoutMs / 1000) + 1;
}

function limitOptions({ limits }: Privileges, timeoutMs: number): string[] {
  const cpu = { option: 'cpu', name: 'Max cpu time', most: lastSecond(timeoutMs) };
  return [cpu, ...LIMITS].map(({ option, name, most }) => {
    const limit = Math.min(most, limits.get(name) ?? most);
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

/** The name under which `ip netns exec` would bring the namespace's own files of /etc/netns; null when there are none. */
function nameWithFiles({ names, inode }: ResolvedNamespace): string | null {
  const name = names.find((candidate) => isPlainName(candidate) && existsSync(`/etc/netns/${candidate}`));
  if (name === undefined) return null;
  return statSync(`/run/netns/${name}`, { throwIfNoEntry: false })?.ino === inode ? name : null;
}

/** An empty folder over the names, in a mount namespace of the command's own. Nothing of a caller's ever becomes script text. */
const WITHOUT_NAMES = ['unshare', '--mount', 'sh', '-c', '[ ! -d /run/netns ] || mount -t tmpfs -o size=4k,mode=755 none /run/netns && exec "$@"', 'sh'];

/**
 * Process 1 of a PID namespace, which takes along to its end whatever the command leaves behind. It cannot be the command itself: a
 * program with file capabilities, such as ping, forgets as it starts whose death it was to follow (PR_SET_PDEATHSIG(2const)).
 */
function untilTheEnd(timeoutMs: number): string[] {
  return ['unshare', '--pid', '--fork', '--kill-child', 'timeout', '--foreground', '--signal=KILL', String(lastSecond(timeoutMs))];
}

/**
 * The programs that lead into the namespace. `ip netns exec` only brings the files: the handle, entered after it, decides which
 * namespace it is.
 */
function entering({ place, hidesNames = false, timeoutMs }: ConfinedRequest, { canEnter }: Privileges): string[] {
  if (!canEnter) {
    if (place.isHost && !hidesNames) return [];
    return fail('PRIVILEGE_MISSING', `Namespace ${place.reference} cannot be entered: the server lacks CAP_SYS_ADMIN.`, BECOME_ROOT, { inode: place.inode });
  }
  const name = nameWithFiles(place);
  const files = name === null ? [] : ['ip', 'netns', 'exec', name];
  return [...files, 'nsenter', `--net=${place.path}`, ...(hidesNames ? WITHOUT_NAMES : []), ...untilTheEnd(timeoutMs)];
}

/** What the permit must be for. */
export function confinedWork(place: ResolvedNamespace, { argv }: Pick<ConfinableCommand, 'argv'>, action: Action = 'exec.run'): Work {
  return { action, commands: [{ place: place.inode, argv }] };
}

/** Words of the programs that lead in, when one of them fails; no program of the list says the like. */
const LED_ASTRAY = /^(?:(?:nsenter|unshare|mount|prlimit|setpriv): .+|timeout: failed .+|mount of \/sys failed: .+|Bind \/etc\/netns\/.+ failed: .+)$/m;

/** @throws NetnsError when the command never ran. */
function demandStarted(result: RunResult, { place, command }: ConfinedRequest): void {
  const said = LED_ASTRAY.exec(result.stderr.subarray(0, 4096).toString('latin1'))?.[0];
  if (result.exitCode === 0 || result.stdout.length > 0 || said === undefined) return;
  const code = /Operation not permitted/.test(said) ? 'PRIVILEGE_MISSING' : 'READ_FAILED';
  fail(code, `${command.program} could not be started in namespace ${place.reference} (${said}).`, 'netns-mcp doctor shows what the server lacks.');
}

const isSignal = (name: string): name is NodeJS.Signals => name in constants.signals;

/** How the command ended. Process 1 cannot end by a signal of its own, and tells that of the command as shells do: by 128 and its number. */
function endOf({ exitCode, signal }: RunResult): Pick<ConfinedResult, 'exitCode' | 'signal'> {
  const told = Object.keys(constants.signals)
    .filter(isSignal)
    .find((name) => constants.signals[name] + 128 === exitCode);
  return told === undefined ? { exitCode, signal } : { exitCode: null, signal: told };
}

/**
 * Runs a command in a namespace: no new privileges, only the capabilities it needs, a clean environment, limits, a time limit, an
 * output cap. Nothing that it started outlives it.
 * @throws NetnsError COMMAND_MISSING, PRIVILEGE_MISSING, CANCELLED, READ_FAILED; what the command does is in the result.
 */
export async function runConfined(request: ConfinedRequest): Promise<ConfinedResult> {
  const { place, command, permit, action, timeoutMs, maxOutputBytes = DEFAULT_MAX_OUTPUT, stdin, signal, searchPath } = request;
  const [program = '', ...args] = command.argv;
  const file = program.startsWith('/') ? program : findProgram(program, searchPath);
  if (file === null)
    return fail('COMMAND_MISSING', `The program ${program} is not installed.`, `Install it: apt install ${command.package}.`, {
      program,
      package: command.package,
    });
  const own = privileges();
  const argv = [
    ...(['setpriv', '--pdeathsig', 'SIGKILL'] as const),
    ...entering(request, own),
    ...['prlimit', ...limitOptions(own, timeoutMs)],
    ...['setpriv', ...privilegeOptions(own, command)],
    ...[file, ...args],
  ] as const;
  closeInherited();
  permit.demand(confinedWork(place, command, action));
  const result = await run(argv, {
    timeoutMs,
    maxOutputBytes,
    signal,
    env: ENVIRONMENT,
    cwd: '/',
    killAfterMs: 0,
    ...(stdin === undefined ? {} : { stdin }),
  });
  if (result.endedBy === 'not_started') completed(result);
  if (result.endedBy === 'abort') completed({ ...result, argv: command.argv });
  demandStarted(result, request);
  const shown = (bytes: Buffer) => redactSecrets(visibleLines(decodeBytes(bytes)));
  return {
    ...endOf(result),
    stdout: shown(result.stdout),
    stderr: shown(result.stderr),
    truncated: result.endedBy === 'output_cap',
    timedOut: result.endedBy === 'timeout',
    durationMs: Math.round(result.durationMs),
  };
}
