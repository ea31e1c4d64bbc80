// What add_altname and delete_altname share.
import { z } from 'zod';
import { LinkReference } from '../../../model/names.js';
import type { World } from '../../plan/world.js';
import { InNamespace } from '../inputs.js';

/** Up to 127 bytes (ALTIFNAMSIZ, linux/if.h) of the alphabet of link names. */
const Altname = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}$/, 'alternative name: 1-127 of A-Z a-z 0-9 _ . -, not starting with a dash or a point')
  .refine((name) => !/^if\d+$/.test(name), 'alternative name: "ifN" reads as an index in iproute2');

export const AltnameInput = z.strictObject({ namespace: InNamespace, link: LinkReference, altname: Altname });

export const ShownAltnames = { altnames: z.array(z.string()) };

/** The alternative names of a link. */
export function shownAltnames(world: World, namespace: string, link: string): { altnames: string[] } {
  return { altnames: world.findLink(namespace, link)?.altnames ?? [] };
}
