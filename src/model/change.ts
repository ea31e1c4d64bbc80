// A change in the making (Plan, Step) and as it is reported (ChangeRecord).
import { z } from 'zod';
import type { NamespaceSubject } from './policy.js';

/**
 * A namespace that a reference was resolved to: an open handle, so that what was judged is what is entered.
 * `path` is valid for the processes that this server starts, as long as the handle is open.
 */
export interface ResolvedNamespace {
  reference: string;
  /** Negative while it is only planned. */
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

/** One argument of a command: text, or a namespace that is filled in as its open handle when run and by its name when shown. */
export type Argument = string | { namespace: ResolvedNamespace };

/** The programs that change something. All but the last three work in the namespace of their command; those write files of the host. */
export const CHANGE_PROGRAMS = ['ip', 'bridge', 'tc', 'nft', 'sysctl', 'ethtool', 'wg', 'tee', 'rm', 'mkdir', 'rmdir'] as const;
export type ChangeProgram = (typeof CHANGE_PROGRAMS)[number];

/** One command, by its program and arguments, run in a namespace. */
export interface Command {
  place: ResolvedNamespace;
  /** `ip` when nothing is said. */
  program?: ChangeProgram;
  args: Argument[];
  /** What it reads from its standard input. */
  stdin?: string;
  /** That input is never shown: keys. */
  isSecret?: boolean;
  /** Name of the namespace that it makes. */
  makes?: string;
  /** It works by a name: this one, which has to be that of this namespace still. */
  named?: { name: string; inode: number };
  /** Further namespaces in which something follows from it: what is done there before and after it stays before and after it. */
  follows?: ResolvedNamespace[];
}

/** What an operation would do, decided before anything is done. No steps: it is so already. */
export interface Plan {
  steps: Command[];
  /** What is lost by it, each a sentence for a person. */
  loses: string[];
  /** False when what is lost cannot be brought back. */
  undoable: boolean;
}

/** What became of one object: what it was, and what it is now. null: not there. */
export const AlteredObject = z.strictObject({ object: z.string(), before: z.string().nullable(), now: z.string().nullable() });
export type AlteredObject = z.infer<typeof AlteredObject>;

/** How a changing tool reports what it did. */
export const ChangeRecord = z.strictObject({
  id: z.string().nullable(),
  changed: z.boolean(),
  dry_run: z.boolean(),
  commands: z.array(z.array(z.string())).optional(),
  undoable: z.boolean(),
  loses: z.array(z.string()),
  /** Why it would cut somebody off; then it wants `confirm_within_seconds`. */
  cuts: z.array(z.string()).optional(),
  /** Until then it has to be confirmed, or it takes itself back. */
  expires_at: z.string().optional(),
  /** As read back from the kernel; the first of them, when they are many. */
  altered: z.array(AlteredObject).optional(),
  /** What came out otherwise than it was foreseen. */
  differs: z.array(z.string()).optional(),
});
export type ChangeRecord = z.infer<typeof ChangeRecord>;

/** How a resolved namespace is put to the policy. */
export function namespaceSubject(namespace: ResolvedNamespace): NamespaceSubject {
  const { reference, inode, names, isHost, owned } = namespace;
  return { kind: 'namespace', reference, inode: inode < 0 ? null : inode, names, is_host: isHost, owned, lab: null, container: null };
}
