// Many `ip -batch` runs, each in a namespace of its own: xargs starts them one after the other, which costs half of what starting them from here does.
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { batchInput, type Line, READ_FLAGS } from './ip.js';
import { type RunOptions, type RunResult, run } from './run.js';
import { scratchFolder } from './scratch.js';
import { shares } from './shares.js';

/** What is to be run in one namespace. */
export interface BatchJob {
  /** Handle of the namespace. */
  path: string;
  /** Words that a batch line can hold. */
  lines: readonly Line[];
  /** How many of the last lines print one document on one line each. */
  reads: number;
}

/** How the jobs of one worker went. */
export interface ShareResult {
  /** Positions in the list of all jobs. */
  jobs: number[];
  result: RunResult;
  /** The first line, from 0, that failed in a job, by its position. */
  failed: Map<number, number>;
}

/** From so many on it pays. */
export const MANY_JOBS = 6;

/** `ip -batch FILE` complains of a line as `Command failed FILE:LINE`. */
function failuresIn(stderr: string, folder: string): Map<number, number> {
  const failed = new Map<number, number>();
  for (const line of stderr.split('\n')) {
    const match = line.startsWith(`Command failed ${folder}/`) ? /\/(\d+):(\d+)$/.exec(line) : null;
    if (match) failed.set(Number(match[1]), Number(match[2]) - 1);
  }
  return failed;
}

/** Runs all jobs, on as many workers as there are processors. A job that fails stops at its line; the others go on. */
export async function runManyBatches(jobs: readonly BatchJob[], options: RunOptions): Promise<ShareResult[]> {
  using folder = scratchFolder();
  for (const [at, { lines }] of jobs.entries()) writeFileSync(join(folder.path, String(at)), batchInput(lines), { mode: 0o600 });
  return await Promise.all(
    shares([...jobs.keys()], availableParallelism()).map(async (share): Promise<ShareResult> => {
      const words = share.flatMap((at) => ['-n', `../../../..${jobs[at]?.path}`, '-batch', join(folder.path, String(at))]);
      const result = await run(['xargs', '-0', '-n', '4', 'ip', ...READ_FLAGS], { ...options, stdin: words.map((word) => `${word}\0`).join('') });
      return { jobs: share, result, failed: failuresIn(result.stderr.toString('utf8'), folder.path) };
    }),
  );
}
