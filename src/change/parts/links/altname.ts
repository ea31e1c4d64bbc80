// What add_altname and delete_altname share.
import { z } from 'zod';
import { LinkReference } from '../../../model/names.js';
import { linkAt } from '../../operation.js';
import type { World } from '../../plan/world.js';
import { InNamespace } from '../inputs.js';

/** Up to 127 bytes (ALTIFNAMSIZ, linux/if.h) of the alphabet of link names. */
const Altname = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}$/, 'alternative name: 1-127 of A-Z a-z 0-9 _ . -, not starting with a dash or a point')
  .refine((name) => !/^if\d+$/.test(name), 'alternative name: "ifN" reads as an index in iproute2');

const AltnameInput = z.strictObject({ namespace: InNamespace, link: LinkReference, altname: Altname });

/** What is the same in both. */
export const ON_ALTNAME = {
  action: 'link.set',
  destroys: false,
  input: AltnameInput,
  namespaces: ({ namespace }: { namespace: string }) => [namespace],
  needs: ['links'],
  subjects: ({ namespace, link }: { namespace: string; link: string }, world: World) => [linkAt(world, namespace, link)],
  result: { altnames: z.array(z.string()) },
  show: ({ namespace, link }: { namespace: string; link: string }, world: World) => ({ altnames: world.findLink(namespace, link)?.altnames ?? [] }),
} as const;
