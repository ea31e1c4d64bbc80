// Ids that one network namespace has given to others. An id is local to the namespace that gave it (rtnetlink's NETNSA_NSID).
import { runIpBatch } from '../exec/ip.js';
import type { RunOptions } from '../exec/run.js';
import type { NamespaceState } from '../model/snapshot.js';
import { documentsOf } from './reading/query.js';
import { readUnnamedIds } from './reading/read.js';
import { runInside, succeeded } from './reading/results.js';
import { parseNsids } from './sections/routes.js';
import { blockingName, scanNames } from './sources/names.js';

/** What is known of the ids that a namespace has given. */
export interface GivenIds {
  /** Id by inode. */
  byInode: Map<number, number>;
  /** Ids whose namespace has neither a name nor a process, so that the tools do not tell which it is. */
  unresolved: number[];
}

/** Ids of namespaces that processes live in: `lsns` asks the kernel for each, from the namespace that it runs in itself. */
async function idsByProcesses(path: string | null, options: RunOptions): Promise<Map<number, number>> {
  const { stdout } = succeeded(await runInside(path, ['lsns', '-t', 'net', '-n', '-r', '-o', 'NS,NETNSID'], options));
  const ids = new Map<number, number>();
  for (const [, inode, nsid] of stdout.toString('latin1').matchAll(/^(\d+) (\d+)$/gm)) ids.set(Number(inode), Number(nsid));
  return ids;
}

/**
 * Finds out which namespaces ids were given to: by their names, and where that does not tell all, by the processes that live in them.
 * @param path Handle of the namespace that gave the ids; null is the server's own.
 */
async function identify(path: string | null, given: NonNullable<NamespaceState['nsids']>, signal?: AbortSignal): Promise<GivenIds> {
  const inodes = new Map(scanNames().flatMap(({ name, inode, isNamespace }) => (isNamespace ? [[name, inode] as const] : [])));
  const byInode = new Map<number, number>();
  const nameless: number[] = [];
  for (const { nsid, name } of given) {
    const inode = name === null ? undefined : inodes.get(name);
    if (inode === undefined) nameless.push(nsid);
    else byInode.set(inode, nsid);
  }
  if (nameless.length > 0) for (const [inode, nsid] of await idsByProcesses(path, { signal })) byInode.set(inode, nsid);
  const known = new Set(byInode.values());
  return { byInode, unresolved: nameless.filter((nsid) => !known.has(nsid)) };
}

/**
 * Reads the ids that a namespace has given.
 * @param path Handle of the namespace that gives; null is the server's own.
 * @throws NetnsError READ_FAILED, PRIVILEGE_MISSING, COMMAND_MISSING, TIMED_OUT, CANCELLED.
 */
export async function idsGivenBy(path: string | null, signal?: AbortSignal): Promise<GivenIds> {
  if (blockingName() !== null) return await identify(path, await readUnnamedIds(path, { signal }), signal);
  const { stdout } = succeeded(await runIpBatch(path, [], [['netns', 'list-id']], { signal }));
  return await identify(path, parseNsids(documentsOf(stdout)[0] ?? []), signal);
}
