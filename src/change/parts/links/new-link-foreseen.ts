// How a link that create_link makes will be before anything else is done to it, as far as it can be told without the kernel.
import { UNKNOWN_MAC } from '../../../model/ip.js';
import { LINK_KINDS, type LinkKindName } from '../../../model/kinds/table.js';
import type { Link, Settings } from '../../../model/snapshot.js';
import type { NewLink } from '../../plan/foreseen.js';
import { type NewLinkInput, settingsOf } from './new-link.js';

const ETHERNET_MTU = 1500;

/** What the outer headers of a tunnel take of the MTU of what it goes through, in bytes (the setup functions of its driver). */
const OUTER_BYTES: Partial<Record<LinkKindName, number>> = {
  gre: 24,
  gretap: 38,
  ip6gre: 52,
  ip6gretap: 66,
  ipip: 20,
  sit: 20,
  ip6tnl: 48,
  wireguard: 80,
};

/** IPv6 with its header may fill what a VRF carries (vrf_setup, drivers/net/vrf.c). */
const VRF_MTU = 65_575;

/** The option that limits nesting, in the outer header of tunnels through IPv6 (RFC 2473, section 4.1.1). */
const ENCAPLIMIT_BYTES = 8;

/** Of vxlan the outer headers count only where the lower link is given (vxlan_headroom). */
function mtuOf(kind: LinkKindName, lower: Link | null, { encaplimit }: Settings): number {
  if (kind === 'vrf') return VRF_MTU;
  if (kind === 'vxlan') return lower ? Math.min(ETHERNET_MTU, lower.mtu - 50) : ETHERNET_MTU;
  const outer = (OUTER_BYTES[kind] ?? 0) - (encaplimit === 'none' ? ENCAPLIMIT_BYTES : 0);
  return (lower?.mtu ?? ETHERNET_MTU) - outer;
}

/** Of Ethernet links without a MAC from the caller: that of the lower link for those that share it; others draw one, which is not known yet. */
function macOf(kind: LinkKindName, lower: Link | null): string | null {
  if (kind === 'vlan' || kind === 'ipvlan' || kind === 'ipvtap') return lower?.mac ?? null;
  return LINK_KINDS[kind].hasMac ? UNKNOWN_MAC : null;
}

/** The link as an operation later in the same list finds it. */
export function foreseenLink(input: NewLinkInput, lower: Link | null): NewLink {
  const { name, kind, mac, mtu } = input;
  const attributes = settingsOf(input);
  return { name, kind, mac: mac ?? macOf(kind, lower), mtu: mtu ?? mtuOf(kind, lower, attributes), attributes };
}
