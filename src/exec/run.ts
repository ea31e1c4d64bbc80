// Starting one process: argument array in, result out; in the foreground, on our own terminal; or apart from us. The only file of the house that calls spawn.
import { type ChildProcess, spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { NetnsError } from '../model/errors.js';

/** Why a process ended. The first reason wins. */
export type EndedBy = 'exit' | 'timeout' | 'abort' | 'output_cap' | 'not_started';

/** What a process did; the same shape whether it went well or not. */
export interface RunResult {
  argv: readonly string[];
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: Buffer;
  endedBy: EndedBy;
  /** The system's word when it could not be started: ENOENT, EACCES … */
  startError: string | null;
  durationMs: number;
}

export interface RunOptions {
  stdin?: string | Buffer;
  timeoutMs?: number;
  /** Cap on each of standard output and standard error. What comes after is dropped and the process ended. */
  maxOutputBytes?: number;
  signal?: AbortSignal | undefined;
  env?: Record<string, string>;
  cwd?: string;
  /** Between the polite request to end and the forced one, default 500; 0 forces at once. */
  killAfterMs?: number;
  /** File descriptors for the child, as 3, 4, …; `ignore` is /dev/null. */
  descriptors?: readonly (number | 'ignore')[];
}

/** Where programs are looked for: never the caller's PATH. */
export const PROGRAM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const DEFAULTS = { timeoutMs: 15_000, maxOutputBytes: 64 * 1024 * 1024, killAfterMs: 500 };
export const CLEAN_ENVIRONMENT = { PATH: PROGRAM_PATH, LC_ALL: 'C' };

/** Ends a process and all of its group, politely first unless there is no time for it. */
function end(child: ChildProcess, killAfterMs: number): void {
  const signalGroup = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group is gone already.
    }
  };
  signalGroup(killAfterMs > 0 ? 'SIGTERM' : 'SIGKILL');
  const timer = setTimeout(signalGroup, killAfterMs, 'SIGKILL');
  child.once('close', () => {
    clearTimeout(timer);
    // The leader may have left others of its group behind.
    signalGroup('SIGKILL');
  });
}

/**
 * Runs a program in a process group of its own, with a clean environment, a time limit, an output cap and an abort signal.
 * Never throws for what the process does: the result says it.
 */
export function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunResult> {
  const { timeoutMs, maxOutputBytes, killAfterMs, signal, stdin, env, cwd, descriptors = [] } = { ...DEFAULTS, ...options };
  const [program, ...args] = argv;
  const started = performance.now();
  return new Promise((resolve) => {
    let endedBy: EndedBy = 'exit';
    let startError: string | null = null;
    const output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    const finish = (exitCode: number | null, endSignal: NodeJS.Signals | null) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      resolve({
        argv,
        exitCode,
        signal: endSignal,
        stdout: Buffer.concat(output.stdout),
        stderr: Buffer.concat(output.stderr),
        endedBy,
        startError,
        durationMs: performance.now() - started,
      });
    };
    if (signal?.aborted) {
      resolve({ argv, exitCode: null, signal: null, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), endedBy: 'abort', startError, durationMs: 0 });
      return;
    }
    const child = spawn(program, args, {
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...descriptors],
      env: env ?? CLEAN_ENVIRONMENT,
      detached: true,
      ...(cwd === undefined ? {} : { cwd }),
    });
    const stop = (reason: EndedBy) => {
      if (endedBy !== 'exit') return;
      endedBy = reason;
      end(child, killAfterMs);
    };
    const abort = () => stop('abort');
    // One call starts many processes at once.
    if (signal) setMaxListeners(0, signal);
    const timer = setTimeout(stop, timeoutMs, 'timeout');
    signal?.addEventListener('abort', abort, { once: true });
    for (const name of ['stdout', 'stderr'] as const) {
      let room = maxOutputBytes;
      child[name]?.on('data', (chunk: Buffer) => {
        if (chunk.length > room) {
          stop('output_cap');
          chunk = chunk.subarray(0, room);
        }
        room -= chunk.length;
        if (chunk.length > 0) output[name].push(chunk);
      });
    }
    // A program that does not read its input to the end is no error of ours.
    child.stdin?.on('error', () => {});
    child.stdin?.end(stdin);
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      endedBy = 'not_started';
      startError = error.code ?? error.message;
      finish(null, null);
    });
    child.once('close', finish);
  });
}

/**
 * Starts a program in the foreground: our standard input and output are its own. Its standard error is a pipe to us.
 */
export function startForeground(argv: readonly [string, ...string[]], { env, descriptors }: Required<Pick<RunOptions, 'env' | 'descriptors'>>): ChildProcess {
  const [program, ...args] = argv;
  return spawn(program, args, { stdio: ['inherit', 'inherit', 'pipe', ...descriptors], env });
}

/**
 * Starts a program in a session of its own and does not wait for it. Its standard streams and the files after them are `streams`, the last of
 * which may be a channel to us.
 */
export function startApart(argv: readonly [string, ...string[]], streams: readonly (number | 'ignore' | 'pipe')[], env: Record<string, string>): ChildProcess {
  const [program, ...args] = argv;
  return spawn(program, args, { stdio: [...streams], env, cwd: '/', detached: true });
}

/** How long a program that lives on may take to say that it is ready. */
const READY_WITHIN_MS = 10_000;

/**
 * Starts a program that outlives this one, in a session of its own, and waits for the first line that it prints: by that it says that it is ready.
 * @returns Its process id.
 * @throws Error when it ends, or stays silent.
 */
export function startDetached(argv: readonly [string, ...string[]], env: NodeJS.ProcessEnv): Promise<number> {
  const [program, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env, detached: true, cwd: '/' });
    const timer = setTimeout(() => finish(new Error(`${program} said nothing for ${READY_WITHIN_MS} ms`)), READY_WITHIN_MS);
    const finish = (error: Error | null) => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.on('error', () => {});
      child.stdout.destroy();
      child.unref();
      if (error === null && child.pid !== undefined) resolve(child.pid);
      else {
        child.kill('SIGKILL');
        reject(error ?? new Error(`${program} has no process id`));
      }
    };
    child.once('error', finish);
    child.once('exit', (code, signal) => finish(new Error(`${program} ended at once (${signal ?? code})`)));
    child.stdout.once('data', () => finish(null));
  });
}

/**
 * Turns what kept a process from ending by itself into an error; returns the result unchanged otherwise.
 * @throws NetnsError COMMAND_MISSING, TIMED_OUT, CANCELLED, READ_FAILED.
 */
export function completed(result: RunResult, missingHint?: string): RunResult {
  const program = result.argv[0] ?? '';
  switch (result.endedBy) {
    case 'exit':
      return result;
    case 'not_started':
      throw new NetnsError(
        'COMMAND_MISSING',
        `${program} could not be started (${result.startError}).`,
        missingHint ?? `Install ${program}; netns-mcp doctor names the package.`,
        { program },
      );
    case 'timeout':
      throw new NetnsError(
        'TIMED_OUT',
        `${program} was ended after ${Math.round(result.durationMs)} ms.`,
        'Ask for less at once, or try again when the host is less busy.',
        { program },
      );
    case 'abort':
      throw new NetnsError('CANCELLED', `${program} was ended because the call was cancelled.`, 'Nothing more will be done for this call.', { program });
    case 'output_cap':
      throw new NetnsError('READ_FAILED', `${program} printed more than the limit.`, 'Ask for a narrower part.', { program });
  }
}
