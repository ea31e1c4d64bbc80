// Of every kind of link: the least that makes one, and settings that together give each field a value that is not its usual one.
import type { LinkKindName } from '../../src/model/kinds/table.js';
import type { Settings } from '../../src/model/objects.js';

export interface Samples {
  /** The least that has to be said. */
  bare: Settings;
  /** Each makes a link of its own; what one mode forbids, another shows. */
  full: Settings[];
  /** It stands on this link: the same in each namespace. */
  needsLower?: true;
}

const OVER4 = { local: '192.0.2.1', remote: '192.0.2.2' };
const OVER6 = { local: '2001:db8::1', remote: '2001:db8::2' };
const ENCAP = { encap: 'fou', encap_sport: 7000, encap_dport: 7001, encap_csum: true, encap_udp6_csum: true, encap_remcsum: true };
const FULL4 = { local: '192.0.2.3', remote: '192.0.2.4', ttl: 7, tos: 0x10, fwmark: 0x2a };
const FULL6 = { local: '2001:db8::3', remote: '2001:db8::4', ttl: 7, encaplimit: 2, tclass: 0x20, flowlabel: 0x12345, allow_localremote: true, fwmark: 42 };
const INHERIT6 = { ...OVER6, ttl: 'inherit', encaplimit: 'none', tclass: 'inherit', flowlabel: 'inherit', fwmark: 'inherit' };
const GRE = { ikey: 1, okey: 0xffff_ffff, oseq: true, icsum: true, ocsum: true };
const GRE4: Samples = {
  bare: OVER4,
  full: [
    { ...FULL4, ...GRE },
    { ...OVER4, pmtudisc: false, tos: 'inherit', ignore_df: true },
    { ...OVER4, iseq: true, oseq: true },
    { ...OVER4, ...ENCAP },
    { external: true },
  ],
};
const GRE6: Samples = { bare: OVER6, full: [{ ...FULL6, ...GRE }, INHERIT6, { ...OVER6, iseq: true }, { ...OVER6, ...ENCAP }, { external: true }] };

const MACVLAN: Samples = {
  bare: {},
  full: [
    { mode: 'private', nodst: true, bcqueuelen: 500 },
    { mode: 'passthru', nopromisc: true },
    { mode: 'source', source_macs: '02:00:00:00:00:01,02:00:00:00:00:02' },
  ],
  needsLower: true,
};
const IPVLAN: Samples = {
  bare: {},
  full: [
    { mode: 'l2', flag: 'private' },
    { mode: 'l3s', flag: 'vepa' },
  ],
  needsLower: true,
};
const TUNTAP: Samples = { bare: {}, full: [{ user: 'root', group: 'root', pi: true, vnet_hdr: true, multi_queue: true, persist: true }] };

export const SAMPLES: Readonly<Record<LinkKindName, Samples>> = {
  bridge: {
    bare: {},
    full: [
      {
        stp_state: true,
        priority: 4096,
        forward_delay_s: 4,
        hello_time_s: 1.5,
        max_age_s: 6.5,
        ageing_time_s: 60,
        group_fwd_mask: 8,
        group_address: '01:80:c2:00:00:0e',
        no_linklocal_learn: true,
        vlan_protocol: '802.1ad',
        vlan_default_pvid: 7,
        vlan_filtering: true,
        vlan_stats_enabled: true,
        vlan_stats_per_port: true,
        mcast_snooping: false,
        mcast_router: 2,
        mcast_query_use_ifaddr: true,
        mcast_querier: true,
        mcast_hash_max: 512,
        mcast_last_member_count: 3,
        mcast_startup_query_count: 4,
        mcast_last_member_interval_s: 2,
        mcast_membership_interval_s: 100,
        mcast_querier_interval_s: 110,
        mcast_query_interval_s: 60,
        mcast_query_response_interval_s: 5,
        mcast_startup_query_interval_s: 20,
        mcast_stats_enabled: true,
        mcast_igmp_version: 3,
        mcast_mld_version: 2,
        nf_call_iptables: true,
        nf_call_ip6tables: true,
        nf_call_arptables: true,
      },
      { vlan_filtering: true, mcast_vlan_snooping: true },
    ],
  },
  bond: {
    bare: {},
    full: [
      {
        mode: '802.3ad',
        miimon_ms: 200,
        updelay_ms: 400,
        downdelay_ms: 600,
        peer_notify_delay_ms: 800,
        fail_over_mac: 'active',
        xmit_hash_policy: 'layer3+4',
        resend_igmp: 2,
        num_grat_arp: 3,
        all_slaves_active: true,
        min_links: 2,
        lp_interval_s: 5,
        lacp_active: 'off',
        lacp_rate: 'fast',
        ad_select: 'bandwidth',
        ad_actor_sys_prio: 100,
        ad_user_port_key: 5,
        ad_actor_system: '02:00:00:00:00:0a',
      },
      {
        mode: 'active-backup',
        arp_interval_ms: 500,
        arp_missed_max: 4,
        arp_ip_target: '192.0.2.1,192.0.2.2',
        arp_validate: 'active',
        arp_all_targets: 'all',
        primary_reselect: 'better',
      },
      { mode: 'active-backup', arp_interval_ms: 500, ns_ip6_target: '2001:db8::1' },
      { mode: 'balance-rr', packets_per_slave: 4 },
      { mode: 'balance-tlb', tlb_dynamic_lb: false },
    ],
  },
  macvlan: MACVLAN,
  macvtap: MACVLAN,
  ipvlan: IPVLAN,
  ipvtap: IPVLAN,
  vlan: {
    bare: { id: 5 },
    full: [
      { id: 6, protocol: '802.1ad', reorder_hdr: false, loose_binding: true, ingress_qos_map: '1:2 3:4', egress_qos_map: '5:6' },
      { id: 7, gvrp: true },
      { id: 8, mvrp: true },
      { id: 9, bridge_binding: true },
    ],
    needsLower: true,
  },
  vxlan: {
    bare: { id: 42 },
    full: [
      {
        id: 43,
        remote: '192.0.2.2',
        local: '192.0.2.1',
        dstport: 8472,
        srcport: '40000-50000',
        ttl: 9,
        tos: 0x10,
        df: 'set',
        learning: false,
        proxy: true,
        rsc: true,
        l2miss: true,
        l3miss: true,
        ageing_s: 60,
        maxaddress: 1000,
        udpcsum: false,
        remcsumtx: true,
        remcsumrx: true,
        gbp: true,
      },
      { id: 44, remote: '2001:db8::2', local: '2001:db8::1', flowlabel: 0x12345, udp6zerocsumtx: true, udp6zerocsumrx: true, ttl: 'inherit', tos: 'inherit' },
      { id: 45, group: '239.1.1.1', dstport: 4791 },
      { external: true, vnifilter: true, gpe: true, dstport: 4790, learning: false },
    ],
    needsLower: true,
  },
  geneve: {
    bare: { id: 42, remote: '192.0.2.2' },
    full: [
      { id: 43, remote: '192.0.2.3', dstport: 6082, ttl: 9, tos: 0x10, df: 'set', udpcsum: true, innerprotoinherit: true },
      { id: 44, remote: '2001:db8::2', ttl: 'inherit', tos: 'inherit', flowlabel: 0x12345, udp6zerocsumtx: true, udp6zerocsumrx: false, dstport: 6083 },
      { external: true, dstport: 6084 },
    ],
  },
  dummy: { bare: {}, full: [] },
  ifb: { bare: {}, full: [] },
  nlmon: { bare: {}, full: [] },
  wireguard: { bare: {}, full: [] },
  vrf: { bare: { table: 10 }, full: [{ table: 70_000 }] },
  tun: TUNTAP,
  tap: TUNTAP,
  netkit: { bare: { peer: 'peer0' }, full: [{ mode: 'l2', policy: 'blackhole', peer_policy: 'blackhole', peer: 'peer0' }] },
  gre: GRE4,
  gretap: GRE4,
  ip6gre: GRE6,
  ip6gretap: GRE6,
  ipip: { bare: OVER4, full: [{ ...FULL4, mode: 'ipip' }, { ...OVER4, pmtudisc: false, tos: 'inherit' }, { ...OVER4, ...ENCAP }, { external: true }] },
  sit: {
    bare: OVER4,
    full: [
      { ...FULL4, mode: 'ip6ip' },
      { ...OVER4, pmtudisc: false, tos: 'inherit', isatap: true },
      { ...OVER4, '6rd_prefix': '2001:db8::/32', '6rd_relay_prefix': '192.0.2.0/24' },
      { ...OVER4, ...ENCAP },
    ],
  },
  ip6tnl: { bare: OVER6, full: [{ ...FULL6, mode: 'ip6ip6' }, INHERIT6, { ...OVER6, ...ENCAP }, { external: true }] },
  vti: { bare: { ...OVER4, ikey: 1, okey: 1 }, full: [{ local: '192.0.2.3', remote: '192.0.2.4', ikey: 7, okey: 8, fwmark: 42 }] },
  vti6: { bare: { ...OVER6, ikey: 1, okey: 1 }, full: [{ local: '2001:db8::3', remote: '2001:db8::4', ikey: 7, okey: 8, fwmark: 42 }] },
  xfrm: { bare: { if_id: 1 }, full: [{ if_id: 0xffff_ffff }, { external: true }] },
};
