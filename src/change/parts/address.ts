// What add_address and delete_address share.
import { z } from 'zod';
import { InterfaceAddress, IpAddress } from '../../model/ip.js';
import { LinkReference } from '../../model/names.js';
import type { Subject } from '../../model/policy.js';
import type { Address } from '../../model/snapshot.js';
import { linkAt } from '../operation.js';
import type { World } from '../world.js';
import { addressesOf, InNamespace } from './inputs.js';

export const AddressInput = z.strictObject({
  namespace: InNamespace,
  link: LinkReference,
  address: InterfaceAddress.describe('With prefix length, e.g. 10.0.0.1/24'),
  peer: IpAddress.optional().describe('Other end of a point-to-point link'),
  scope: z.enum(['global', 'link', 'host']).optional(),
});

/** For `refine`: both ends are of one family. */
export const ofOneFamily = ({ address, peer }: { address: string; peer?: string | undefined }) =>
  peer === undefined || peer.includes(':') === address.includes(':');
type AddressInput = z.output<typeof AddressInput>;

/** The link, the address, and with a peer the prefix there, for it is that to which the kernel adds a route. */
export function addressSubjects({ namespace, link, address, peer }: Pick<AddressInput, 'namespace' | 'link' | 'address' | 'peer'>, world: World): Subject[] {
  const prefix: Subject[] = peer === undefined ? [] : [{ kind: 'address', address: `${peer}/${address.split('/')[1]}` }];
  return [linkAt(world, namespace, link), { kind: 'address', address }, ...prefix];
}

/** The address of the link that the input means. With a peer the kernel keeps the prefix length on the peer; iproute2 prints it beside the local address all the same. */
export function findAddress(world: World, { namespace, link, address, peer }: Pick<AddressInput, 'namespace' | 'link' | 'address' | 'peer'>): Address | null {
  const candidates = addressesOf(world, namespace, world.link(namespace, link)).filter((known) => known.address === address);
  return candidates.find((known) => known.peer === (peer ?? null)) ?? (peer === undefined ? candidates[0] : undefined) ?? null;
}
