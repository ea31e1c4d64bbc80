// The words in which an operation is put to the policy, and in which the policy answers.
import type { Action } from './actions.js';

/** A namespace as the policy sees it: the kernel object, and every way it is known. */
export interface NamespaceSubject {
  kind: 'namespace';
  /** As the caller wrote it. */
  reference: string;
  /** null: not made yet. */
  inode: number | null;
  names: string[];
  /** It is the namespace that the server runs in, by whatever name. */
  is_host: boolean;
  /** Made by this server, or about to be. */
  owned: boolean;
  lab: string | null;
  container: string | null;
}

/** A link as the policy sees it. Before the kernel is read, `index` and `protected_because` are null. */
export interface LinkSubject {
  kind: 'link';
  namespace: NamespaceSubject;
  name: string;
  index: number | null;
  /** Why losing it would cut somebody off: carries the default route, loopback, the client's own connection. */
  protected_because: string | null;
}

/** A program to be run, already taken apart by its grammar; `targets` are the addresses it would send to. */
export interface CommandSubject {
  kind: 'command';
  argv: string[];
  program: string;
  targets: string[];
}

/** An address or prefix that the operation configures or sends to. */
export interface AddressSubject {
  kind: 'address';
  address: string;
}

/** A file that the operation would write or read outside the kernel's own interfaces. */
export interface PathSubject {
  kind: 'path';
  path: string;
}

export type Subject = NamespaceSubject | LinkSubject | CommandSubject | AddressSubject | PathSubject;

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
