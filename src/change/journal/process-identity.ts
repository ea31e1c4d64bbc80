// Which process wrote something: in a form that outlives the process, so that others can tell whether it still runs.
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { z } from 'zod';
import { startOf } from '../../kernel/sources/processes.js';

export const ProcessIdentity = z.strictObject({
  pid: z.int().positive(),
  /** See `startOf`: with the PID it names one process. Null when /proc does not show the processes of its own PID namespace. */
  start: z.string().nullable(),
  /** Inode of the PID namespace that the PID counts in (pid_namespaces(7)). */
  pid_namespace: z.int().nonnegative(),
  /** The kernel's name for this run of it (random(4), boot_id). */
  boot_id: z.string().min(1),
});
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

/** `unknown`: its PID says nothing here, because it counts in another PID namespace. */
export type Liveness = 'alive' | 'dead' | 'unknown';

let own: ProcessIdentity | null = null;

/** This process. */
export function ownIdentity(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    start: readlinkSync('/proc/self') === String(process.pid) ? startOf(process.pid) : null,
    pid_namespace: statSync('/proc/self/ns/pid').ino,
    boot_id: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
  };
  return own;
}

/** Whether a process still runs, as far as it can be told from here. */
export function livenessOf(identity: ProcessIdentity): Liveness {
  const { boot_id, pid_namespace, pid, start } = ownIdentity();
  if (identity.boot_id !== boot_id) return 'dead';
  if (identity.pid_namespace !== pid_namespace || identity.start === null || start === null) return 'unknown';
  const seen = startOf(identity.pid);
  if (seen === identity.start) return 'alive';
  // Where not even our own can be read, as when no descriptor is left, that of others tells nothing.
  return seen !== null || startOf(pid) === start ? 'dead' : 'unknown';
}

/** The identity of this process as one word that can be part of a file name. */
export function ownTag(): string {
  const { boot_id, pid_namespace, pid, start } = ownIdentity();
  return [boot_id, pid_namespace, pid, start ?? '-'].join('.');
}

/** The identity in a text that begins with a tag; null when it does not. */
export function identityInTag(text: string): ProcessIdentity | null {
  const [boot_id, pid_namespace, pid, start] = text.split('.');
  const { data } = ProcessIdentity.safeParse({ boot_id, pid_namespace: Number(pid_namespace), pid: Number(pid), start: start === '-' ? null : start });
  return data ?? null;
}
