// The table of all kinds of objects: adding a kind is adding its file, its name in object.ts and its row here.
import { addressKind } from './address.js';
import { fdbKind } from './fdb.js';
import { fileKind } from './file.js';
import { firewallKind } from './firewall.js';
import { linkKind } from './link.js';
import { neighbourKind } from './neighbour.js';
import { nexthopKind } from './nexthop.js';
import { OBJECT_NAMES, type ObjectKind, type ObjectName } from './object.js';
import { offloadKind } from './offload.js';
import { portKind } from './port.js';
import { routeKind } from './route.js';
import { ruleKind } from './rule.js';
import { shapingKind } from './shaping.js';
import { sysctlKind } from './sysctl.js';
import { vlanKind } from './vlan.js';
import { wireguardKind } from './wireguard.js';

export const OBJECT_KINDS: Record<ObjectName, ObjectKind> = {
  link: linkKind,
  port: portKind,
  vlan: vlanKind,
  fdb: fdbKind,
  sysctl: sysctlKind,
  address: addressKind,
  nexthop: nexthopKind,
  route: routeKind,
  rule: ruleKind,
  neighbour: neighbourKind,
  firewall: firewallKind,
  wireguard: wireguardKind,
  shaping: shapingKind,
  offload: offloadKind,
  file: fileKind,
};

const IN_ORDER: readonly ObjectKind[] = OBJECT_NAMES.map((name) => OBJECT_KINDS[name]);

/** Those of the table, in the order in which they are made. */
export function kindsInOrder(): readonly ObjectKind[] {
  return IN_ORDER;
}
