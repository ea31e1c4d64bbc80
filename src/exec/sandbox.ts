// The sandbox: the whole server again, as root of user, network, mount and process namespaces of its own, with the host's files read-only.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fail } from '../model/errors.js';
import { mountsOf } from './mounts.js';
import { CLEAN_ENVIRONMENT, run, startForeground } from './run.js';
import { type Obstacle, obstacleOf } from './sandbox-diagnosis.js';
import { READY, SANDBOX_VARIABLE, sandboxCommand } from './sandbox-script.js';

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

/**
 * Runs a program in a new sandbox, in the foreground, until it ends. It dies when this process dies, however that happens.
 * @returns Its exit code; 128 and the signal's number when a signal ended it.
 * @throws NetnsError KERNEL_UNSUPPORTED when no sandbox can be made here, with the way out.
 */
export async function enterSandbox({ argv, env, auditDescriptor }: SandboxRequest): Promise<number> {
  const chain = startForeground(sandboxCommand(argv), { env: insideEnvironment(env), descriptors: [auditDescriptor ?? 'ignore', 2] });
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
    const [code, signal]: [number | null, NodeJS.Signals | null] = await ended(chain);
    if (!isReady && signal === null) return fails(obstacleOf(complaint));
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

async function ended(chain: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  const failed = once(chain, 'error').then(([error]) => fails(obstacleOf(error instanceof Error ? `sh: setpriv: not found (${error.message})` : '')));
  const closed = once(chain, 'close').then(([code, signal]) => [code, signal] as [number | null, NodeJS.Signals | null]);
  return await Promise.race([closed, failed]);
}

/** Whether a sandbox can be made here: makes one, runs nothing in it, and it is gone. */
export async function sandboxSupport(): Promise<{ ok: true } | ({ ok: false } & Obstacle)> {
  const result = await run(sandboxCommand(['true']), { descriptors: ['ignore', 'ignore'], timeoutMs: 10_000 });
  const complaint = result.endedBy === 'not_started' ? 'sh: setpriv: not found' : result.stderr.toString();
  return complaint.includes(READY) ? { ok: true } : { ok: false, ...obstacleOf(complaint) };
}

/** True when this process was started as the program inside a sandbox. `prepareSandbox` finds out whether it really is. */
export function isSandboxed(env: NodeJS.ProcessEnv = process.env): boolean {
  return env[SANDBOX_VARIABLE] !== undefined;
}

/** What the program inside is told of its sandbox. */
export interface SandboxReport {
  /** Mount points of the host that could not be made read-only. */
  writable: string[];
}

/**
 * Called first inside. It changes nothing but this process: the sandbox was made before it started.
 * @throws NetnsError KERNEL_UNSUPPORTED when this is no sandbox, whatever the environment says.
 */
export function prepareSandbox(): SandboxReport {
  const mounts = mountsOf(readFileSync('/proc/self/mountinfo', 'utf8'));
  const at = (path: string) => mounts.find(({ point }) => point === path);
  const isAlone = process.pid === 1 && /^\s*0\s+\d+\s+1\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
  if (!isAlone || at('/run')?.source !== 'netns-mcp' || at('/')?.writable !== false) {
    return fail('KERNEL_UNSUPPORTED', `${SANDBOX_VARIABLE} is set, but this is no sandbox.`, `Unset it, and start the sandbox with --sandbox.`);
  }
  endLikeOthers();
  const ours = new Set(['/run', '/proc', '/proc/sys/net', '/dev']);
  return { writable: mounts.flatMap(({ point, writable, type }) => (writable && !ours.has(point) && type !== 'proc' ? [point] : [])) };
}

/** The first process of a PID namespace ignores what would end any other (pid_namespaces(7)): until somebody listens, it ends by it. */
function endLikeOthers(): void {
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
    });
  }
}
