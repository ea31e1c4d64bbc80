// Reading many namespaces at once: a few xargs workers start one `ip` each in turn, which costs half of what spawning from here does.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { entering, READ_FLAGS } from '../exec/ip.js';
import { type RunOptions, run } from '../exec/run.js';
import type { NamespaceState } from '../model/snapshot.js';
import { documentsOf, type Query } from './read.js';

/** Stands for the handle's path in the command that xargs repeats. */
const PLACE = '{}';

/**
 * Runs a query in each namespace of one worker's share, one after the other.
 * Each `ip -j` line prints one document on one line, so that outputs are told apart by counting.
 * @returns null when the count is not right: somewhere a line failed.
 */
async function readShare(paths: readonly string[], query: Query, command: readonly string[], options: RunOptions): Promise<NamespaceState[] | null> {
  const result = await run(['xargs', '-0', '-I', PLACE, ...entering(PLACE), ...command], { ...options, stdin: paths.map((path) => `${path}\0`).join('') });
  if (result.endedBy !== 'exit' || result.exitCode !== 0) return null;
  const documents = documentsOf(result.stdout);
  const size = query.lines.length;
  if (documents.length !== paths.length * size) return null;
  return paths.map((_, i) => query.parse(documents.slice(i * size, (i + 1) * size)));
}

/** Splits a list in `parts` lists of nearly equal length. */
function shares<T>(list: readonly T[], parts: number): T[][] {
  return Array.from({ length: parts }, (_, part) => list.filter((_item, i) => i % parts === part)).filter((share) => share.length > 0);
}

/**
 * Reads many namespaces. @param paths Of open handles.
 * @returns States by path. Those of a share in which something failed are missing: read them one by one, to learn what it was.
 */
export async function readMany(paths: readonly string[], query: Query, signal?: AbortSignal): Promise<Map<string, NamespaceState>> {
  using batch = batchOf(query);
  const states = new Map<string, NamespaceState>();
  await Promise.all(
    shares(paths, availableParallelism()).map(async (share) => {
      const read = await readShare(share, query, [...READ_FLAGS, ...batch.words], { signal, timeoutMs: 60_000 });
      for (const [i, state] of (read ?? []).entries()) states.set(share[i] ?? '', state);
    }),
  );
  return states;
}

/** A query as words for `ip`: a single line as it is, several as a batch file. */
function batchOf({ lines }: Query): Disposable & { words: readonly string[] } {
  const [only, ...others] = lines;
  if (only && others.length === 0) return { words: only, [Symbol.dispose]: () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'netns-mcp-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const file = join(folder, 'lines');
  writeFileSync(file, `${lines.map((line) => line.join(' ')).join('\n')}\n`);
  return { words: ['-batch', file], [Symbol.dispose]: remove };
}
