// Names: the strict pattern for those we create, and how links that exist are pointed at.
import { z } from 'zod';

const CREATED = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** iproute2 reads "ifN" as the index N when no link is called so (lib/ll_map.c). */
const INDEX_LIKE = /^if\d+$/;

/** A name for an interface that this server creates: 1–15 bytes (IFNAMSIZ, linux/if.h) of a strict alphabet. */
export const NewLinkName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/, 'link name: 1-15 of A-Z a-z 0-9 _ . -, not starting with a dash or a point')
  .refine((name) => !INDEX_LIKE.test(name), 'link name: "ifN" reads as an index in iproute2')
  .refine((name) => !['all', 'default', 'host', 'none'].includes(name), 'link name: reserved word')
  .describe('1-15 characters');

/** A name for a namespace that this server creates. */
export const NewNamespaceName = z
  .string()
  .max(64)
  .regex(CREATED, 'namespace name: A-Z a-z 0-9 _ . -, not starting with a dash or a point')
  .refine((name) => name !== 'host' && !/^\d+$/.test(name), 'namespace name: "host" and bare numbers (iproute2 reads a PID) are reserved')
  .describe('1-64 characters');

/** True when a name may stand in a command line and a batch line as it is. */
export function isPlainName(name: string): boolean {
  return CREATED.test(name);
}

/** True when a link can be named in a command as it is, and its name cannot be read as an index. */
export function isPlainLinkName(name: string): boolean {
  return isPlainName(name) && !INDEX_LIKE.test(name);
}

/** A reference to a link that exists: its name as shown (escapes included), an altname, or `index:N`. */
export const LinkReference = z.string().min(1).max(128).describe('Link name, or index:N');

/** The index in `index:N`, or null. A colon cannot stand in an interface name (dev_valid_name, net/core/dev.c). */
export function indexOf(reference: string): number | null {
  const match = /^index:([1-9]\d{0,9})$/.exec(reference);
  return match ? Number(match[1]) : null;
}
