// The network sysctls that may be set, each with the values that it takes, and what follows from one: said once for the operation and for reading.

import { remembered } from './remembered.js';

/** What a sysctl takes: whole numbers, or text of a form. */
type Values = { least: number; most: number } | { form: RegExp; says: string };

const FLAG: Values = { least: 0, most: 1 };
const from = (least: number, most: number): Values => ({ least, most });
const MOST = 0x7fff_ffff;
const NUMBER = from(0, MOST);
const PORTS: Values = { form: /^\d{1,5} \d{1,5}$/, says: 'two ports: the first and the last' };
const GROUPS: Values = { form: /^\d{1,10} \d{1,10}$/, says: 'two group ids: the first and the last; "1 0" is nobody' };
const THREE_SIZES: Values = { form: /^\d{1,10} \d{1,10} \d{1,10}$/, says: 'three sizes in bytes: least, usual, most' };
const ALGORITHM: Values = { form: /^[a-z0-9_]{1,15}$/, says: 'the name of a congestion control algorithm, such as cubic' };

type Table = Readonly<Record<string, Values>>;

/** Below net.ipv4.conf.DEVICE (kernel document networking/ip-sysctl, "/proc/sys/net/ipv4/conf"). */
const IPV4_DEVICE: Table = {
  accept_local: FLAG,
  accept_redirects: FLAG,
  accept_source_route: FLAG,
  arp_accept: from(0, 2),
  arp_announce: from(0, 2),
  arp_evict_nocarrier: FLAG,
  arp_filter: FLAG,
  arp_ignore: from(0, 8),
  arp_notify: FLAG,
  bc_forwarding: FLAG,
  forwarding: FLAG,
  ignore_routes_with_linkdown: FLAG,
  log_martians: FLAG,
  promote_secondaries: FLAG,
  proxy_arp: FLAG,
  proxy_arp_pvlan: FLAG,
  route_localnet: FLAG,
  rp_filter: from(0, 2),
  secure_redirects: FLAG,
  send_redirects: FLAG,
  shared_media: FLAG,
  src_valid_mark: FLAG,
};

/** Below net.ipv6.conf.DEVICE. */
const IPV6_DEVICE: Table = {
  accept_dad: from(0, 2),
  accept_ra: from(0, 2),
  accept_ra_defrtr: FLAG,
  accept_ra_from_local: FLAG,
  accept_ra_mtu: FLAG,
  accept_ra_pinfo: FLAG,
  accept_ra_rtr_pref: FLAG,
  accept_redirects: FLAG,
  accept_source_route: from(-1, 1),
  addr_gen_mode: from(0, 3),
  autoconf: FLAG,
  dad_transmits: from(0, 255),
  disable_ipv6: FLAG,
  enhanced_dad: FLAG,
  forwarding: FLAG,
  hop_limit: from(1, 255),
  ignore_routes_with_linkdown: FLAG,
  keep_addr_on_down: from(-1, 1),
  max_addresses: NUMBER,
  mtu: from(1280, 65_535),
  ndisc_notify: FLAG,
  optimistic_dad: FLAG,
  proxy_ndp: FLAG,
  router_solicitations: from(-1, MOST),
  use_optimistic: FLAG,
  use_tempaddr: from(-1, 2),
};

/** Those that are of a whole namespace. */
const NAMESPACE: Table = {
  'net.ipv4.fib_multipath_hash_policy': from(0, 3),
  'net.ipv4.fib_multipath_use_neigh': FLAG,
  'net.ipv4.fwmark_reflect': FLAG,
  'net.ipv4.icmp_echo_ignore_all': FLAG,
  'net.ipv4.icmp_echo_ignore_broadcasts': FLAG,
  'net.ipv4.icmp_errors_use_inbound_ifaddr': FLAG,
  'net.ipv4.icmp_ignore_bogus_error_responses': FLAG,
  'net.ipv4.icmp_ratelimit': NUMBER,
  'net.ipv4.ip_default_ttl': from(1, 255),
  'net.ipv4.ip_early_demux': FLAG,
  'net.ipv4.ip_forward': FLAG,
  'net.ipv4.ip_forward_use_pmtu': FLAG,
  'net.ipv4.ip_local_port_range': PORTS,
  'net.ipv4.ip_no_pmtu_disc': from(0, 3),
  'net.ipv4.ip_nonlocal_bind': FLAG,
  'net.ipv4.ip_unprivileged_port_start': from(0, 65_535),
  'net.ipv4.ping_group_range': GROUPS,
  'net.ipv4.raw_l3mdev_accept': FLAG,
  'net.ipv4.tcp_base_mss': from(48, 65_535),
  'net.ipv4.tcp_congestion_control': ALGORITHM,
  'net.ipv4.tcp_ecn': from(0, 5),
  'net.ipv4.tcp_fin_timeout': from(1, MOST),
  'net.ipv4.tcp_fwmark_accept': FLAG,
  'net.ipv4.tcp_keepalive_intvl': from(1, 32_767),
  'net.ipv4.tcp_keepalive_probes': from(1, 127),
  'net.ipv4.tcp_keepalive_time': from(1, 32_767),
  'net.ipv4.tcp_l3mdev_accept': FLAG,
  'net.ipv4.tcp_max_syn_backlog': NUMBER,
  'net.ipv4.tcp_mtu_probing': from(0, 2),
  'net.ipv4.tcp_retries1': from(1, 255),
  'net.ipv4.tcp_retries2': from(1, 255),
  'net.ipv4.tcp_rmem': THREE_SIZES,
  'net.ipv4.tcp_sack': FLAG,
  'net.ipv4.tcp_slow_start_after_idle': FLAG,
  'net.ipv4.tcp_syn_retries': from(1, 127),
  'net.ipv4.tcp_synack_retries': from(0, 255),
  'net.ipv4.tcp_syncookies': from(0, 2),
  'net.ipv4.tcp_timestamps': from(0, 2),
  'net.ipv4.tcp_tw_reuse': from(0, 2),
  'net.ipv4.tcp_window_scaling': FLAG,
  'net.ipv4.tcp_wmem': THREE_SIZES,
  'net.ipv4.udp_l3mdev_accept': FLAG,
  'net.ipv6.bindv6only': FLAG,
  'net.ipv6.fib_multipath_hash_policy': from(0, 3),
  'net.ipv6.fwmark_reflect': FLAG,
  'net.ipv6.icmp.echo_ignore_all': FLAG,
  'net.ipv6.icmp.ratelimit': NUMBER,
  'net.ipv6.ip_nonlocal_bind': FLAG,
  'net.bridge.bridge-nf-call-arptables': FLAG,
  'net.bridge.bridge-nf-call-ip6tables': FLAG,
  'net.bridge.bridge-nf-call-iptables': FLAG,
  'net.bridge.bridge-nf-filter-vlan-tagged': FLAG,
  'net.core.somaxconn': NUMBER,
  'net.netfilter.nf_conntrack_acct': FLAG,
  'net.netfilter.nf_conntrack_checksum': FLAG,
  'net.netfilter.nf_conntrack_generic_timeout': NUMBER,
  'net.netfilter.nf_conntrack_icmp_timeout': NUMBER,
  'net.netfilter.nf_conntrack_icmpv6_timeout': NUMBER,
  'net.netfilter.nf_conntrack_log_invalid': from(0, 255),
  'net.netfilter.nf_conntrack_tcp_be_liberal': FLAG,
  'net.netfilter.nf_conntrack_tcp_loose': FLAG,
  'net.netfilter.nf_conntrack_tcp_timeout_close_wait': NUMBER,
  'net.netfilter.nf_conntrack_tcp_timeout_established': NUMBER,
  'net.netfilter.nf_conntrack_tcp_timeout_fin_wait': NUMBER,
  'net.netfilter.nf_conntrack_tcp_timeout_syn_recv': NUMBER,
  'net.netfilter.nf_conntrack_tcp_timeout_syn_sent': NUMBER,
  'net.netfilter.nf_conntrack_tcp_timeout_time_wait': NUMBER,
  'net.netfilter.nf_conntrack_timestamp': FLAG,
  'net.netfilter.nf_conntrack_udp_timeout': NUMBER,
  'net.netfilter.nf_conntrack_udp_timeout_stream': NUMBER,
};

/** Read, and never set: the kernel lets no namespace but the initial one, or nobody at all, write them. */
const ONLY_READ = ['mc_forwarding', 'nf_conntrack_max', 'nf_conntrack_count'];

/** Why a key is refused that is known, and could be written. First match wins. */
const REFUSED: readonly { key: RegExp; because: string }[] = [
  { key: /\.stable_secret$|\.tcp_fastopen_key$/, because: 'it is a secret' },
  { key: /\.mc_forwarding$/, because: 'only a multicast routing daemon sets it, by a socket option' },
  { key: /^net\.netfilter\.nf_conntrack_(max|buckets|count|expect_max)$/, because: 'it is of the whole host: other namespaces can only read it' },
  {
    key: /^net\.core\.|^net\.ipv[46]\.neigh\.default\.gc_|^net\.ipv[46]\.route\.|^net\.ipv4\.(tcp|udp)_mem$|^net\.ipv4\.tcp_max_orphans$/,
    because: 'it is of the whole host, not of one namespace',
  },
];

/** A key in sysctl(8)'s dotted form, where a dot in a link's name is written as a slash. */
export interface SysctlKey {
  /** Of those of links; null for the others. */
  family: 'ipv4' | 'ipv6' | null;
  /** The link that it is about, under its own name; `all` and `default` are none. */
  device: string | null;
  /** `all` or `default`, for those of links. */
  every: 'all' | 'default' | null;
  /** Its last part. */
  name: string;
  values: Values;
}

/** Names of links that can stand in a key: sysctl(8) takes `*`, `?` and `[` for patterns, and `=` for the value. */
const DEVICE_NAME = /^[A-Za-z0-9_:@+~.-]{1,15}$/;

const MOST_KNOWN = 20_000;

/** A key taken apart, whatever its link is called; null when it is not on the list. Many namespaces have the same ones, and each is asked for often. */
const knownKey = remembered((key: string): SysctlKey | null => {
  const own = Object.hasOwn(NAMESPACE, key) ? NAMESPACE[key] : undefined;
  if (own) return { family: null, device: null, every: null, name: key.split('.').at(-1) ?? key, values: own };
  const [, family, part = '', name = ''] = /^net\.(ipv[46])\.conf\.([^.]+)\.([a-z0-9_]+)$/.exec(key) ?? [];
  const table = family === 'ipv6' ? IPV6_DEVICE : IPV4_DEVICE;
  const values = family !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
  if (!values) return null;
  const every = part === 'all' || part === 'default' ? part : null;
  return { family: family === 'ipv6' ? 'ipv6' : 'ipv4', device: every === null ? part.replaceAll('/', '.') : null, every, name, values };
}, MOST_KNOWN);

/** Takes a key apart; null when it is not on the list, or its link has a name that cannot be written. */
export function parseSysctlKey(key: string): SysctlKey | null {
  const parsed = knownKey(key);
  return parsed?.device && !DEVICE_NAME.test(parsed.device) ? null : parsed;
}

/** Why a key is not on the list. */
export function whyNoSysctl(key: string): string {
  return REFUSED.find((refused) => refused.key.test(key))?.because ?? 'it is not on the closed list of network sysctls';
}

/** What is wrong with a value; null when the sysctl takes it. */
export function sysctlValueProblem({ values }: SysctlKey, value: string): string | null {
  if ('form' in values) return values.form.test(value) ? null : `it takes ${values.says}`;
  const { least, most } = values;
  const number = /^-?\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  return number >= least && number <= most ? null : `it takes a whole number from ${least} to ${most}`;
}

/** The key of one sysctl of a link. */
export function deviceSysctl(family: 'ipv4' | 'ipv6', device: string, name: string): string {
  return `net.${family}.conf.${device.replaceAll('.', '/')}.${name}`;
}

/** Every key on the list, `DEVICE` standing for links, `all` and `default`. */
export const SYSCTL_KEYS: readonly string[] = [
  ...Object.keys(IPV4_DEVICE).map((name) => `net.ipv4.conf.DEVICE.${name}`),
  ...Object.keys(IPV6_DEVICE).map((name) => `net.ipv6.conf.DEVICE.${name}`),
  ...Object.keys(NAMESPACE),
];

/** True for a key that is read: those on the list, and a few that can only be read. */
export function isReadSysctl(key: string): boolean {
  return knownKey(key) !== null || ONLY_READ.some((name) => key.endsWith(`.${name}`));
}

/** Last parts of the keys that are read. */
export const SYSCTL_FILES: readonly string[] = [...new Set([...SYSCTL_KEYS.map((key) => key.split('.').at(-1) ?? key), ...ONLY_READ])];

/** `all` of these writes itself into `default` and every link (addrconf_fixup_forwarding and its like, net/ipv6/addrconf.c). */
const IPV6_FROM_ALL = ['forwarding', 'disable_ipv6', 'ignore_routes_with_linkdown', 'addr_gen_mode'];
/** Two names of one switch (net/ipv4/devinet.c). */
const IPV4_FORWARDING = ['net.ipv4.ip_forward', 'net.ipv4.conf.all.forwarding'];

/** Of some keys those that the kernel may write along with one: what is written, and why, follows the functions named. */
export function sysctlFollowers(key: string, keys: readonly string[]): string[] {
  const parsed = parseSysctlKey(key);
  if (!parsed) return [];
  const { family, every, name } = parsed;
  const others = keys.filter((other) => other !== key);
  const alike = (other: string) => /^net\.(ipv[46])\.conf\.[^.]+\.(.+)$/.exec(other);
  const sameName = others.filter((other) => alike(other)?.[1] === family && alike(other)?.[2] === name);
  // inet_forward_change writes the switch into every link, and lets a router not be redirected.
  if (IPV4_FORWARDING.includes(key)) {
    return others.filter(
      (other) => IPV4_FORWARDING.includes(other) || other === 'net.ipv4.conf.all.accept_redirects' || /^net\.ipv4\.conf\.[^.]+\.forwarding$/.test(other),
    );
  }
  if (family === 'ipv6' && every === 'all' && IPV6_FROM_ALL.includes(name)) return sameName;
  // devinet_copy_dflt_conf gives it to the links in which nobody has set it, and which never had an address.
  if (family === 'ipv4' && every === 'default' && name !== 'forwarding') return sameName.filter((other) => parseSysctlKey(other)?.device !== null);
  return [];
}

/** Comes before those that follow from it, so that these can be put right afterwards. */
function rankOf(key: string): number {
  const parsed = parseSysctlKey(key);
  if (IPV4_FORWARDING.includes(key)) return 0;
  return parsed?.every === 'all' ? (parsed.name === 'accept_redirects' ? 2 : 1) : parsed?.every === 'default' ? 2 : parsed?.device ? 4 : 3;
}

/** Keys in the order in which they have to be written. */
export function inSysctlOrder(keys: readonly string[]): string[] {
  const ranked = keys.map((key) => ({ key, rank: rankOf(key) }));
  return ranked.sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1)).map(({ key }) => key);
}
