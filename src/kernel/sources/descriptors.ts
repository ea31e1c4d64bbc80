// Namespaces that somebody holds open as a file descriptor, from /proc/PID/fd.
import { readdirSync, readlinkSync } from 'node:fs';
import { inodeOfLink } from './processes.js';

/** A descriptor on a network namespace. */
export interface NamespaceDescriptor {
  inode: number;
  pid: number;
  fd: number;
}

/**
 * Descriptors on network namespaces held by other processes than this one.
 * A descriptor opened by way of a mount shows that path and not `net:[N]`: the mount is found by its own source.
 */
export function scanDescriptors(pids: Iterable<number>, proc = '/proc'): NamespaceDescriptor[] {
  const found: NamespaceDescriptor[] = [];
  for (const pid of pids) {
    if (pid === process.pid) continue;
    try {
      for (const fd of readdirSync(`${proc}/${pid}/fd`)) {
        try {
          const inode = inodeOfLink(readlinkSync(`${proc}/${pid}/fd/${fd}`));
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
