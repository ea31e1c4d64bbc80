// A namespace's own resolv.conf and hosts: files of the host, by the name of the namespace.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameWithOwnFiles, ownFilesOf } from '../../exec/own-files.js';

/** Those that this server writes, and restores. */
export const OWN_FILES = ['resolv.conf', 'hosts'] as const;
export type OwnFile = (typeof OWN_FILES)[number];

/** No such file is longer by far. */
const LONGEST = 256 * 1024;

/** What a regular file holds; null when there is none. A symbolic link is not followed: what it leads to is somebody else's. */
function readOwn(path: string): string | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const { size } = fstatSync(descriptor);
    return fstatSync(descriptor).isFile() && size <= LONGEST ? readFileSync(descriptor, 'utf8') : null;
  } finally {
    closeSync(descriptor);
  }
}

/** The own files of a namespace. @param names Under which it is known. */
export function readFiles(names: readonly string[]): Record<string, string> {
  const name = nameWithOwnFiles(names);
  if (name === null) return {};
  return Object.fromEntries(
    OWN_FILES.flatMap((file) => {
      const text = readOwn(join(ownFilesOf(name), file));
      return text === null ? [] : [[file, text] as const];
    }),
  );
}
