// The sysctls that decide what happens to a packet (kernel document networking/ip-sysctl), as they are in one namespace.
import { visible } from '../../model/text.js';

/** Last parts of the keys that are read, below the folders that follow. */
const KEYS = [
  ...['ip_forward', 'forwarding', 'mc_forwarding', 'disable_ipv6', 'rp_filter', 'accept_local', 'route_localnet', 'src_valid_mark'],
  ...['arp_ignore', 'arp_announce', 'arp_filter', 'arp_notify', 'proxy_arp', 'proxy_ndp', 'accept_ra', 'autoconf', 'accept_dad', 'addr_gen_mode'],
  ...['accept_redirects', 'send_redirects', 'accept_source_route', 'ignore_routes_with_linkdown', 'ip_nonlocal_bind', 'ip_unprivileged_port_start'],
  ...[
    'ip_local_port_range',
    'ping_group_range',
    'icmp_echo_ignore_all',
    'ip_default_ttl',
    'fib_multipath_hash_policy',
    'tcp_l3mdev_accept',
    'udp_l3mdev_accept',
  ],
  ...['bridge-nf-call-iptables', 'bridge-nf-call-ip6tables', 'bridge-nf-call-arptables', 'nf_conntrack_max', 'nf_conntrack_count'],
];
const FOLDERS = ['ipv4', 'ipv6', 'bridge', 'netfilter'].map((folder) => `/proc/sys/net/${folder}`);

/** Prints `PATH:VALUE` for each key. /proc/sys/net shows the namespace of the process that looks (proc_sys(5)). */
export const SYSCTLS_COMMAND = ['grep', '-r', '-s', '-H', '', ...KEYS.map((key) => `--include=${key}`), ...FOLDERS] as const;

/** Reads the output of `SYSCTLS_COMMAND`: keys in sysctl(8)'s dotted form, where a dot in a link's name is written as a slash. */
export function parseSysctls(text: string): Record<string, string> {
  const entries = text.split('\n').flatMap((line) => {
    const match = /^\/proc\/sys\/(.+?):(.*)$/s.exec(line);
    if (!match) return [];
    const key = (match[1] ?? '').split('/').map((part) => part.replaceAll('.', '/'));
    return [[visible(key.join('.')), (match[2] ?? '').replaceAll('\t', ' ')] as const];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
