// What the kernel and iproute2 complain about, as errors of the table.
import type { ChangeProgram } from '../../model/change.js';
import { BECOME_ROOT, type ErrorCode } from '../../model/errors.js';
import { kindOf, LINK_KINDS } from '../../model/kinds/table.js';

interface Known {
  /** In the complaint. */
  says: RegExp;
  /** In the command, when the same complaint means different things. That of `ip` begins with its object, others with the program. */
  of?: RegExp;
  code: ErrorCode;
  hint: string;
}

/** First match wins. The texts are iproute2's and the kernel's extended acks; they are in English under LC_ALL=C. */
const KNOWN: Known[] = [
  { says: /not permitted|Permission denied/i, code: 'PRIVILEGE_MISSING', hint: BECOME_ROOT },
  {
    says: /No such file or directory/i,
    of: /^nft/,
    code: 'OBJECT_NOT_FOUND',
    hint: 'inspect_namespace with sections ["firewall"] shows the tables that are there.',
  },
  {
    says: /netns is immutable|NETNS_LOCAL/i,
    code: 'LINK_CANNOT_MOVE',
    hint: 'The kernel pins links of this kind to the namespace they were made in: make it in the other namespace instead.',
  },
  { says: /File exists/i, of: /^netns add/, code: 'NAMESPACE_EXISTS', hint: 'Choose another name, or use the namespace that is there.' },
  {
    says: /File exists|already exists/i,
    of: /^link add .*type (gre|gretap|ip6gre|ip6gretap|ipip|sit|ip6tnl|vti|vti6|xfrm|vxlan|geneve|vlan)\b/,
    code: 'LINK_EXISTS',
    hint: 'Its name, or what it stands for, is taken: two tunnels cannot have the same ends and key, nor two VLANs or vxlans the same id. Use the one that is there.',
  },
  { says: /resource busy/i, of: /^tuntap/, code: 'LINK_EXISTS', hint: 'Choose another name, or use the link that is there.' },
  {
    says: /File exists|already exists|same name exists|conflicts with a name/i,
    of: /^link/,
    code: 'LINK_EXISTS',
    hint: 'Choose another name (new_name for a move), or use the link that is there.',
  },
  { says: /File exists|already assigned/i, of: /^address/, code: 'ADDRESS_CONFLICT', hint: 'inspect_namespace shows the addresses that are there.' },
  {
    says: /File exists/i,
    of: /^route/,
    code: 'ROUTE_CONFLICT',
    hint: 'inspect_namespace with sections ["routes"] shows the routes that are there; give another metric or delete the old one.',
  },
  {
    says: /invalid gateway|Network is unreachable|No route to host|Nexthop device is not up|Network is down|Egress device|Device for nexthop/i,
    of: /^route/,
    code: 'ROUTE_UNREACHABLE',
    hint: 'The next hop must lie in a prefix of a link that is up: give the link an address, bring it up, or name the device.',
  },
  { says: /No such process/i, of: /^route/, code: 'ROUTE_NOT_FOUND', hint: 'inspect_namespace with sections ["routes"] shows the routes that are there.' },
  { says: /Cannot assign requested address/i, of: /^address/, code: 'ADDRESS_NOT_FOUND', hint: 'inspect_namespace shows the addresses that are there.' },
  {
    says: /No such (file or directory|device)/i,
    of: /^tuntap/,
    code: 'KERNEL_UNSUPPORTED',
    hint: 'It takes /dev/net/tun: where the module is installed, load it (modprobe tun), and let the server reach that file.',
  },
  { says: /Cannot find device|No such device|does not exist/i, code: 'LINK_NOT_FOUND', hint: 'It went away meanwhile: call inspect_namespace again.' },
  { says: /Invalid "?netns"? value|No such file or directory/i, code: 'NAMESPACE_VANISHED', hint: 'It went away meanwhile: call list_namespaces again.' },
  { says: /resource busy/i, of: /^link/, code: 'CHANGE_FAILED', hint: 'Bring the link down first (set_link with up: false), and up again afterwards.' },
  {
    says: /qdisc kind is unknown|classifier not found|Failed to load TC action/i,
    of: /^tc/,
    code: 'KERNEL_UNSUPPORTED',
    hint: 'Where the module is installed it has to be loaded: modprobe sch_netem (or sch_tbf, sch_htb, sch_ingress, cls_u32, act_police). netns-mcp doctor tells what this kernel lacks.',
  },
  {
    says: /Read-only file system/i,
    of: /^(tee|mkdir|rm)/,
    code: 'CHANGE_FAILED',
    hint: 'The server cannot write there. In the sandbox: let the host have the folder (mkdir /etc/netns), and start the server again.',
  },
  { says: /is wrong|invalid .*value/i, code: 'INVALID_INPUT', hint: 'Correct that argument; inspect_namespace shows what is there.' },
  {
    says: /Unknown device type|not supported|Protocol not supported|Garbage instead of arguments/i,
    code: 'KERNEL_UNSUPPORTED',
    hint: 'netns-mcp doctor tells what this kernel lacks.',
  },
];

/** What a kind of link takes that this kernel, or iproute2, seems to lack; null when the command makes none. */
function lackingFor(command: string): string | null {
  const kind = kindOf(/^link add .*?\btype (\w+)/.exec(command)?.[1] ?? '');
  if (kind === null) return null;
  const { module, needs } = LINK_KINDS[kind];
  return `A ${kind} link takes the kernel module ${module}${needs === undefined ? '' : `, and ${needs}`}: where it is installed, modprobe ${module} loads it. netns-mcp doctor tells what this kernel lacks.`;
}

/** The code and hint for a complaint of a failed command. */
export function explainComplaint(program: ChangeProgram, args: readonly string[], complaint: string): { code: ErrorCode; hint: string } {
  const command = [...(program === 'ip' ? [] : [program]), ...args].join(' ');
  const known = KNOWN.find(({ says, of }) => says.test(complaint) && (of === undefined || of.test(command)));
  if (!known) return { code: 'CHANGE_FAILED', hint: 'Correct what the kernel complains of, and try with dry_run first.' };
  const { code, hint } = known;
  return { code, hint: (code === 'KERNEL_UNSUPPORTED' && lackingFor(command)) || hint };
}
