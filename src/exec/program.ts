// Finding a program, before anything is started, in the server's own search path.
import { accessSync, constants, statSync } from 'node:fs';
import { PROGRAM_PATH } from './run.js';

/** The file that a bare program name stands for, or null. @param searchPath Folders, separated by colons. */
export function findProgram(name: string, searchPath: string = PROGRAM_PATH): string | null {
  for (const folder of searchPath.split(':')) {
    const file = `${folder}/${name}`;
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
