// The names of namespaces: files in /run/netns on which one is mounted (ip-netns(8)).
import { type Dirent, readdirSync, readlinkSync, statSync } from 'node:fs';
import { nsfsDevice } from '../../exec/handle.js';
import { decodeBytes, visible } from '../../model/text.js';
import { scanMounts } from './mounts.js';
import { inodeOfLink } from './processes.js';

export const NAMES_DIRECTORY = '/run/netns';

/** An entry of the names' directory. A name can be any bytes: `raw` is what opens it, `name` what is shown. */
export interface NameEntry {
  name: string;
  raw: Buffer;
  inode: number;
  /** False for a stale file: something else lies there, or nothing is mounted on it. */
  isNamespace: boolean;
  /** A symbolic link to a process's namespace: a name for it, but it does not keep it alive. */
  isLink: boolean;
  /** A FIFO: whoever opens it, as ip(8) does with all names, waits for ever. */
  blocks: boolean;
}

/** The path of an entry, byte for byte. */
export function pathOf(raw: Buffer, directory = NAMES_DIRECTORY): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), raw]);
}

/** A name that makes ip(8) hang as soon as it wants to tell the name of any namespace; null when there is none. */
export function blockingName(): string | null {
  const blocking = entriesOf(NAMES_DIRECTORY).find((entry) => entry.isFIFO() || (entry.isSymbolicLink() && isFifo(pathOf(entry.name))));
  return blocking ? visible(decodeBytes(blocking.name)) : null;
}

/** The network namespace at the end of a symbolic link such as `/run/netns/x -> /proc/7/ns/net`; null when there is none. */
function inodeBehind(path: Buffer): number | null {
  try {
    return inodeOfLink(readlinkSync(readlinkSync(path, { encoding: 'buffer' }), 'latin1'));
  } catch {
    return null;
  }
}

function entriesOf(directory: string): Dirent<Buffer>[] {
  try {
    return readdirSync(directory, { encoding: 'buffer', withFileTypes: true });
  } catch {
    return [];
  }
}

/** How many entries the names' directory has. */
export function countNames(): number {
  return entriesOf(NAMES_DIRECTORY).length;
}

function isFifo(path: Buffer): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
}

/** All entries of the names' directory; none when it is not there. */
export function scanNames(directory = NAMES_DIRECTORY): NameEntry[] {
  const entries = entriesOf(directory);
  if (entries.length === 0) return [];
  // A namespace of another kind can be mounted there as well.
  const mounts = scanMounts();
  const mounted = new Set(mounts.map(({ inode }) => inode));
  const mountedAt = new Map(mounts.map(({ inode, path }) => [path, inode]));
  return entries.flatMap((entry) => {
    const raw = entry.name;
    const path = pathOf(raw, directory);
    const shown = decodeBytes(raw);
    const inode = mountedAt.get(`${directory}/${shown}`);
    if (inode !== undefined) return { name: visible(shown), raw, inode, isNamespace: true, isLink: false, blocks: false };
    try {
      const isLink = entry.isSymbolicLink();
      const stat = statSync(path);
      const isNamespace = stat.dev === nsfsDevice() && (mounted.has(stat.ino) || (isLink && inodeBehind(path) === stat.ino));
      return { name: visible(shown), raw, inode: stat.ino, isNamespace, isLink, blocks: stat.isFIFO() };
    } catch {
      // Gone meanwhile; a link is still there when what it leads to is gone.
      return entry.isSymbolicLink() ? { name: visible(shown), raw, inode: 0, isNamespace: false, isLink: true, blocks: false } : [];
    }
  });
}
