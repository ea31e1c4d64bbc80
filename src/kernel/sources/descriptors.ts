// Namespaces that somebody holds open as a file descriptor, from /proc/PID/fd.
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { nsfsDevice } from '../../exec/handle.js';
import { inodeOfLink } from './processes.js';

/** A descriptor on a network namespace. */
export interface NamespaceDescriptor {
  inode: number;
  pid: number;
  fd: number;
}

/**
 * The network namespace that a descriptor leads to, or null. One that was opened by way of a mount shows the mount's path, or `/`
 * when that mount is gone: only those are looked at closer, since a look at just any file may hang (a dead NFS server).
 */
function inodeAt(file: string, mounts: ReadonlyMap<string, number>): number | null {
  const link = readlinkSync(file);
  const inode = inodeOfLink(link) ?? mounts.get(link) ?? null;
  if (inode !== null || link !== '/') return inode;
  const { dev, ino } = statSync(file);
  return dev === nsfsDevice() ? ino : null;
}

/**
 * Descriptors on network namespaces held by other processes than this one.
 * @param mounts Inodes of mounted namespaces by the path of the mount.
 */
export function scanDescriptors(pids: Iterable<number>, mounts: ReadonlyMap<string, number> = new Map(), proc = '/proc'): NamespaceDescriptor[] {
  const found: NamespaceDescriptor[] = [];
  for (const pid of pids) {
    if (pid === process.pid) continue;
    try {
      for (const fd of readdirSync(`${proc}/${pid}/fd`)) {
        try {
          const inode = inodeAt(`${proc}/${pid}/fd/${fd}`, mounts);
          if (inode !== null) found.push({ inode, pid, fd: Number(fd) });
        } catch {
          // Closed meanwhile.
        }
      }
    } catch {
      // Ended meanwhile, or not ours to look at: counted by the scan of processes.
    }
  }
  return found;
}
