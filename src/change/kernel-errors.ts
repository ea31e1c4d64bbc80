// What the kernel and iproute2 complain about, as errors of the table.
import { BECOME_ROOT, type ErrorCode } from '../model/errors.js';

interface Known {
  /** In the complaint. */
  says: RegExp;
  /** In the command, when the same complaint means different things. */
  of?: RegExp;
  code: ErrorCode;
  hint: string;
}

/** First match wins. The texts are iproute2's and the kernel's extended acks; they are in English under LC_ALL=C. */
const KNOWN: Known[] = [
  { says: /not permitted|Permission denied/i, code: 'PRIVILEGE_MISSING', hint: BECOME_ROOT },
  {
    says: /netns is immutable|NETNS_LOCAL/i,
    code: 'LINK_CANNOT_MOVE',
    hint: 'The kernel pins links of this kind to the namespace they were made in: make it in the other namespace instead.',
  },
  { says: /File exists/i, of: /^netns add/, code: 'NAMESPACE_EXISTS', hint: 'Choose another name, or use the namespace that is there.' },
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
  { says: /Cannot find device|No such device|does not exist/i, code: 'LINK_NOT_FOUND', hint: 'It went away meanwhile: call inspect_namespace again.' },
  { says: /Invalid "?netns"? value|No such file or directory/i, code: 'NAMESPACE_VANISHED', hint: 'It went away meanwhile: call list_namespaces again.' },
  { says: /resource busy/i, of: /^link/, code: 'CHANGE_FAILED', hint: 'Bring the link down first (set_link with up: false), and up again afterwards.' },
  { says: /is wrong|invalid .*value/i, code: 'INVALID_INPUT', hint: 'Correct that argument; inspect_namespace shows what is there.' },
  { says: /Unknown device type|not supported|Protocol not supported/i, code: 'KERNEL_UNSUPPORTED', hint: 'netns-mcp doctor tells what this kernel lacks.' },
];

/** The code and hint for a complaint of a failed `ip` command. */
export function explainComplaint(args: readonly string[], complaint: string): { code: ErrorCode; hint: string } {
  const command = args.join(' ');
  return (
    KNOWN.find(({ says, of }) => says.test(complaint) && (of === undefined || of.test(command))) ?? {
      code: 'CHANGE_FAILED',
      hint: 'Correct what the kernel complains of, and try with dry_run first.',
    }
  );
}
