// Reading many namespaces at once: a few xargs workers start one `ip` each in turn, which costs half of what spawning from here does.
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { batchInput, entering, READ_FLAGS } from '../../exec/ip.js';
import { completed, type RunOptions, run } from '../../exec/run.js';
import { scratchFolder } from '../../exec/scratch.js';
import { shares } from '../../exec/shares.js';
import type { NamespaceState } from '../../model/snapshot.js';
import { countNames } from '../sources/names.js';
import { documentsOf, type Query } from './query.js';
import { unnamed } from './unnamed.js';

/** Stands for the handle's path in the command that xargs repeats. */
const PLACE = '{}';
const DEFAULT_TIMEOUT_MS = 60_000;
/** Entering a namespace copies all mounts, of which each name is one. From so many copies on it pays to put the names out of the way first. */
const MANY_COPIES = 10_000;

interface ManyOptions {
  /** Handle of the only namespace that shall have a name meanwhile, so that ids given to it are told. */
  target?: string;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Runs a query in each namespace of one worker's share, one after the other.
 * Each `ip -j` line prints one document on one line, so that outputs are told apart by counting.
 * @returns null when the count is not right: somewhere a line failed.
 * @throws NetnsError TIMED_OUT, CANCELLED.
 */
async function readShare(
  paths: readonly string[],
  query: Query,
  [program, ...args]: readonly [string, ...string[]],
  options: RunOptions,
): Promise<NamespaceState[] | null> {
  const result = await run([program, ...args], { ...options, stdin: paths.map((path) => `${path}\0`).join('') });
  if (result.endedBy === 'timeout' || result.endedBy === 'abort') completed(result);
  if (result.endedBy !== 'exit' || result.exitCode !== 0) return null;
  const documents = documentsOf(result.stdout);
  const size = query.lines.length;
  if (documents.length !== paths.length * size) return null;
  return paths.map((_, i) => query.parse(documents.slice(i * size, (i + 1) * size)));
}

/**
 * Reads many namespaces. @param paths Of open handles.
 * @returns States by path. Those of a share in which something failed are missing: read them one by one, to learn what it was.
 * @throws NetnsError TIMED_OUT, CANCELLED.
 */
export async function readMany(
  paths: readonly string[],
  query: Query,
  { target, timeoutMs = DEFAULT_TIMEOUT_MS, signal }: ManyOptions = {},
): Promise<Map<string, NamespaceState>> {
  using batch = batchOf(query);
  const isUnnamed = target !== undefined || paths.length * countNames() >= MANY_COPIES;
  const repeated = ['xargs', '-0', '-I', PLACE, ...entering(PLACE), ...READ_FLAGS, ...batch.words] as const;
  const command: [string, ...string[]] = isUnnamed ? [...unnamed(target ?? null), ...repeated] : [...repeated];
  const states = new Map<string, NamespaceState>();
  await Promise.all(
    shares(paths, availableParallelism()).map(async (share) => {
      const read = await readShare(share, query, command, { signal, timeoutMs });
      for (const [i, state] of (read ?? []).entries()) states.set(share[i] ?? '', state);
    }),
  );
  return states;
}

/** A query as words for `ip`: a single line as it is, several as a batch file. */
function batchOf({ lines }: Query): Disposable & { words: readonly string[] } {
  const [only, ...others] = lines;
  if (only && others.length === 0) return { words: only, [Symbol.dispose]: () => {} };
  const folder = scratchFolder();
  const file = join(folder.path, 'lines');
  writeFileSync(file, batchInput(lines));
  return { words: ['-batch', file], [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
