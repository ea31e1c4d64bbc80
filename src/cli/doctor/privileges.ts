// What this process may do, in words, and whether a sandbox can be had.
import { readFileSync } from 'node:fs';
import { sandboxSupport } from '../../exec/sandbox.js';
import { type Check, note, ok, problem } from './check.js';

/** Bit in CapEff → what it is needed for (linux/capability.h). */
const CAPABILITIES = [
  { name: 'CAP_NET_ADMIN', bit: 12n, lacks: 'links, addresses and routes cannot be changed' },
  { name: 'CAP_SYS_ADMIN', bit: 21n, lacks: 'namespaces can be neither made nor entered' },
  { name: 'CAP_SYS_PTRACE', bit: 19n, lacks: "namespaces of other users' processes cannot be seen" },
  { name: 'CAP_NET_RAW', bit: 13n, lacks: 'ping and traceroute may be refused' },
] as const;

/** Settings that forbid user namespaces; a kernel without one of them does not forbid. */
const SETTINGS = ['user/max_user_namespaces', 'kernel/unprivileged_userns_clone', 'kernel/apparmor_restrict_unprivileged_userns'];

export async function privilegeChecks(): Promise<Check[]> {
  const support = await sandboxSupport();
  const sandbox = support.ok ? ok('sandbox', 'can be made: netns-mcp serve --sandbox') : note('sandbox', `cannot be made. ${support.why}`, support.hint);
  return [ownPrivileges(support.ok), userNamespaces(support.ok), sandbox];
}

function ownPrivileges(hasSandbox: boolean): Check {
  const uid = process.getuid?.() ?? -1;
  const held = heldCapabilities();
  const lacking = CAPABILITIES.filter(({ bit }) => (held & (1n << bit)) === 0n);
  const who = uid === 0 ? 'root' : `user ${uid}`;
  if (lacking.length === 0) return ok('privileges', `${who}, with all that is needed`);
  const says = `${who}, without ${lacking.map(({ name, lacks }) => `${name} (${lacks})`).join(', ')}`;
  const mend =
    uid === 0
      ? `In a container: --cap-add ${lacking.map(({ name }) => name.slice('CAP_'.length)).join(' --cap-add ')}.`
      : 'For the namespaces of this host run as root (sudo); without root use --sandbox.';
  return hasSandbox ? note('privileges', says, mend) : problem('privileges', says, mend);
}

function heldCapabilities(): bigint {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return mask === undefined ? 0n : BigInt(`0x${mask}`);
}

function userNamespaces(allowed: boolean): Check {
  const values = SETTINGS.flatMap((key) => {
    try {
      return [`${key.replace('/', '.')} = ${readFileSync(`/proc/sys/${key}`, 'utf8').trim()}`];
    } catch {
      return [];
    }
  });
  const settings = values.join(', ') || 'no setting of the kernel forbids them';
  return allowed ? ok('user namespaces', `allowed (${settings})`) : note('user namespaces', settings);
}
