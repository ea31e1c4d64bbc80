// The words in which an operation is put to the policy, and in which the policy answers.
import { z } from 'zod';
import type { Action } from './actions.js';

/** A namespace as the policy sees it: the kernel object, and every way it is known. */
export const NamespaceSubject = z.strictObject({
  kind: z.literal('namespace'),
  /** As the caller wrote it. */
  reference: z.string(),
  /** null: not made yet. */
  inode: z.number().nullable(),
  names: z.array(z.string()),
  /** It is the namespace that the server runs in, by whatever name. */
  is_host: z.boolean(),
  /** Made by this server, or about to be. */
  owned: z.boolean(),
  lab: z.string().nullable(),
  container: z.string().nullable(),
});
export type NamespaceSubject = z.infer<typeof NamespaceSubject>;

/** A link as the policy sees it. Before the kernel is read, `index` and `protected_because` are null. */
const LinkSubject = z.strictObject({
  kind: z.literal('link'),
  namespace: NamespaceSubject,
  name: z.string(),
  index: z.number().nullable(),
  /** Why losing it would cut somebody off: carries the default route, loopback, the client's own connection. */
  protected_because: z.string().nullable(),
});
export type LinkSubject = z.infer<typeof LinkSubject>;

/** A program to be run, already taken apart by its grammar; `targets` are the addresses it would send to. */
const CommandSubject = z.strictObject({ kind: z.literal('command'), argv: z.array(z.string()), program: z.string(), targets: z.array(z.string()) });
export type CommandSubject = z.infer<typeof CommandSubject>;

/** An address or prefix that the operation configures or sends to. */
const AddressSubject = z.strictObject({ kind: z.literal('address'), address: z.string() });
export type AddressSubject = z.infer<typeof AddressSubject>;

/** A file that the operation would write or read outside the kernel's own interfaces. */
const PathSubject = z.strictObject({ kind: z.literal('path'), path: z.string() });
export type PathSubject = z.infer<typeof PathSubject>;

export const Subject = z.discriminatedUnion('kind', [NamespaceSubject, LinkSubject, CommandSubject, AddressSubject, PathSubject]);
export type Subject = z.infer<typeof Subject>;

/** One part of a piece of work that is judged whole: actions, and the subjects that they are taken on. */
export interface Judged {
  actions: readonly Action[];
  subjects: Subject[];
}

/** What the policy judges: one action on all its subjects. */
export interface PolicyRequest {
  action: Action;
  subjects: Subject[];
  /** The kernel was not read yet: deny only what no reading could make allowed. The finished subjects are judged again. */
  unread?: boolean;
}

/** From the mildest to the strictest. */
export const EFFECTS = ['allow', 'ask', 'deny'] as const;
export type Effect = (typeof EFFECTS)[number];

/** True when the first is stricter than the second: deny beats ask beats allow. */
export function isStricter(one: Effect, other: Effect): boolean {
  return EFFECTS.indexOf(one) > EFFECTS.indexOf(other);
}

/** What the policy answers. */
export interface Decision {
  effect: Effect;
  /** Id of the rule that decided; null when nothing matched. */
  rule: string | null;
  file: string;
  line: number | null;
  /** One sentence. */
  reason: string;
  /** What the caller may do instead, most useful first. */
  allowed_instead: string[];
}

/** Kinds of facts that a policy can leave out of readings. */
export const REDACTIONS = ['macs', 'aliases', 'processes'] as const;
export type Redaction = (typeof REDACTIONS)[number];
