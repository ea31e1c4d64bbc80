// A change in the making (Plan, Step) and as it is reported (ChangeRecord).
import { z } from 'zod';
import type { NamespaceSubject } from './policy.js';

/**
 * A namespace that a reference was resolved to: an open handle, so that what was judged is what is entered.
 * `path` is valid for the processes that this server starts, as long as the handle is open.
 */
export interface ResolvedNamespace {
  reference: string;
  inode: number;
  names: string[];
  isHost: boolean;
  owned: boolean;
  /** `/proc/PID/fd/N` of the open handle. */
  path: string;
  /** How a person points at it: a name for `ip -n`, or a path for `nsenter --net=`. */
  entry: { name: string } | { path: string };
}

/** How a person would name a namespace in a sentence. */
export function placeName({ isHost, names, reference }: Pick<ResolvedNamespace, 'isHost' | 'names' | 'reference'>): string {
  return isHost ? 'host' : (names[0] ?? reference);
}

/** By which path a process enters a namespace; null when it is in it anyway, for the server is. */
export function pathInto({ isHost, path }: Pick<ResolvedNamespace, 'isHost' | 'path'>): string | null {
  return isHost ? null : path;
}

/** One argument of a step: text, or a namespace that is filled in as its open handle when run and by its name when shown. */
export type Argument = string | { namespace: ResolvedNamespace };

/** One `ip` command, by its arguments, run in a namespace. */
export interface Command {
  place: ResolvedNamespace;
  args: Argument[];
  /** It works by a name: this one, which has to be that of this namespace still. */
  named?: { name: string; inode: number };
}

/** One step of a plan and the commands that take it back. */
export interface Step extends Command {
  /** In the order in which they are to be run; empty when there is nothing to take back. */
  undo: Command[];
}

/** What an operation would do, decided before anything is done. No steps: it is so already. */
export interface Plan {
  steps: Step[];
  /** What is lost by it, each a sentence for a person. */
  loses: string[];
  /** False when what is lost cannot be brought back. */
  undoable: boolean;
}

/** How a changing tool reports what it did. */
export const ChangeRecord = z.strictObject({
  id: z.string().nullable(),
  changed: z.boolean(),
  dry_run: z.boolean(),
  commands: z.array(z.array(z.string())),
  undoable: z.boolean(),
  loses: z.array(z.string()),
});
export type ChangeRecord = z.infer<typeof ChangeRecord>;

/** How a resolved namespace is put to the policy. */
export function namespaceSubject(namespace: ResolvedNamespace): NamespaceSubject {
  const { reference, inode, names, isHost, owned } = namespace;
  return { kind: 'namespace', reference, inode, names, is_host: isHost, owned, lab: null, container: null };
}
