// Services that are programs of this server's own: what runs in the place of their names.
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What runs for a built-in service. */
export interface BuiltIn {
  /** Comes on standard input, so that it may lie where only this user can read. */
  text: string;
  words(args: readonly string[]): string[];
}

/** Service → its program. */
const BUILT_IN: Readonly<Record<string, BuiltIn>> = {
  'web-server': {
    text: fileURLToPath(new URL('./web-server.mjs', import.meta.url)),
    words: (args) => [process.execPath, '--input-type=module', '-', ...args],
  },
};

/** The program of the server's own that a service is; null for all others. */
export function builtIn(program: string): BuiltIn | null {
  return Object.hasOwn(BUILT_IN, program) ? (BUILT_IN[program] ?? null) : null;
}

/** True when any user can run Node: every folder on the way to it lets others through. Then nothing of our own needs to run as the server's user. */
export function isNodePublic(): boolean {
  const OTHERS = 0o001;
  const isOpen = (path: string): boolean => (statSync(path).mode & OTHERS) !== 0 && (path === dirname(path) || isOpen(dirname(path)));
  return isOpen(process.execPath);
}
