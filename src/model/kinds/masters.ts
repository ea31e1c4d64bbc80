// Links that others become ports of: bridge and bond (ip-link(8); Documentation/networking/bridge.rst and bonding.rst of the kernel).
import { z } from 'zod';
import { IpAddress, MacAddress, parseIp, UNKNOWN_MAC } from '../ip.js';
import { NewLinkName } from '../names.js';
import { type Attribute, choice, hundredths, numberIn, toggle, whole } from './attribute.js';
import type { KindDeclaration } from './declaration.js';

/** Hundredths of a second fit into an unsigned 32-bit number. */
const LONGEST_S = 42_949_672;
const MOST_U32 = 0xffff_ffff;

const groupForwardMask: Attribute = {
  // Bits 0 to 2 (STP, pause frames, LACP) are never forwarded (BR_GROUPFWD_RESTRICTED, net/bridge/br_private.h).
  schema: z
    .int()
    .min(0)
    .max(0xffff)
    .refine((mask) => (mask & 7) === 0, 'bits 0 to 2 cannot be set'),
  words: (value) => ['group_fwd_mask', String(value)],
  read: ({ group_fwd_mask }) => numberIn(group_fwd_mask),
  usual: 0,
};

const groupAddress: Attribute = {
  schema: z
    .string()
    .regex(/^01:80:[cC]2:00:00:0[04-9a-fA-F]$/, 'a link-local multicast MAC address, 01:80:c2:00:00:0X with X 0 or 4 to f')
    .toLowerCase(),
  words: (value) => ['group_address', String(value)],
  read: ({ group_addr }) => (typeof group_addr === 'string' ? group_addr : undefined),
  usual: '01:80:c2:00:00:00',
};

const MOST_MS = 0x7fff_ffff;
/** BOND_MAX_ARP_TARGETS and BOND_MAX_NS_TARGETS (net/bonding.h). */
const MOST_TARGETS = 16;

/** A list of addresses with commas between them. */
function targets(word: string, family: 'inet' | 'inet6'): Attribute {
  return {
    schema: z.string().transform((text, context) => {
      const parsed = text.split(',').map((part) => IpAddress.safeParse(part.trim()));
      const addresses = parsed.flatMap(({ data }) => (data !== undefined && parseIp(data)?.family === family ? [data] : []));
      if (addresses.length === parsed.length && addresses.length <= MOST_TARGETS) return addresses.join(',');
      context.addIssue({ code: 'custom', message: `1 to ${MOST_TARGETS} ${family === 'inet' ? 'IPv4' : 'IPv6'} addresses with commas between them` });
      return z.NEVER;
    }),
    words: (value) => [word, String(value)],
    read(data) {
      const list = z.array(z.string()).safeParse(data[word]);
      return list.success ? list.data.join(',') : undefined;
    },
  };
}

/** The kernel shows "none" as null. */
const arpValidate: Attribute = {
  ...choice('arp_validate', ['none', 'active', 'backup', 'all', 'filter', 'filter_active', 'filter_backup'], { usual: 'none' }),
  read: ({ arp_validate }) => (arp_validate === null ? 'none' : typeof arp_validate === 'string' ? arp_validate : undefined),
};

const actorSystem: Attribute = {
  // All zero stands for the address of the bond itself.
  schema: MacAddress.or(z.literal(UNKNOWN_MAC)),
  words: (value) => ['ad_actor_system', String(value)],
  read: ({ ad_actor_system }) => (typeof ad_actor_system === 'string' ? ad_actor_system : undefined),
  usual: UNKNOWN_MAC,
};

const primary: Attribute = {
  schema: NewLinkName,
  words: (value) => ['primary', String(value)],
  read: (data) => (typeof data['primary'] === 'string' ? data['primary'] : undefined),
  when: 'later',
};

export const MASTER_KINDS = {
  bridge: {
    summary: 'a switch; links become its ports',
    hasMac: true,
    isPinned: true,
    module: 'bridge',
    hasPorts: true,
    attributes: {
      stp_state: toggle('stp_state', { usual: false }),
      priority: whole('priority', { most: 65535, usual: 32768 }),
      forward_delay_s: hundredths('forward_delay', { most: 30, usual: 15 }),
      hello_time_s: hundredths('hello_time', { most: 10, usual: 2 }),
      max_age_s: hundredths('max_age', { most: 40, usual: 20 }),
      ageing_time_s: hundredths('ageing_time', { most: LONGEST_S, usual: 300 }),
      group_fwd_mask: groupForwardMask,
      group_address: groupAddress,
      no_linklocal_learn: toggle('no_linklocal_learn', { usual: false }),
      vlan_protocol: choice('vlan_protocol', ['802.1Q', '802.1ad'], { usual: '802.1Q' }),
      vlan_default_pvid: whole('vlan_default_pvid', { most: 4094, usual: 1 }),
      vlan_filtering: toggle('vlan_filtering', { usual: false }),
      vlan_stats_enabled: toggle('vlan_stats_enabled', { usual: false }),
      vlan_stats_per_port: toggle('vlan_stats_per_port', { usual: false }),
      mcast_snooping: toggle('mcast_snooping', { usual: true }),
      mcast_vlan_snooping: toggle('mcast_vlan_snooping', { usual: false }),
      mcast_router: whole('mcast_router', { most: 2, usual: 1 }),
      mcast_query_use_ifaddr: toggle('mcast_query_use_ifaddr', { usual: false }),
      mcast_querier: toggle('mcast_querier', { usual: false }),
      mcast_hash_max: whole('mcast_hash_max', { least: 1, most: MOST_U32, usual: 4096 }),
      mcast_last_member_count: whole('mcast_last_member_count', { most: MOST_U32, usual: 2, key: 'mcast_last_member_cnt' }),
      mcast_startup_query_count: whole('mcast_startup_query_count', { most: MOST_U32, usual: 2, key: 'mcast_startup_query_cnt' }),
      mcast_last_member_interval_s: hundredths('mcast_last_member_interval', { most: LONGEST_S, usual: 1, key: 'mcast_last_member_intvl' }),
      mcast_membership_interval_s: hundredths('mcast_membership_interval', { most: LONGEST_S, usual: 260, key: 'mcast_membership_intvl' }),
      mcast_querier_interval_s: hundredths('mcast_querier_interval', { most: LONGEST_S, usual: 255, key: 'mcast_querier_intvl' }),
      mcast_query_interval_s: hundredths('mcast_query_interval', { most: LONGEST_S, usual: 125, key: 'mcast_query_intvl' }),
      mcast_query_response_interval_s: hundredths('mcast_query_response_interval', { most: LONGEST_S, usual: 10, key: 'mcast_query_response_intvl' }),
      // What it is by itself depends on the clock that the kernel was built with, for it is a quarter of the query interval.
      mcast_startup_query_interval_s: hundredths('mcast_startup_query_interval', { most: LONGEST_S, key: 'mcast_startup_query_intvl' }),
      mcast_stats_enabled: toggle('mcast_stats_enabled', { usual: false }),
      mcast_igmp_version: whole('mcast_igmp_version', { least: 2, most: 3, usual: 2 }),
      mcast_mld_version: whole('mcast_mld_version', { least: 1, most: 2, usual: 1 }),
      nf_call_iptables: toggle('nf_call_iptables', { usual: false }),
      nf_call_ip6tables: toggle('nf_call_ip6tables', { usual: false }),
      nf_call_arptables: toggle('nf_call_arptables', { usual: false }),
    },
  },
  bond: {
    summary: 'several links used as one',
    hasMac: true,
    isPinned: true,
    module: 'bonding',
    hasPorts: true,
    // Where `usual` is missing, the module's own parameters can set another start (modprobe.d(5)). The kernel changes the mode of
    // an empty bond only, and keeps settings that the new mode neither shows nor lets change: so another mode is another bond.
    attributes: {
      mode: choice('mode', ['balance-rr', 'active-backup', 'balance-xor', 'broadcast', '802.3ad', 'balance-tlb', 'balance-alb'], {
        standard: 'active-backup',
        when: 'never',
      }),
      miimon_ms: whole('miimon', { most: MOST_MS, standard: 100, unless: 'arp_interval_ms' }),
      updelay_ms: whole('updelay', { most: MOST_MS, usual: 0 }),
      downdelay_ms: whole('downdelay', { most: MOST_MS, usual: 0 }),
      peer_notify_delay_ms: whole('peer_notify_delay', { most: 300_000, usual: 0 }),
      arp_interval_ms: whole('arp_interval', { most: MOST_MS, usual: 0 }),
      arp_missed_max: whole('arp_missed_max', { least: 1, most: 255, usual: 2 }),
      arp_ip_target: targets('arp_ip_target', 'inet'),
      ns_ip6_target: targets('ns_ip6_target', 'inet6'),
      arp_validate: arpValidate,
      arp_all_targets: choice('arp_all_targets', ['any', 'all'], { usual: 'any' }),
      primary,
      primary_reselect: choice('primary_reselect', ['always', 'better', 'failure'], { usual: 'always' }),
      fail_over_mac: choice('fail_over_mac', ['none', 'active', 'follow'], { usual: 'none', when: 'down' }),
      xmit_hash_policy: choice('xmit_hash_policy', ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac'], { usual: 'layer2' }),
      resend_igmp: whole('resend_igmp', { most: 255, usual: 1 }),
      num_grat_arp: whole('num_grat_arp', { most: 255, usual: 1, key: 'num_peer_notif' }),
      all_slaves_active: toggle('all_slaves_active', { usual: false }),
      min_links: whole('min_links', { most: MOST_MS, usual: 0 }),
      lp_interval_s: whole('lp_interval', { least: 1, most: MOST_MS, usual: 1 }),
      packets_per_slave: whole('packets_per_slave', { most: 65535, usual: 1 }),
      lacp_active: choice('lacp_active', ['off', 'on'], { usual: 'on', when: 'down', key: 'ad_lacp_active' }),
      lacp_rate: choice('lacp_rate', ['slow', 'fast'], { usual: 'slow', when: 'down', key: 'ad_lacp_rate' }),
      ad_select: choice('ad_select', ['stable', 'bandwidth', 'count'], { usual: 'stable', when: 'down' }),
      ad_actor_sys_prio: whole('ad_actor_sys_prio', { least: 1, most: 65535, usual: 65535 }),
      ad_user_port_key: whole('ad_user_port_key', { most: 1023, usual: 0, when: 'down' }),
      ad_actor_system: actorSystem,
      tlb_dynamic_lb: toggle('tlb_dynamic_lb', { usual: true, when: 'down' }),
    },
  },
} as const satisfies Record<string, KindDeclaration>;
