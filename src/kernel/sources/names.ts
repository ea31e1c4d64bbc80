// The names of namespaces: files in /run/netns on which one is mounted (ip-netns(8)).
import { readdirSync, statSync } from 'node:fs';
import { decodeBytes, visible } from '../../model/text.js';

export const NAMES_DIRECTORY = '/run/netns';

/** An entry of the names' directory. A name can be any bytes: `raw` is what opens it, `name` what is shown. */
export interface NameEntry {
  name: string;
  raw: Buffer;
  inode: number;
  /** False for a stale file: something else lies there, or nothing is mounted on it. */
  isNamespace: boolean;
}

/** The path of an entry, byte for byte. */
export function pathOf(raw: Buffer, directory = NAMES_DIRECTORY): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), raw]);
}

/** All entries of the names' directory; none when it is not there. */
export function scanNames(directory = NAMES_DIRECTORY): NameEntry[] {
  let entries: Buffer[];
  try {
    entries = readdirSync(directory, { encoding: 'buffer' });
  } catch {
    return [];
  }
  const { dev } = statSync('/proc/self/ns/net');
  return entries.flatMap((raw) => {
    try {
      const stat = statSync(pathOf(raw, directory));
      return { name: visible(decodeBytes(raw)), raw, inode: stat.ino, isNamespace: stat.dev === dev };
    } catch {
      return [];
    }
  });
}
