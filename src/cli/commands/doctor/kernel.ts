// What the kernel can do: tried in namespaces that are gone as soon as their one program ends.
import { release } from 'node:os';
import { run } from '../../../exec/run.js';
import { type Check, note, ok, problem } from './check.js';

interface LinkKind {
  name: string;
  /** Words of `ip link add`. The first of all makes v0, which others stand on. */
  add: string;
  /** Without it this program is of little use. */
  essential?: true;
  /** The kernel's option, for those who build their own. */
  option: string;
}

const LINK_KINDS: readonly LinkKind[] = [
  { name: 'veth', add: 'v0 type veth peer name v1', essential: true, option: 'CONFIG_VETH' },
  { name: 'bridge', add: 'b0 type bridge', option: 'CONFIG_BRIDGE' },
  { name: 'dummy', add: 'd0 type dummy', option: 'CONFIG_DUMMY' },
  { name: 'macvlan', add: 'link v0 name m0 type macvlan', option: 'CONFIG_MACVLAN' },
  { name: 'ipvlan', add: 'link v1 name i0 type ipvlan', option: 'CONFIG_IPVLAN' },
  { name: 'vlan', add: 'link v0 name q0 type vlan id 5', option: 'CONFIG_VLAN_8021Q' },
  { name: 'vxlan', add: 'x0 type vxlan id 5 dev v0 dstport 4789', option: 'CONFIG_VXLAN' },
  { name: 'vrf', add: 'r0 type vrf table 10', option: 'CONFIG_NET_VRF' },
  { name: 'bond', add: 'o0 type bond', option: 'CONFIG_BONDING' },
  { name: 'wireguard', add: 'w0 type wireguard', option: 'CONFIG_WIREGUARD' },
];

/** Other features: each is there when its one command does its work. */
const COMMANDS: readonly { name: string; command: readonly string[]; says: string; mend: string }[] = [
  {
    name: 'tun/tap',
    command: ['ip', 'tuntap', 'add', 'dev', 't0', 'mode', 'tun'],
    says: 'tunnels of user programs',
    mend: 'modprobe tun; in a container pass /dev/net/tun to it.',
  },
  { name: 'nftables', command: ['nft', 'add table inet doctor'], says: 'firewall rules', mend: 'apt install nftables; the kernel needs CONFIG_NF_TABLES.' },
  {
    name: 'netem',
    command: ['tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'],
    says: 'delay and loss for labs',
    mend: 'modprobe sch_netem (CONFIG_NET_SCH_NETEM).',
  },
];

/** Into namespaces of their own: root needs no user namespace for it. */
function aside(command: readonly string[]): [string, ...string[]] {
  return ['unshare', ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']), '--net', ...command];
}

/** Whether namespaces, each kind of link, and the other features can be made here. */
export async function kernelChecks(): Promise<Check[]> {
  const begin = await run(aside(['true']));
  if (begin.exitCode !== 0) {
    return [
      ok('kernel', release()),
      problem(
        'network namespaces',
        `none can be made here: ${begin.stderr.toString().trim() || begin.startError}`,
        process.getuid?.() === 0
          ? 'As root this needs CAP_SYS_ADMIN: run on the host, or start the container with --cap-add SYS_ADMIN --cap-add NET_ADMIN.'
          : 'Run as root, or let ordinary users make user namespaces (below).',
      ),
    ];
  }
  const [kinds, others] = await Promise.all([linkKinds(), Promise.all(COMMANDS.map(feature))]);
  return [ok('kernel', release()), ok('network namespaces', 'can be made'), ...kinds, ...others];
}

/** All kinds in one batch; the numbers of the lines that failed come on standard error. */
async function linkKinds(): Promise<Check[]> {
  const batch = LINK_KINDS.map(({ add }) => `link add ${add}\n`).join('');
  const { stderr, endedBy } = await run(aside(['ip', '-force', '-batch', '-']), { stdin: batch });
  if (endedBy === 'not_started') return [];
  const failed = new Set([...stderr.toString().matchAll(/Command failed -:(\d+)/g)].map(([, line]) => Number(line)));
  const missing = LINK_KINDS.filter((_, at) => failed.has(at + 1));
  const works = LINK_KINDS.filter((kind) => !missing.includes(kind)).map(({ name }) => name);
  return [
    ok('link kinds', works.join(', ')),
    ...missing.map(({ name, essential, option }) => {
      const mend = `modprobe ${name === 'vlan' ? '8021q' : name === 'bond' ? 'bonding' : name}; the kernel needs ${option}.`;
      return essential ? problem(name, 'cannot be made', mend) : note(name, 'cannot be made', mend);
    }),
  ];
}

async function feature({ name, command, says, mend }: (typeof COMMANDS)[number]): Promise<Check> {
  const { exitCode, stderr } = await run(aside(command));
  return exitCode === 0 ? ok(name, says) : note(name, `no ${says}: ${stderr.toString().trim().split('\n')[0] ?? ''}`, mend);
}
