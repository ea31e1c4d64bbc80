// A wave of many namespaces: one `ip -batch` in each, started by a few workers.
import { type BatchJob, runManyBatches } from '../../exec/many.js';
import type { RunOptions, RunResult } from '../../exec/run.js';
import { documentsOf, type Query } from '../../kernel/reading/query.js';
import type { NamespaceState } from '../../model/snapshot.js';
import { runArguments } from './command.js';
import { type Group, pathOf } from './schedule.js';

/** How one group went. */
export interface GroupResult {
  result: RunResult;
  /** Commands that succeeded, from the first on. */
  ran: number;
  /** It is not known which command failed. */
  isUncertain: boolean;
  /** What was read back by it. */
  state: NamespaceState | null;
}

/** Runs groups of `ip` that are in namespaces of their own. @param queryOf What each is asked besides; null is nothing. */
export async function runGroups(
  groups: readonly Group[],
  queryOf: (group: Group) => Query | null,
  options: RunOptions,
): Promise<(GroupResult & { group: Group })[]> {
  const queries = groups.map(queryOf);
  const jobs = groups.map((group, i): BatchJob => {
    const writes = group.commands.map(({ command }) => runArguments(command.args));
    const reads = queries[i]?.lines ?? [];
    return { path: pathOf(group) ?? '', lines: [...writes, ...reads], reads: reads.length };
  });
  const results: (GroupResult & { group: Group })[] = [];
  for (const { jobs: share, result, failed } of await runManyBatches(jobs, options)) {
    const isAllWell = result.exitCode === 0;
    const documents = isAllWell ? documentsOf(result.stdout) : [];
    const expected = share.reduce((sum, at) => sum + (jobs[at]?.reads ?? 0), 0);
    let from = 0;
    for (const at of share) {
      const [group, job, query] = [groups[at], jobs[at], queries[at]];
      if (!group || !job) continue;
      const size = group.commands.length;
      const line = failed.get(at);
      // Where a worker was cut off, or a process ended without a word, nothing is known of those that are not named.
      const isUncertain = !isAllWell && line === undefined && (failed.size === 0 || result.endedBy !== 'exit');
      const isRead = query && documents.length === expected;
      const state = isRead ? query.parse(documents.slice(from, from + job.reads)) : null;
      from += job.reads;
      // A line beyond its commands only asks.
      results.push({ group, result, ran: isUncertain ? 0 : Math.min(size, line ?? size), isUncertain, state });
    }
  }
  return results;
}
