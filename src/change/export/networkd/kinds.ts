// What systemd.netdev(5) calls the kinds of links and their settings.
import { kindOf, LINK_KINDS } from '../../../model/kinds/table.js';
import type { LinkObject } from '../../objects/link.js';

type Value = string | number | boolean;

interface NetdevKind {
  /** Of its own settings. */
  section?: string;
  /** By the names of `src/model/kinds`. null: left as it is by itself. */
  keys?: Readonly<Record<string, string | null>>;
  /** By which key the `.network` of the link below names it. */
  parent?: string;
  /** Settings in units that have to be said. */
  units?: Readonly<Record<string, string>>;
}

export const NETDEV_KINDS: Readonly<Record<string, NetdevKind>> = {
  veth: {},
  dummy: {},
  ifb: {},
  bridge: {
    section: 'Bridge',
    keys: {
      ...{ stp_state: 'STP', priority: 'Priority', forward_delay_s: 'ForwardDelaySec', hello_time_s: 'HelloTimeSec', max_age_s: 'MaxAgeSec' },
      ...{ ageing_time_s: 'AgeingTimeSec', group_fwd_mask: 'GroupForwardMask', vlan_filtering: 'VLANFiltering', vlan_default_pvid: 'DefaultPVID' },
      ...{ vlan_protocol: 'VLANProtocol', mcast_querier: 'MulticastQuerier', mcast_snooping: 'MulticastSnooping', mcast_igmp_version: 'MulticastIGMPVersion' },
      mcast_startup_query_interval_s: null,
    },
  },
  bond: {
    section: 'Bond',
    keys: {
      ...{ mode: 'Mode', miimon_ms: 'MIIMonitorSec', updelay_ms: 'UpDelaySec', downdelay_ms: 'DownDelaySec', xmit_hash_policy: 'TransmitHashPolicy' },
      ...{ lacp_rate: 'LACPTransmitRate', min_links: 'MinLinks', primary_reselect: 'PrimaryReselectPolicy', fail_over_mac: 'FailOverMACPolicy' },
      ...{ all_slaves_active: 'AllSlavesActive', resend_igmp: 'ResendIGMP', num_grat_arp: 'GratuitousARP', packets_per_slave: 'PacketsPerSlave' },
    },
    units: { miimon_ms: 'ms', updelay_ms: 'ms', downdelay_ms: 'ms' },
  },
  vrf: { section: 'VRF', keys: { table: 'Table' } },
  vlan: {
    section: 'VLAN',
    parent: 'VLAN',
    keys: { id: 'Id', protocol: 'Protocol', gvrp: 'GVRP', mvrp: 'MVRP', loose_binding: 'LooseBinding', reorder_hdr: 'ReorderHeader' },
  },
  macvlan: { section: 'MACVLAN', parent: 'MACVLAN', keys: { mode: 'Mode', bcqueuelen: 'BroadcastMulticastQueueLength' } },
  macvtap: { section: 'MACVTAP', parent: 'MACVTAP', keys: { mode: 'Mode' } },
  ipvlan: { section: 'IPVLAN', parent: 'IPVLAN', keys: { mode: 'Mode', flag: 'Flags' } },
  vxlan: {
    section: 'VXLAN',
    parent: 'VXLAN',
    keys: { id: 'VNI', remote: 'Remote', group: 'Group', local: 'Local', dstport: 'DestinationPort', learning: 'MacLearning', ageing_s: 'FDBAgeingSec' },
  },
  geneve: { section: 'GENEVE', keys: { id: 'Id', remote: 'Remote', dstport: 'DestinationPort' } },
  tun: { section: 'Tun', keys: { user: 'User', group: 'Group', pi: 'PacketInfo', vnet_hdr: 'VNetHeader', multi_queue: 'MultiQueue' } },
  tap: { section: 'Tap', keys: { user: 'User', group: 'Group', pi: 'PacketInfo', vnet_hdr: 'VNetHeader', multi_queue: 'MultiQueue' } },
  wireguard: { section: 'WireGuard' },
};

/** Values that systemd writes otherwise than iproute2. */
function written(name: string, value: Value, unit = ''): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (name === 'protocol' || name === 'vlan_protocol') return String(value).toLowerCase();
  // ipvlan's, which are upper case there.
  return /^l3s?$|^l2$/.test(String(value)) ? String(value).toUpperCase() : `${value}${unit}`;
}

/** The settings of a link in the words of systemd.netdev(5); null when there are some that it does not know. */
export function netdevSettings(link: LinkObject): { section: string; lines: string[] } | null {
  const known = NETDEV_KINDS[link.kind];
  if (!known) return null;
  const { section = '', keys = {}, units = {} } = known;
  const declared = kindOf(link.kind);
  const attributes = declared ? LINK_KINDS[declared].attributes : {};
  const lines: string[] = [];
  for (const [name, value] of Object.entries(link.attributes)) {
    const key = keys[name];
    if (value === attributes[name]?.usual || key === null) continue;
    if (key === undefined) return null;
    lines.push(`${key}=${written(name, value, units[name])}`);
  }
  return { section, lines };
}
