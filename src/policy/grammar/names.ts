// The names of the closed list of programs, apart from their grammars: to judge a policy takes no more than these.

const NAMES = ['ip', 'ss', 'ping', 'tracepath', 'traceroute', 'ethtool', 'nft', 'tc', 'bridge', 'sysctl', 'dig', 'getent', 'curl', 'conntrack'] as const;
export type ProgramName = (typeof NAMES)[number];

/** The programs that may be run. Anything else is refused. */
export const ALLOWED_PROGRAMS: readonly string[] = NAMES;

/** The target of a command that asks the name servers of resolv.conf. No host name can be spelt so. */
export const RESOLVER = '@resolver';
