// The sandbox: the whole server again, as root of user, network, mount and process namespaces of its own, with the host's files read-only.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fail } from '../model/errors.js';
import { mountsOf } from './mounts.js';
import { OWN_FILES_DIRECTORY } from './own-files.js';
import { CLEAN_ENVIRONMENT, run, startForeground } from './run.js';
import { type Obstacle, obstacleOf } from './sandbox-diagnosis.js';
import { isProcRefused, READY, SANDBOX_VARIABLE, sandboxCommand } from './sandbox-script.js';

export interface SandboxRequest {
  /** Program and arguments to run inside. */
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  /** An open file that the program inside gets as descriptor 3: its own file system is read-only. */
  auditDescriptor?: number;
}

/** Where the program inside finds `auditDescriptor`. */
export const SANDBOX_AUDIT_DESCRIPTOR = 3;
/** Its temporary folder; the host's /tmp stays in sight, read-only, for a clone or a policy file often lies there. */
const TEMPORARY = '/run/tmp';
const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** What a shell would say when the first program of the chain is missing. */
const NO_UTIL_LINUX = 'sh: setpriv: not found';
const SHARED_PROCESSES = 'It sees the processes of this container, and may not be able to write sysctls: parts of /proc are hidden here.';
/** Told apart from a program that failed: what the chain writes before it is ready is short. */
const LONGEST_COMPLAINT = 10_000;

function fails({ why, hint }: Obstacle): never {
  return fail('KERNEL_UNSUPPORTED', `The sandbox could not be made. ${why}`, hint);
}

/** Passes a signal on to the program inside. It is the one child of the chain; before there is one the chain itself ends. */
function passOn(chain: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = chain;
  if (pid === undefined) return;
  try {
    const inside = Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1'), 10);
    process.kill(Number.isNaN(inside) ? pid : inside, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function insideEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const given = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return { ...given, PATH: `${CLEAN_ENVIRONMENT.PATH}${given['PATH'] ? `:${given['PATH']}` : ''}`, TMPDIR: TEMPORARY, [SANDBOX_VARIABLE]: '1' };
}

/** How an attempt to start a program in a sandbox ended. */
interface Attempt {
  /** The program was started. */
  isReady: boolean;
  /** What the chain said before. */
  complaint: string;
  exitCode: number;
}

async function attempt({ argv, env, auditDescriptor }: SandboxRequest, ownProcesses: boolean): Promise<Attempt> {
  const chain = startForeground(sandboxCommand(argv, ownProcesses), { env: insideEnvironment(env), descriptors: [auditDescriptor ?? 'ignore', 2] });
  let complaint = '';
  let isReady = false;
  chain.stderr?.on('data', (chunk: Buffer) => {
    if (isReady) return;
    complaint = (complaint + chunk.toString()).slice(-LONGEST_COMPLAINT);
    isReady = complaint.includes(READY);
  });
  const forward = (signal: NodeJS.Signals) => passOn(chain, signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    const [code, signal] = await ended(chain);
    // Ended by a signal that was passed on, it was not refused.
    return { isReady: isReady || signal !== null, complaint, exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) };
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

async function ended(chain: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  try {
    await once(chain, 'close');
    return [chain.exitCode, chain.signalCode];
  } catch {
    // It could not even be started.
    return fails(obstacleOf(NO_UTIL_LINUX));
  }
}

/**
 * Runs a program in a new sandbox, in the foreground, until it ends. It dies when this process dies, however that happens.
 * @returns Its exit code; 128 and the signal's number when a signal ended it.
 * @throws NetnsError KERNEL_UNSUPPORTED when no sandbox can be made here, with the way out.
 */
export async function enterSandbox(request: SandboxRequest): Promise<number> {
  const first = await attempt(request, true);
  const last = !first.isReady && isProcRefused(first.complaint) ? await attempt(request, false) : first;
  return last.isReady ? last.exitCode : fails(obstacleOf(last.complaint));
}

/** Whether a sandbox can be made here, and what it would lack: makes one, runs nothing in it, and it is gone. */
export async function sandboxSupport(): Promise<{ ok: true; lacks: string[] } | ({ ok: false } & Obstacle)> {
  const complaintOf = async (ownProcesses: boolean) => {
    const result = await run(sandboxCommand(['true'], ownProcesses), { descriptors: ['ignore', 'ignore'], timeoutMs: 10_000 });
    return result.endedBy === 'not_started' ? NO_UTIL_LINUX : result.stderr.toString();
  };
  const first = await complaintOf(true);
  if (first.includes(READY)) return { ok: true, lacks: [] };
  const last = isProcRefused(first) ? await complaintOf(false) : first;
  return last.includes(READY) ? { ok: true, lacks: [SHARED_PROCESSES] } : { ok: false, ...obstacleOf(last) };
}

/** True when this process was started as the program inside a sandbox. `prepareSandbox` finds out whether it really is. */
export function isSandboxed(env: NodeJS.ProcessEnv = process.env): boolean {
  return env[SANDBOX_VARIABLE] !== undefined;
}

/** What the program inside is told of its sandbox. */
export interface SandboxReport {
  /** Mount points of the host that could not be made read-only. */
  writable: string[];
  /** What a full sandbox has and this one lacks, in sentences. */
  lacks: string[];
}

/**
 * Called first inside. It changes nothing but this process: the sandbox was made before it started.
 * @throws NetnsError KERNEL_UNSUPPORTED when this is no sandbox, whatever the environment says.
 */
export function prepareSandbox(): SandboxReport {
  const mounts = mountsOf(readFileSync('/proc/self/mountinfo', 'utf8'));
  const at = (path: string) => mounts.find(({ point }) => point === path);
  const isMapped = /^\s*0\s+\d+\s+1\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
  if (!isMapped || at('/run')?.source !== 'netns-mcp' || at('/')?.writable !== false) {
    return fail('KERNEL_UNSUPPORTED', `${SANDBOX_VARIABLE} is set, but this is no sandbox.`, 'Unset it, and start the sandbox with --sandbox.');
  }
  const hasOwnProcesses = process.pid === 1;
  if (hasOwnProcesses) endLikeOthers();
  const ours = new Set(['/run', '/dev', OWN_FILES_DIRECTORY]);
  const writable = mounts.flatMap((mount) => (mount.writable && !ours.has(mount.point) && mount.type !== 'proc' ? [mount.point] : []));
  return { writable, lacks: hasOwnProcesses ? [] : [SHARED_PROCESSES] };
}

/** The first process of a PID namespace ignores what would end any other (pid_namespaces(7)): until somebody listens, it ends by it. */
function endLikeOthers(): void {
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
    });
  }
}
