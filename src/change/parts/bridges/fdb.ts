// What add_fdb and delete_fdb share.
import { z } from 'zod';
import { IpAddress } from '../../../model/ip.js';
import { LinkReference } from '../../../model/names.js';
import type { FdbEntry } from '../../../model/snapshot.js';
import type { World } from '../../plan/world.js';
import { InNamespace } from '../inputs.js';

/** Any MAC address: a vxlan has entries for all zeros (everything else) and for multicast. */
const AnyMac = z
  .string()
  .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'a MAC address such as 02:00:00:00:00:01')
  .transform((mac) => mac.toLowerCase());

export const FdbInput = z.strictObject({
  namespace: InNamespace,
  link: LinkReference.describe('Bridge port, bridge, or vxlan'),
  mac: AnyMac.describe('All zeros: whatever a vxlan does not know'),
  destination: IpAddress.optional().describe('Of a vxlan: the other tunnel end'),
  vlan: z.number().int().min(1).max(4094).optional(),
  table: z.enum(['master', 'self']).optional().describe('master: its bridge (usual for ports); self: its own'),
});
type FdbInput = z.output<typeof FdbInput>;

/** Entries for that address that have all that an input says. */
export function fittingFdb(world: World, { namespace, link, mac, destination, vlan, table }: FdbInput): FdbEntry[] {
  const device = world.findLink(namespace, link)?.name;
  return (world.state(namespace).fdb ?? []).filter(
    (entry) =>
      entry.device === device &&
      entry.mac === mac &&
      (destination === undefined || entry.destination === destination) &&
      (vlan === undefined || entry.vlan === vlan) &&
      (table === undefined || entry.table === table),
  );
}
