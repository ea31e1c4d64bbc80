// Namespaces that a bind mount keeps alive, from /proc/self/mountinfo (proc_pid_mountinfo(5)).
import { readFileSync } from 'node:fs';
import { decodeBytes } from '../../model/text.js';
import { NAMES_DIRECTORY } from './names.js';
import { inodeOfLink } from './processes.js';

export interface NamespaceMount {
  inode: number;
  path: string;
}

/** The kernel writes space, tab, line feed and backslash in a path as octal escapes. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Mounts of network namespaces in a mountinfo text. */
export function parseMounts(text: string): NamespaceMount[] {
  return text.split('\n').flatMap((line) => {
    // id, parent, device, root, mount point …
    const [, , , root = '', path = ''] = line.split(' ');
    const inode = inodeOfLink(root);
    return inode === null ? [] : { inode, path: unescapeOctal(path) };
  });
}

/** Mounts of network namespaces outside the names' directory, in this mount namespace. */
export function scanMounts(): NamespaceMount[] {
  return parseMounts(decodeBytes(readFileSync('/proc/self/mountinfo'))).filter(({ path }) => !path.startsWith(`${NAMES_DIRECTORY}/`));
}
