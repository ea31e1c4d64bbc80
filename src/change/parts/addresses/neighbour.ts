// What add_neighbour and delete_neighbour share.
import { z } from 'zod';
import { IpAddress } from '../../../model/ip.js';
import { LinkReference } from '../../../model/names.js';
import type { Subject } from '../../../model/policy.js';
import type { Neighbour } from '../../../model/snapshot.js';
import { isProxy } from '../../objects/neighbour.js';
import { linkAt } from '../../operation.js';
import type { World } from '../../plan/world.js';
import { InNamespace } from '../inputs.js';

export const NeighbourInput = z.strictObject({
  namespace: InNamespace,
  link: LinkReference,
  address: IpAddress,
  proxy: z.boolean().default(false).describe('Answer for this address'),
});
type NeighbourInput = z.output<typeof NeighbourInput>;

export function neighbourSubjects({ namespace, link, address }: NeighbourInput, world: World): Subject[] {
  return [linkAt(world, namespace, link), { kind: 'address', address }];
}

/** The entry that an input means, but one about which nothing is known any more. */
export function findNeighbour(world: World, { namespace, link, address, proxy }: NeighbourInput): Neighbour | null {
  const device = world.findLink(namespace, link)?.name;
  const entries = world.state(namespace).neighbours ?? [];
  return entries.find((known) => known.address === address && known.device === device && isProxy(known) === proxy && (proxy || known.mac !== null)) ?? null;
}
