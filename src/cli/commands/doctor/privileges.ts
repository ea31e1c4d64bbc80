// What this process may do, in words, and whether a sandbox can be had.
import { privileges } from '../../../exec/privileges.js';
import { sandboxSupport } from '../../../exec/sandbox.js';
import { userNamespaceSettings } from '../../../exec/sandbox-diagnosis.js';
import { type Check, note, ok, problem } from './check.js';

/** What goes wrong without a capability. */
const CAPABILITIES = [
  { name: 'net_admin', lacks: 'links, addresses and routes cannot be changed' },
  { name: 'sys_admin', lacks: 'namespaces can be neither made nor entered' },
  { name: 'sys_ptrace', lacks: "namespaces of other users' processes cannot be seen" },
  { name: 'net_raw', lacks: 'ping and traceroute may be refused' },
] as const;

/** What this process may do, whether user namespaces are allowed, and whether a sandbox can be made. */
export async function privilegeChecks(): Promise<Check[]> {
  const support = await sandboxSupport();
  const sandbox = support.ok ? ok('sandbox', 'can be made: netns-mcp serve --sandbox') : note('sandbox', `cannot be made. ${support.why}`, support.hint);
  return [ownPrivileges(support.ok), userNamespaces(support.ok), sandbox];
}

function ownPrivileges(hasSandbox: boolean): Check {
  const uid = process.getuid?.() ?? -1;
  const { effective } = privileges();
  const lacking = CAPABILITIES.filter(({ name }) => !effective.has(name));
  const who = uid === 0 ? 'root' : `user ${uid}`;
  if (lacking.length === 0) return ok('privileges', `${who}, with all that is needed`);
  const says = `${who}, without ${lacking.map(({ name, lacks }) => `CAP_${name.toUpperCase()} (${lacks})`).join(', ')}`;
  const mend =
    uid === 0
      ? `In a container: --cap-add ${lacking.map(({ name }) => name.toUpperCase()).join(' --cap-add ')}.`
      : 'For the namespaces of this host run as root (sudo); without root use --sandbox.';
  return hasSandbox ? note('privileges', says, mend) : problem('privileges', says, mend);
}

function userNamespaces(allowed: boolean): Check {
  const values = userNamespaceSettings().map(({ key, value }) => `${key} = ${value}`);
  const settings = values.join(', ') || 'no setting of the kernel forbids them';
  return allowed ? ok('user namespaces', `allowed (${settings})`) : note('user namespaces', settings);
}
