// What the services have in common: files that they may read, reasons why options are refused.
import type { Program } from '../table.js';
import { pattern, type ValueType } from '../values.js';

/** A program that runs on, and how it is confined. */
export interface ServiceProgram extends Program {
  /** It has to be the server's own user, if without privileges: for files that only that user may read or make. */
  keepsUser?: true;
  /** It sees the host's `/run`, for its socket has to be found there. */
  sharesRun?: true;
}

/** A file in a program's own folder of /etc, or in the folder of a namespace's own files. No part of the path begins with a point. */
export function fileOf(folder: string): ValueType {
  return pattern(`a file under /etc/${folder}/ or /etc/netns/NAME/`, new RegExp(`^/etc/(${folder}|netns/\\w[\\w.-]*)(/\\w[\\w.-]*)+$`));
}

export const EXECUTES = 'it runs a program';
export const WRITES = 'it writes a file; what a service prints is kept as its log';
export const LEAVES = 'a service stays in the foreground, or it would count as ended';
export const OTHER_FILES = 'it reads a file that could hold any option';
export const USERS = 'the user is chosen here';
