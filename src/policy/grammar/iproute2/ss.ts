// The grammar of ss: which sockets to show, how, and a filter; nothing that closes sockets, enters namespaces or touches files.
import { no, type Program, type Term } from '../table.js';
import { listOf, oneOf } from '../values.js';
import { flag, NEVER_ENDS, NO_HELP, OTHER_NAMESPACE, RESOLVES } from './common.js';
import { FILTER_SAYS, readFilter } from './ss-filter.js';

const FAMILIES = oneOf(['inet', 'inet6', 'link', 'unix', 'netlink', 'vsock', 'tipc', 'xdp']);
const QUERIES = listOf([
  'all',
  'inet',
  'tcp',
  'mptcp',
  'udp',
  'raw',
  'unix',
  'unix_dgram',
  'unix_stream',
  'unix_seqpacket',
  'packet',
  'packet_raw',
  'packet_dgram',
  'netlink',
  'dccp',
  'sctp',
  'vsock_stream',
  'vsock_dgram',
  'tipc',
  'xdp',
]);

const OPTIONS: readonly Term[] = [
  flag('-n', '--numeric'),
  flag('-a', '--all'),
  flag('-l', '--listening'),
  flag('-o', '--options'),
  flag('-e', '--extended'),
  flag('-m', '--memory'),
  // Whose socket it is stands in /proc/PID/fd of every process.
  { name: '-p', aliases: ['--processes'], capabilities: ['sys_ptrace', 'dac_read_search'] },
  flag('-i', '--info'),
  flag('-s', '--summary'),
  flag('--tos'),
  flag('--cgroup'),
  flag('--inet-sockopt'),
  flag('-4', '--ipv4'),
  flag('-6', '--ipv6'),
  flag('-0', '--packet'),
  flag('-t', '--tcp'),
  flag('-M', '--mptcp'),
  flag('-S', '--sctp'),
  flag('-u', '--udp'),
  flag('-d', '--dccp'),
  flag('-w', '--raw'),
  flag('-x', '--unix'),
  flag('--tipc'),
  flag('--vsock'),
  flag('--xdp'),
  { name: '-f', aliases: ['--family'], values: [FAMILIES] },
  { name: '-A', aliases: ['--query', '--socket'], values: [QUERIES] },
  flag('-H', '--no-header'),
  flag('-O', '--oneline'),
  no('-r', RESOLVES, '--resolve'),
  no('-b', 'socket filters need a privilege that would show TCP-MD5 keys as well', '--bpf'),
  no('-E', NEVER_ENDS, '--events'),
  no('-K', 'it closes sockets', '--kill'),
  no('-D', 'it writes a file', '--diag'),
  no('-F', 'it reads a file; give the filter as words', '--filter'),
  no('-N', OTHER_NAMESPACE, '--net'),
  no('-h', NO_HELP, '--help'),
];

export const SS: Program = {
  name: 'ss',
  package: 'iproute2',
  says: 'Shows sockets.',
  effect: 'read',
  // No net_admin: with it ss prints the keys of TCP-MD5. Without -n releases up to 5.10 start `rpcinfo` through a shell.
  forced: { '-n': ['-n'] },
  place: { style: 'getopt', terms: OPTIONS, rest: { says: FILTER_SAYS, read: readFilter } },
};
