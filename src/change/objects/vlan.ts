// VLANs of bridge ports and of bridges themselves (bridge(8)): the words that make and remove a membership.
import { PortVlan } from '../../model/objects.js';
import type { Link } from '../../model/snapshot.js';
import { linkArgument } from '../plan/world.js';
import { defineObject, type Words } from './object.js';

/** `bridge vlan VERB …`. What is of a bridge itself, not of one of its ports, is marked by `self`. @param links Of its namespace. */
export function vlanCommand(
  verb: 'add' | 'delete',
  { device, pvid, untagged }: Pick<PortVlan, 'device' | 'pvid' | 'untagged'>,
  vlans: string,
  links: readonly Link[],
): Words {
  const link = links.find(({ name }) => name === device);
  return {
    program: 'bridge',
    args: [
      ...['vlan', verb, 'dev', link ? linkArgument(link, links) : device, 'vid', vlans],
      ...(verb === 'add' && pvid ? ['pvid'] : []),
      ...(verb === 'add' && untagged ? ['untagged'] : []),
      ...(link?.kind === 'bridge' ? ['self'] : []),
    ],
  };
}

function vlanKey({ device, vlan }: Pick<PortVlan, 'device' | 'vlan'>): string {
  return `${device} ${vlan}`;
}

export const vlanKind = defineObject<PortVlan>({
  name: 'vlan',
  section: 'vlans',
  schema: PortVlan,
  of: ({ vlans = [] }) => vlans,
  key: vlanKey,
  links: ({ device }) => [device],
  facts: ({ pvid, untagged }) => ({ pvid, untagged }),
  tell: ({ device, vlan }) => `VLAN ${vlan} of ${device}`,
  add: (vlan, { state }) => [vlanCommand('add', vlan, String(vlan.vlan), state.links ?? [])],
  remove: (vlan, { state }) => [vlanCommand('delete', vlan, String(vlan.vlan), state.links ?? [])],
  // Adding it once more with other flags changes these (br_vlan_add, net/bridge/br_vlan.c).
  change: (_, to, { state }) => [vlanCommand('add', to, String(to.vlan), state.links ?? [])],
});
