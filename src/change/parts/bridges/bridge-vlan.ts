// What add_bridge_vlan and delete_bridge_vlan share.
import { z } from 'zod';
import { fail } from '../../../model/errors.js';
import { LinkReference } from '../../../model/names.js';
import type { Link, PortVlan } from '../../../model/snapshot.js';
import type { World } from '../../plan/world.js';
import { InNamespace } from '../inputs.js';

const VlanId = z.number().int().min(1).max(4094);

export const BridgeVlanInput = z.strictObject({
  namespace: InNamespace,
  link: LinkReference.describe('Port, or the bridge itself'),
  vlan: VlanId,
  last_vlan: VlanId.optional().describe('All from vlan to this one'),
});
type BridgeVlanInput = z.output<typeof BridgeVlanInput>;

/** For `refine`: the range goes upwards. */
export function isRange({ vlan, last_vlan = vlan }: Pick<BridgeVlanInput, 'vlan' | 'last_vlan'>): boolean {
  return last_vlan >= vlan;
}

/** The port or bridge that an input means. @throws NetnsError LINK_KIND_MISMATCH. */
export function vlanLink(world: World, { namespace, link }: BridgeVlanInput): Link {
  const found = world.link(namespace, link);
  const isPort = world.links(namespace).some(({ name, kind }) => name === found.master && kind === 'bridge');
  if (isPort || found.kind === 'bridge') return found;
  return fail('LINK_KIND_MISMATCH', `Link ${found.name} is neither a bridge nor a port of one.`, 'Make it one with set_link {"bridge": …} first.', {
    link: found.name,
  });
}

/** Its VLANs among those that an input names. */
export function vlansNamed(world: World, { namespace, link, vlan, last_vlan = vlan }: BridgeVlanInput): PortVlan[] {
  const device = world.findLink(namespace, link)?.name;
  return (world.state(namespace).vlans ?? []).filter((known) => known.device === device && known.vlan >= vlan && known.vlan <= last_vlan);
}

/** All VLANs of the link. */
export function vlansOf(world: World, { namespace, link }: BridgeVlanInput): PortVlan[] {
  const device = world.findLink(namespace, link)?.name;
  return (world.state(namespace).vlans ?? []).filter((known) => known.device === device);
}

/** Numbers as bridge(8) takes them: each run as `10-20`. */
export function runsOf(vlans: readonly number[]): string[] {
  const runs: [number, number][] = [];
  for (const vlan of [...vlans].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last[1] === vlan - 1) last[1] = vlan;
    else runs.push([vlan, vlan]);
  }
  return runs.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`));
}

/** A membership in words: `10 pvid untagged`. */
export function vlanText({ vlan, pvid, untagged }: PortVlan): string {
  return [String(vlan), ...(pvid ? ['pvid'] : []), ...(untagged ? ['untagged'] : [])].join(' ');
}
