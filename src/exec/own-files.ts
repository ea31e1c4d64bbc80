// Where a namespace has files of its own: ip-netns(8) binds those of /etc/netns/NAME over those of /etc for a program that it starts.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isPlainName } from '../model/names.js';

export const OWN_FILES_DIRECTORY = '/etc/netns';

/** The folder of a namespace's own files. @param name Of the namespace, a plain one. */
export function ownFilesOf(name: string): string {
  return join(OWN_FILES_DIRECTORY, name);
}

/** The first of some names under which there are such files; null when there are none. */
export function nameWithOwnFiles(names: readonly string[]): string | null {
  return names.find((name) => isPlainName(name) && existsSync(ownFilesOf(name))) ?? null;
}

/** The names of a namespace under which there are such files. @param namesDirectory Where the names are. */
export function namesWithOwnFiles(inode: number, namesDirectory: string): string[] {
  if (!existsSync(OWN_FILES_DIRECTORY)) return [];
  return readdirSync(OWN_FILES_DIRECTORY).filter((name) => isPlainName(name) && statSync(join(namesDirectory, name), { throwIfNoEntry: false })?.ino === inode);
}
