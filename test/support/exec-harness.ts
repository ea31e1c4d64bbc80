// Starts the drivers of the exec tests: bundled to one file each, where every user can read it.
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { z } from 'zod';
import { PROGRAM_PATH, type RunOptions, type RunResult, run } from '../../src/exec/run.js';
import type { Sandbox } from './sandbox.js';

const support = dirname(fileURLToPath(import.meta.url));

export const isRoot = process.getuid?.() === 0;
/** The two users that things are tried as, when there is a choice. */
export const USERS = isRoot ? (['root', 'nobody'] as const) : (['nobody'] as const);
const AS_NOBODY = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

/** The command line that runs another as that user. */
export function as(user: (typeof USERS)[number], argv: readonly string[]): [string, ...string[]] {
  return [...(user === 'nobody' ? AS_NOBODY : []), ...argv] as [string, ...string[]];
}

/** A folder of its own for the drivers; dispose it when the tests of a file are done. */
export class Drivers implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'netns-mcp-exec-'));

  static async build(): Promise<Drivers> {
    const drivers = new Drivers();
    const entryPoints = ['exec-driver', 'exec-sandbox-driver'].map((name) => join(support, `${name}.ts`));
    await build({ entryPoints, outdir: drivers.folder, outExtension: { '.js': '.mjs' }, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
    copyFileSync(join(support, '../../src/probe/prober.mjs'), join(drivers.folder, 'prober.mjs'));
    await run(['chmod', '-R', 'a+rX', drivers.folder]);
    return drivers;
  }

  get exec(): [string, string] {
    return [process.execPath, join(this.folder, 'exec-driver.mjs')];
  }

  get sandbox(): [string, string] {
    return [process.execPath, join(this.folder, 'exec-sandbox-driver.mjs')];
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const Failure = z.object({ code: z.string(), message: z.string(), hint: z.string(), details: z.record(z.string(), z.unknown()) });
export const ConfinedOutcome = z.object({
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  stdout: z.string(),
  stderr: z.string(),
  truncated: z.boolean(),
  timedOut: z.boolean(),
  durationMs: z.number(),
});
export const ProbeOutcome = z.strictObject({
  reachable: z.boolean(),
  sent: z.number(),
  received: z.number(),
  rtt_ms: z.number().nullable(),
  error: z.string().nullable(),
  method: z.string(),
});

/** Has the driver answer requests, in a sandbox (`null`: outside). An answer that is an error becomes its value. */
export async function ask<T>(
  schema: z.ZodType<T>,
  drivers: Drivers,
  sandbox: Sandbox | null,
  requests: readonly Record<string, unknown>[],
): Promise<(T | z.infer<typeof Failure>)[]> {
  const stdin = JSON.stringify(requests.map((request) => ({ namespace: '/proc/self/ns/net', ...request })));
  const result = await (sandbox === null ? run(drivers.exec, { stdin, timeoutMs: 60_000 }) : sandbox.run(drivers.exec, { stdin, timeoutMs: 60_000 }));
  if (result.exitCode !== 0) throw new Error(`the driver failed: ${result.stderr}`);
  const answers = z.array(z.union([z.object({ result: schema }), z.object({ error: Failure })])).parse(JSON.parse(result.stdout.toString()));
  return answers.map((answer) => ('error' in answer ? answer.error : answer.result));
}

/** Runs a driver or a program as a user. */
export function runAs(user: (typeof USERS)[number], argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return run(as(user, argv), { ...options, env: { PATH: PROGRAM_PATH, LC_ALL: 'C', ...options.env } });
}

/** A sandbox's network namespace, from outside. */
export function networkOf(sandbox: Sandbox): string {
  const words = sandbox.entering([]);
  return `/proc/${words[words.indexOf('--target') + 1]}/ns/net`;
}

/** PIDs of processes whose command line has this word; `first` among the words, if given. */
export function processesWith(word: string, first?: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const words = /^\d+$/.test(name) ? readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0') : [];
      return words.includes(word) && (first === undefined || words[0] === first) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** Ends, by their PIDs, whatever still has such a word in its command line: for tests that failed. */
export function endAllWith(words: Iterable<string>): void {
  for (const word of words) {
    for (const pid of processesWith(word)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone already.
      }
    }
  }
}
