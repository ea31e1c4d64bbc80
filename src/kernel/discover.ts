// Every network namespace of the host, joined from all sources of knowledge.
import { statSync } from 'node:fs';
import { NamespaceHandle } from '../exec/handle.js';
import { NetnsError } from '../model/errors.js';
import type { KeptAlive, Namespace, NamespaceKind, Owner, Unread } from '../model/snapshot.js';
import { count } from '../model/text.js';
import type { Marks } from './marks.js';
import { ownerOf } from './owners/rules.js';
import { signsOf } from './owners/signs.js';
import { scanDescriptors } from './sources/descriptors.js';
import { type ForeignMount, scanForeignMounts, scanMounts } from './sources/mounts.js';
import { NAMES_DIRECTORY, pathOf, scanNames } from './sources/names.js';
import { commandOf, sampleOf, scanProcesses } from './sources/processes.js';

/** A namespace that was found, and the paths by which it can be opened, best first. */
export interface Found {
  /** Without its owner. */
  namespace: Namespace;
  paths: (string | Buffer)[];
  /** Takes a closer look at processes. */
  owner(): Owner | null;
}

/** What a look at the whole host found. */
export interface Discovery {
  /** Inode of the namespace that the server runs in. */
  host: number;
  found: Map<number, Found>;
  /** Inodes that are network namespaces for sure, so that they can be opened without a further look. */
  known: ReadonlySet<number>;
  unread: Unread[];
}

/** Kinds from the most to the least telling: the first that applies is the namespace's. */
const KIND_OF: Record<KeptAlive['by'], NamespaceKind> = {
  ...{ host: 'host', name: 'named', process: 'process' },
  ...{ task: 'task', bind: 'bind', descriptor: 'descriptor' },
};

let own: number | null = null;

/** Inode of the namespace that the server runs in: it never leaves it. */
export function hostInode(): number {
  own ??= statSync('/proc/self/ns/net').ino;
  return own;
}

const NO_PROCESSES = { count: 0, sample: [] };

/** Processes of a namespace that are asked whose it is. */
const ASKED_PROCESSES = 2;

function ownerBy(pids: readonly number[], names: readonly string[], mounts: readonly string[]): Owner | null {
  const processes = pids.slice(0, ASKED_PROCESSES).map((pid) => signsOf(pid));
  return ownerOf({ mounts: [...mounts, ...names.map((name) => `${NAMES_DIRECTORY}/${name}`)], processes });
}

function keptElsewhere({ shown, pids: [pid = 0], mountNamespaces }: ForeignMount): KeptAlive {
  const where = mountNamespaces > 1 ? `${mountNamespaces} other mount namespaces` : 'another mount namespace';
  return { by: 'bind', what: `${shown} in ${where}`, seen_by: `${pid} ${commandOf(pid)}` };
}

/** Finds all namespaces. Pure reading of /proc and /run/netns: no process is started. */
export function discover(): Discovery {
  const host = hostInode();
  const processes = scanProcesses();
  const unread: Unread[] = [];
  const reasons = new Map<number, { kept: KeptAlive[]; names: string[]; paths: (string | Buffer)[]; mounts: string[] }>();
  const at = (inode: number) => {
    const known = reasons.get(inode) ?? { kept: [], names: [], paths: [], mounts: [] };
    reasons.set(inode, known);
    return known;
  };

  at(host).kept.push({ by: 'host', what: 'the namespace that this server runs in' });
  at(host).paths.push('/proc/self/ns/net');
  const named = new Map<string, number>();
  for (const { name, raw, inode, isNamespace, isLink, blocks } of scanNames()) {
    const what = `${NAMES_DIRECTORY}/${name}`;
    if (!isNamespace) {
      const detail = blocks
        ? 'a FIFO, no namespace: ip(8) hangs on it, remove it'
        : isLink
          ? 'a link that leads to no namespace'
          : 'a stale file, no namespace';
      unread.push({ what, why: 'failed', detail });
      continue;
    }
    named.set(what, inode);
    if (!isLink) at(inode).kept.push({ by: 'name', what });
    at(inode).names.push(name);
    at(inode).paths.push(pathOf(raw));
  }
  const samples = new Map([...processes.byInode].map(([inode, pids]) => [inode, sampleOf(pids)]));
  for (const [inode, pids] of processes.byInode) {
    const { count: total, sample } = samples.get(inode) ?? NO_PROCESSES;
    at(inode).kept.push({
      by: 'process',
      what: `${sample.map(({ pid, command }) => `${pid} ${command}`).join(', ')}${total > sample.length ? ` and ${total - sample.length} more` : ''}`,
    });
    at(inode).paths.push(...pids.slice(0, 3).map((pid) => `/proc/${pid}/ns/net`));
  }
  for (const [inode, threads] of processes.threads) {
    at(inode).kept.push({ by: 'task', what: threads.map(({ pid, thread }) => `thread ${thread} of ${pid} ${commandOf(pid)}`).join(', ') });
    at(inode).paths.push(...threads.slice(0, 3).map(({ pid, thread }) => `/proc/${pid}/task/${thread}/ns/net`));
  }
  const mounts = scanMounts();
  for (const { inode, path, shown } of mounts) {
    // The mount that makes a name was told already; another below or above it on the same file was not.
    if (named.get(shown) === inode || at(inode).mounts.includes(path)) continue;
    at(inode).kept.push({ by: 'bind', what: shown });
    at(inode).paths.push(path);
    at(inode).mounts.push(path);
  }
  const foreign = scanForeignMounts(processes.byMountNamespace, mounts);
  for (const mount of foreign) {
    // A copy of a name is no further reason: it goes when the file of the name is removed (detach_mounts, fs/namespace.c).
    if (named.get(mount.shown) === mount.inode) continue;
    at(mount.inode).kept.push(keptElsewhere(mount));
    at(mount.inode).paths.push(...mount.pids.map((pid) => `/proc/${pid}/root${mount.path}`));
    at(mount.inode).mounts.push(mount.path);
  }
  const pids = [...processes.byInode.values()].flat();
  for (const { inode, pid, fd } of scanDescriptors(pids, new Map(mounts.map(({ path, inode }) => [path, inode])))) {
    at(inode).kept.push({ by: 'descriptor', what: `${fd} of process ${pid}` });
    at(inode).paths.push(`/proc/${pid}/fd/${fd}`);
  }
  if (processes.hidden > 0)
    unread.push({ what: count(processes.hidden, 'process', 'processes'), why: 'privilege', detail: 'namespaces of other users are hidden' });

  const found = new Map<number, Found>();
  for (const [inode, { kept, names, paths, mounts }] of reasons) {
    const first = kept[0]?.by ?? 'descriptor';
    const kind = names.length > 0 && first !== 'host' ? 'named' : KIND_OF[first];
    const pids = processes.byInode.get(inode) ?? [];
    found.set(inode, {
      namespace: { inode, names, nsid: null, kind, kept_alive_by: kept, owner: null, processes: samples.get(inode) ?? NO_PROCESSES },
      paths,
      owner: () => (kind === 'host' ? null : ownerBy(pids, names, mounts)),
    });
  }
  return { host, found, known: new Set([...processes.byInode.keys(), ...[...mounts, ...foreign].map(({ inode }) => inode)]), unread };
}

/** Opens a found namespace by the first of its paths that still leads to it, or says why none does. */
export function openFound({ namespace, paths }: Found, known?: ReadonlySet<number>): NamespaceHandle | 'vanished' | 'privilege' {
  let why: 'vanished' | 'privilege' = 'vanished';
  for (const path of paths) {
    try {
      const handle = NamespaceHandle.open(path, known);
      if (handle.inode === namespace.inode) return handle;
      handle[Symbol.dispose]();
    } catch (error) {
      // The next path may lead there.
      if (error instanceof NetnsError && error.code === 'PRIVILEGE_MISSING') why = 'privilege';
    }
  }
  return why;
}

/** Says that it is ours where the marks do. */
export function withMark(namespace: Namespace, handle: NamespaceHandle, marks: Marks): Namespace {
  return marks.isOwned(handle) ? { ...namespace, owner: { engine: 'netns-mcp', id: null, name: null } } : namespace;
}
