// What a kind of object is to those who capture, compare, restore and export: one table entry per kind.
import type { z } from 'zod';
import type { ChangeProgram } from '../../model/change.js';
import type { NamespaceState, Section } from '../../model/snapshot.js';

/** The words of one command, without the namespace that it runs in. */
export interface Words {
  /** `ip` when nothing is said. */
  program?: ChangeProgram;
  args: string[];
  stdin?: string;
  isSecret?: boolean;
}

/** What is put up before an object is made, and taken down after it. */
export interface Scaffold {
  up: Words[];
  down: Words[];
}

/** Where an object is to be made, changed or removed. */
export interface Site {
  /** What is there now; while something is made anew also what this restoration has made so far. */
  state: NamespaceState;
  /** How a person calls the namespace, when it has a name: files of its own lie under that. */
  name: string | null;
}

/**
 * One kind of object. Everything here is pure. `of` leaves out what the kernel makes by itself, what is learnt, and what routing daemons and
 * router announcements bring: that comes back by itself, or is nobody's to bring back.
 */
export interface ObjectKind<T = unknown> {
  name: ObjectName;
  /** Where it is read. */
  section: Section;
  /** Reads back what the journal has kept. */
  schema: z.ZodType<T>;
  /** Those that somebody configured, in the order in which they have to be made. */
  of(state: NamespaceState): T[];
  /** What tells it from others of its kind in the same namespace. */
  key(object: T): string;
  /** Names of the links that it hangs on: it goes when one of them goes. */
  links(object: T): readonly string[];
  /** Names of links one of which is enough for it: it goes when the last of them goes. */
  anyOf?(object: T): readonly string[];
  /** What has to be equal for it to be the same; compared as JSON. Nothing that counts, ages or is learnt. */
  facts(object: T): unknown;
  /** Why it could not be made again from what is known of it; null when it can. */
  lacks?(object: T): string | null;
  /** Those for which this says the same keep an order, and each new one becomes the last of it. null, or without it: order says nothing. */
  sequence?(object: T): string | null;
  /** One that is there keeps the kernel from taking another that is to come before it: all of a sequence go before any of them comes. */
  isInTheWay?: true;
  /** The kernel makes it along with others, and takes it along: it is seen to only when it did not come or go with them. @param state As it is now. */
  isDerived?(object: T, state: NamespaceState): boolean;
  /** It lies outside of its namespace, under the name of that: it is there before the namespace comes, and after it has gone. */
  outlives?: true;
  /** In a few words for a person, e.g. `address 10.0.0.1/24 on eth0`. */
  tell(object: T): string;
  /** What makes it. */
  add(object: T, site: Site): Words[];
  /** What has to be there while it is made, and not any more afterwards: put up where it could not be made without. */
  scaffold?(object: T, site: Site): Scaffold;
  /** What takes it away. */
  remove(object: T, site: Site): Words[];
  /** What makes one into the other; without it the old one is taken away and the new one made. */
  change?(from: T, to: T, site: Site): Words[];
}

/** Names of all links that have to do with an object's being there. */
export function carriersOf<T>(kind: ObjectKind<T>, object: T): string[] {
  return [...new Set([...kind.links(object), ...(kind.anyOf?.(object) ?? [])])];
}

/** True when an object goes with some links, or cannot come without them. */
export function goesWith<T>(kind: ObjectKind<T>, object: T, isGone: (link: string) => boolean): boolean {
  const anyOf = kind.anyOf?.(object) ?? [];
  return kind.links(object).some(isGone) || (anyOf.length > 0 && anyOf.every(isGone));
}

/** In the order in which they are made; they are taken away in the reverse one. */
export const OBJECT_NAMES = [
  ...(['link', 'offload', 'wireguard', 'port', 'vlan', 'fdb', 'sysctl', 'address', 'nexthop', 'route', 'rule'] as const),
  ...(['neighbour', 'shaping', 'firewall', 'file'] as const),
] as const;
export type ObjectName = (typeof OBJECT_NAMES)[number];

/** Declares a kind of object. */
export function defineObject<T>(kind: ObjectKind<T>): ObjectKind<T> {
  return kind;
}
