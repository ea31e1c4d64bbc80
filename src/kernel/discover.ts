// Every network namespace of the host, joined from all sources of knowledge.
import { statSync } from 'node:fs';
import { NamespaceHandle } from '../exec/handle.js';
import type { KeptAlive, Namespace, NamespaceKind, Owner, Unread } from '../model/snapshot.js';
import { count } from '../model/text.js';
import type { Marks } from './marks.js';
import { scanDescriptors } from './sources/descriptors.js';
import { scanMounts } from './sources/mounts.js';
import { NAMES_DIRECTORY, pathOf, scanNames } from './sources/names.js';
import { sampleOf, scanProcesses } from './sources/processes.js';

/** A namespace that was found, and the paths by which it can be opened, best first. */
export interface Found {
  namespace: Namespace;
  paths: (string | Buffer)[];
}

export interface Discovery {
  /** Inode of the namespace that the server runs in. */
  host: number;
  found: Map<number, Found>;
  unread: Unread[];
}

/** Kinds from the most to the least telling: the first that applies is the namespace's. */
const KIND_OF: Record<KeptAlive['by'], NamespaceKind> = { host: 'host', name: 'named', process: 'process', bind: 'bind', descriptor: 'descriptor' };

export function hostInode(): number {
  return statSync('/proc/self/ns/net').ino;
}

/** Which engine keeps its namespaces where. */
const ENGINES: [prefix: string, engine: string][] = [
  ['/run/docker/netns/', 'docker'],
  ['/run/containerd/', 'containerd'],
  ['/run/podman/', 'podman'],
  ['/run/cni/', 'cni'],
  ['/var/run/cni/', 'cni'],
];

function ownerByMount(paths: readonly string[]): Owner | null {
  for (const path of paths) {
    const engine = ENGINES.find(([prefix]) => path.startsWith(prefix));
    if (engine) return { engine: engine[1], id: path.slice(engine[0].length), name: null };
  }
  return null;
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
  for (const { name, raw, inode, isNamespace } of scanNames()) {
    if (!isNamespace) {
      unread.push({ what: `${NAMES_DIRECTORY}/${name}`, why: 'failed', detail: 'a stale file, no namespace' });
      continue;
    }
    at(inode).kept.push({ by: 'name', what: `${NAMES_DIRECTORY}/${name}` });
    at(inode).names.push(name);
    at(inode).paths.push(pathOf(raw));
  }
  for (const [inode, pids] of processes.byInode) {
    const { count: total, sample } = sampleOf(pids);
    at(inode).kept.push({
      by: 'process',
      what: `${sample.map(({ pid, command }) => `${pid} ${command}`).join(', ')}${total > sample.length ? ` and ${total - sample.length} more` : ''}`,
    });
    at(inode).paths.push(...pids.slice(0, 3).map((pid) => `/proc/${pid}/ns/net`));
  }
  for (const { inode, path } of scanMounts()) {
    at(inode).kept.push({ by: 'bind', what: path });
    at(inode).paths.push(path);
    at(inode).mounts.push(path);
  }
  for (const { inode, pid, fd } of scanDescriptors([...processes.byInode.values()].flat())) {
    at(inode).kept.push({ by: 'descriptor', what: `${fd} of process ${pid}` });
    at(inode).paths.push(`/proc/${pid}/fd/${fd}`);
  }
  if (processes.hidden > 0)
    unread.push({ what: count(processes.hidden, 'process', 'processes'), why: 'privilege', detail: 'namespaces of other users are hidden' });

  const found = new Map<number, Found>();
  for (const [inode, { kept, names, paths, mounts }] of reasons) {
    const kind = KIND_OF[kept[0]?.by ?? 'descriptor'];
    found.set(inode, {
      namespace: { inode, names, nsid: null, kind, kept_alive_by: kept, owner: ownerByMount(mounts), processes: sampleOf(processes.byInode.get(inode) ?? []) },
      paths,
    });
  }
  return { host, found, unread };
}

/** Opens a found namespace by the first of its paths that still leads to it; null when it is gone or may not be opened. */
export function openFound({ namespace, paths }: Found): NamespaceHandle | null {
  for (const path of paths) {
    try {
      const handle = NamespaceHandle.open(path);
      if (handle.inode === namespace.inode) return handle;
      handle[Symbol.dispose]();
    } catch {
      // The next path may lead there.
    }
  }
  return null;
}

/** Says that it is ours where the marks do. */
export function withOwner(namespace: Namespace, handle: NamespaceHandle, marks: Marks): Namespace {
  return marks.isOwned(handle) ? { ...namespace, owner: { engine: 'netns-mcp', id: null, name: null } } : namespace;
}
