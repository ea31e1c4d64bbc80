// Namespaces that a bind mount keeps alive, here or in another mount namespace, from /proc/PID/mountinfo (proc_pid_mountinfo(5)).
import { readFileSync, readlinkSync } from 'node:fs';
import { unescapeOctal } from '../../exec/mounts.js';
import { decodeBytes, visible } from '../../model/text.js';
import { inodeOfLink } from './processes.js';

/** A mount of a network namespace. `path` is what opens it, if it is UTF-8; `shown` is made safe to show. */
export interface NamespaceMount {
  inode: number;
  path: string;
  shown: string;
  /** Mounts of one group come and go together (mount_namespaces(7)): the group that it belongs to, and the one that it follows. */
  peers: string | null;
  follows: string | null;
}

/** One that only processes in another mount namespace see. */
export interface ForeignMount extends NamespaceMount {
  /** Some that see it: by their root it can be opened. */
  pids: number[];
  /** How many mount namespaces have it. */
  mountNamespaces: number;
}

/** Mounts of network namespaces in a mountinfo text. */
export function parseMounts(text: string): NamespaceMount[] {
  // Others are mostly all that there is: they are not looked at closer.
  const lines = text.includes(' net:[') ? text.split('\n') : [];
  return lines.flatMap((line) => {
    // id, parent, device, root, mount point, options, optional fields …, -, …
    const [, , , root = '', path = '', , ...rest] = line.split(' ');
    const inode = inodeOfLink(root);
    if (inode === null) return [];
    const point = unescapeOctal(path);
    const optional = rest.slice(0, Math.max(rest.indexOf('-'), 0));
    const field = (name: string) => optional.find((each) => each.startsWith(`${name}:`))?.slice(name.length + 1) ?? null;
    return { inode, path: point, shown: visible(point), peers: field('shared'), follows: field('master') };
  });
}

/** Mounts of network namespaces in this mount namespace. */
export function scanMounts(): NamespaceMount[] {
  return parseMounts(decodeBytes(readFileSync('/proc/self/mountinfo')));
}

/** As many ways into a mount are kept, and as many processes are asked for the mounts of a mount namespace, should the first have ended. */
const MOST_PIDS = 3;

/** Mounts as the first of some processes sees them that can be asked; null when none can. */
function seenByFirst(pids: readonly number[], proc: string): { pid: number; mounts: NamespaceMount[] } | null {
  for (const pid of pids.slice(0, MOST_PIDS)) {
    try {
      return { pid, mounts: parseMounts(decodeBytes(readFileSync(`${proc}/${pid}/mountinfo`))) };
    } catch {
      // It has ended, or is not ours to look at.
    }
  }
  return null;
}

/**
 * Mounts of network namespaces that are not to be seen here. Those that go along with one that is are left out.
 * @param byMountNamespace Processes by the inode of the mount namespace that they live in. @param here Mounts of this one.
 */
export function scanForeignMounts(byMountNamespace: ReadonlyMap<number, readonly number[]>, here: readonly NamespaceMount[], proc = '/proc'): ForeignMount[] {
  const own = inodeOfLink(readlinkSync(`${proc}/self/ns/mnt`), 'mnt');
  const groups = new Set(here.flatMap(({ peers }) => peers ?? []));
  const goesAlong = ({ peers, follows }: NamespaceMount) => groups.has(peers ?? '') || groups.has(follows ?? '');
  const found = new Map<string, ForeignMount>();
  for (const [inode, pids] of byMountNamespace) {
    const seen = inode === own ? null : seenByFirst(pids, proc);
    for (const mount of seen?.mounts ?? []) {
      if (goesAlong(mount)) continue;
      const key = `${mount.inode} ${mount.path}`;
      const known = found.get(key) ?? { ...mount, pids: [], mountNamespaces: 0 };
      found.set(key, { ...known, pids: [...known.pids, seen?.pid ?? 0].slice(0, MOST_PIDS), mountNamespaces: known.mountNamespaces + 1 });
    }
  }
  return [...found.values()];
}
