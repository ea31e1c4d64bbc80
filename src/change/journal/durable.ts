// Files that are there whole or not at all, whatever ends the process or the power meanwhile.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Writes a file and has it reach the disk. @throws Error of the system. */
export function writeSynced(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600, flush: true });
}

/** Has the names in a folder reach the disk (fsync(2): that of the file alone does not). @throws Error of the system. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Puts a file in place of what is there by that name, in one step. @throws Error of the system: then the old one is still there. */
export function replaceDurably(file: string, text: string): void {
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}`);
  try {
    writeSynced(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(file));
}
