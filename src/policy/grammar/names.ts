// The names of the closed lists of programs, apart from their grammars: to judge a policy takes no more than these.

const NAMES = ['ip', 'ss', 'ping', 'tracepath', 'traceroute', 'ethtool', 'nft', 'tc', 'bridge', 'sysctl', 'dig', 'getent', 'curl', 'conntrack'] as const;
export type ProgramName = (typeof NAMES)[number];

/** The programs that may be run to their end. Anything else is refused. */
export const ALLOWED_PROGRAMS: readonly string[] = NAMES;

const SERVICE_NAMES = ['web-server', 'iperf3', 'dnsmasq', 'bird', 'wireguard-go', 'openvpn'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** The programs that may run on as services. */
export const SERVICE_PROGRAMS: readonly string[] = SERVICE_NAMES;

/** The target of a command that asks the name servers of resolv.conf. No host name can be spelt so. */
export const RESOLVER = '@resolver';
