// The programs that this one starts: which are there, in which version, and what brings the missing.
import { PROGRAM_PATH, run } from '../../../exec/run.js';
import { packageOf } from '../../../policy/grammar/grammar.js';
import { type Check, note, ok, problem } from './check.js';

interface Needed {
  /** Debian package, of one that is not on the list of commands. */
  package?: string;
  /** Arguments that make it tell its version. */
  version: readonly string[];
  for: string;
  /** Nothing works without it. */
  essential?: true;
}

/** Program → what it is for. Every program that exec_in_namespace may run is here. */
export const PROGRAMS: Readonly<Record<string, Needed>> = {
  ip: { version: ['-V'], for: 'reading and changing', essential: true },
  ss: { version: ['-V'], for: 'sockets' },
  tc: { version: ['-V'], for: 'queues and shaping' },
  bridge: { version: ['-V'], for: 'bridges, their ports, VLANs and FDB' },
  nsenter: { package: 'util-linux', version: ['--version'], for: 'entering namespaces', essential: true },
  unshare: { package: 'util-linux', version: ['--version'], for: 'the sandbox' },
  setpriv: { package: 'util-linux', version: ['--version'], for: 'running commands with few privileges' },
  prlimit: { package: 'util-linux', version: ['--version'], for: 'running commands with limits' },
  lsns: { package: 'util-linux', version: ['--version'], for: 'ids of namespaces without a name' },
  flock: { package: 'util-linux', version: ['--version'], for: "changes: two servers keep out of each other's way" },
  mount: { package: 'mount', version: ['--version'], for: 'the sandbox' },
  xargs: { package: 'findutils', version: ['--version'], for: 'reading many namespaces at once' },
  grep: { package: 'grep', version: ['--version'], for: 'reading settings of the kernel' },
  ping: { version: ['-V'], for: 'ICMP; without it a built-in prober sends UDP' },
  nft: { version: ['-v'], for: 'firewall rules' },
  wg: { package: 'wireguard-tools', version: ['--version'], for: 'keys and peers of wireguard links' },
  tracepath: { version: ['-V'], for: 'paths and their MTU' },
  traceroute: { version: ['--version'], for: 'paths' },
  ethtool: { version: ['--version'], for: 'drivers and offloads' },
  conntrack: { version: ['--version'], for: 'tracked connections' },
  dig: { version: ['-v'], for: 'DNS' },
  getent: { version: ['--version'], for: 'names' },
  curl: { version: ['--version'], for: 'HTTP' },
  sysctl: { version: ['--version'], for: 'settings of the kernel' },
};

/** Whether each is there, in which version. */
export async function programChecks(): Promise<Check[]> {
  return await Promise.all(Object.entries(PROGRAMS).map(([name, needed]) => programCheck(name, needed)));
}

async function programCheck(name: string, needed: Needed): Promise<Check> {
  const { endedBy, startError, stdout, stderr } = await run([name, ...needed.version], { timeoutMs: 5_000 });
  if (endedBy !== 'not_started') {
    const said = `${stdout.toString()}\n${stderr.toString()}`;
    const version = /\d+(?:\.\d+)+\S*|\d{8}/.exec(said)?.[0]?.replace(/[,;)]+$/, '');
    return ok(name, version ?? 'there');
  }
  const says = startError === 'ENOENT' ? `not in ${PROGRAM_PATH}` : `cannot be started (${startError})`;
  const mend = `apt install ${needed.package ?? packageOf(name)}. It is for: ${needed.for}.`;
  return needed.essential ? problem(name, says, mend) : note(name, says, mend);
}
