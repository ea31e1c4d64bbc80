// Namespaces that a bind mount keeps alive, from /proc/self/mountinfo (proc_pid_mountinfo(5)).
import { readFileSync } from 'node:fs';
import { unescapeOctal } from '../../exec/mounts.js';
import { decodeBytes, visible } from '../../model/text.js';
import { inodeOfLink } from './processes.js';

/** A mount of a network namespace. `path` is what opens it, if it is UTF-8; `shown` is made safe to show. */
export interface NamespaceMount {
  inode: number;
  path: string;
  shown: string;
}

/** Mounts of network namespaces in a mountinfo text. */
export function parseMounts(text: string): NamespaceMount[] {
  return text.split('\n').flatMap((line) => {
    // id, parent, device, root, mount point …
    const [, , , root = '', path = ''] = line.split(' ');
    const inode = inodeOfLink(root);
    if (inode === null) return [];
    const point = unescapeOctal(path);
    return { inode, path: point, shown: visible(point) };
  });
}

/** Mounts of network namespaces in this mount namespace. */
export function scanMounts(): NamespaceMount[] {
  return parseMounts(decodeBytes(readFileSync('/proc/self/mountinfo')));
}
