// Making a folder and those above it.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder that only this user may enter, unless it is there, and those above it. Not by `recursive` of Node's own: under /proc, where a
 * folder cannot be made and the system says that it does not exist, that never ends (Node 20).
 * @throws Error of the system.
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(folder)) throw error;
  }
}
