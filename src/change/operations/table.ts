// Every operation, by its name.
import type { Operation } from '../operation.js';
import { addAddress } from './addresses/add-address.js';
import { addNeighbour } from './addresses/add-neighbour.js';
import { deleteAddress } from './addresses/delete-address.js';
import { deleteNeighbour } from './addresses/delete-neighbour.js';
import { replaceAddress } from './addresses/replace-address.js';
import { addBridgeVlan } from './bridges/add-bridge-vlan.js';
import { addFdb } from './bridges/add-fdb.js';
import { deleteBridgeVlan } from './bridges/delete-bridge-vlan.js';
import { deleteFdb } from './bridges/delete-fdb.js';
import { setBridgePort } from './bridges/set-bridge-port.js';
import { allow } from './firewall/allow.js';
import { applyRuleset } from './firewall/apply-ruleset.js';
import { drop } from './firewall/drop.js';
import { forwardPort } from './firewall/forward-port.js';
import { killSwitch } from './firewall/kill-switch.js';
import { masquerade } from './firewall/masquerade.js';
import { reject } from './firewall/reject.js';
import { removeFirewallRule } from './firewall/remove-firewall-rule.js';
import { addAltname } from './links/add-altname.js';
import { createLink } from './links/create-link.js';
import { createVethPair } from './links/create-veth-pair.js';
import { deleteAltname } from './links/delete-altname.js';
import { deleteLink } from './links/delete-link.js';
import { deleteWireguardPeer } from './links/delete-wireguard-peer.js';
import { moveLink } from './links/move-link.js';
import { setLink } from './links/set-link.js';
import { setOffloads } from './links/set-offloads.js';
import { setWireguard } from './links/set-wireguard.js';
import { setWireguardPeer } from './links/set-wireguard-peer.js';
import { createNamespace } from './namespaces/create-namespace.js';
import { deleteNamespace } from './namespaces/delete-namespace.js';
import { addNexthop } from './routing/add-nexthop.js';
import { addRoute } from './routing/add-route.js';
import { addRule } from './routing/add-rule.js';
import { deleteNexthop } from './routing/delete-nexthop.js';
import { deleteRoute } from './routing/delete-route.js';
import { deleteRule } from './routing/delete-rule.js';
import { replaceRoute } from './routing/replace-route.js';
import { setHosts } from './settings/set-hosts.js';
import { setResolver } from './settings/set-resolver.js';
import { setSysctl } from './settings/set-sysctl.js';
import { clearShaping } from './shaping/clear-shaping.js';
import { setHtb } from './shaping/set-htb.js';
import { setNetem } from './shaping/set-netem.js';
import { setPolice } from './shaping/set-police.js';
import { setRateLimit } from './shaping/set-rate-limit.js';

export const OPERATIONS: readonly Operation[] = [
  createNamespace,
  deleteNamespace,
  createVethPair,
  createLink,
  moveLink,
  setLink,
  deleteLink,
  addAddress,
  addAltname,
  addBridgeVlan,
  addFdb,
  addNeighbour,
  addNexthop,
  addRoute,
  addRule,
  allow,
  applyRuleset,
  clearShaping,
  deleteAddress,
  deleteAltname,
  deleteBridgeVlan,
  deleteFdb,
  deleteNeighbour,
  deleteNexthop,
  deleteRoute,
  deleteRule,
  deleteWireguardPeer,
  drop,
  forwardPort,
  killSwitch,
  masquerade,
  reject,
  removeFirewallRule,
  replaceAddress,
  replaceRoute,
  setBridgePort,
  setHosts,
  setHtb,
  setNetem,
  setOffloads,
  setPolice,
  setRateLimit,
  setResolver,
  setSysctl,
  setWireguard,
  setWireguardPeer,
];

const BY_NAME = new Map(OPERATIONS.map((operation) => [operation.name, operation]));

/** The operation of that name; null when there is none. */
export function operationNamed(name: string): Operation | null {
  return BY_NAME.get(name) ?? null;
}
