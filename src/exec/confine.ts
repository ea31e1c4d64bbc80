// The confined run: one command of the closed list, in the namespace of an open handle, with as little as it needs.
import type { Action } from '../model/actions.js';
import type { ResolvedNamespace } from '../model/change.js';
import { fail } from '../model/errors.js';
import type { Permit, Work } from '../model/permit.js';
import { decodeBytes, visibleLines } from '../model/text.js';
import { CONFINED_ENVIRONMENT, type ConfinableCommand, confining, installed, intoNamespace, type Limits, signalIn } from './confinement/parts.js';
import { closeInherited } from './descriptors.js';
import { type Privileges, privileges } from './privileges.js';
import { redactSecrets } from './redact.js';
import { completed, type RunResult, run } from './run.js';

export type { ConfinableCommand } from './confinement/parts.js';

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

/** A command writes no files, and takes no more time of a processor than it may run. */
function limitsOf(timeoutMs: number): Limits {
  return { fsize: 0, cpu: lastSecond(timeoutMs), nofile: 1024 };
}

/** Whole seconds that no command outlives, should nobody be there any more to end it at its time limit. */
function lastSecond(timeoutMs: number): number {
  return Math.ceil(timeoutMs / 1000) + 1;
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

/** The programs that lead to where the command runs. */
function entering({ place, hidesNames = false, timeoutMs }: ConfinedRequest, own: Privileges): string[] {
  if (!own.canEnter && place.isHost && !hidesNames) return [];
  return [...intoNamespace(place, own), ...(hidesNames ? WITHOUT_NAMES : []), ...untilTheEnd(timeoutMs)];
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

/** How the command ended. Process 1 cannot end by a signal of its own, and tells that of the command as shells do. */
function endOf({ exitCode, signal }: RunResult): Pick<ConfinedResult, 'exitCode' | 'signal'> {
  const told = signalIn(exitCode);
  return told === null ? { exitCode, signal } : { exitCode: null, signal: told };
}

/**
 * Runs a command in a namespace: no new privileges, only the capabilities it needs, a clean environment, limits, a time limit, an
 * output cap. Nothing that it started outlives it.
 * @throws NetnsError COMMAND_MISSING, PRIVILEGE_MISSING, CANCELLED, READ_FAILED; what the command does is in the result.
 */
export async function runConfined(request: ConfinedRequest): Promise<ConfinedResult> {
  const { place, command, permit, action, timeoutMs, maxOutputBytes = DEFAULT_MAX_OUTPUT, stdin, signal, searchPath } = request;
  const words = installed(command, searchPath);
  const own = privileges();
  const argv = [
    ...(['setpriv', '--pdeathsig', 'SIGKILL'] as const),
    ...entering(request, own),
    ...confining(own, command, limitsOf(timeoutMs)),
    ...words,
  ] as const;
  closeInherited();
  permit.demand(confinedWork(place, command, action));
  const result = await run(argv, {
    timeoutMs,
    maxOutputBytes,
    signal,
    env: CONFINED_ENVIRONMENT,
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
