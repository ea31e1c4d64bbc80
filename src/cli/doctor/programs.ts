// The programs that this one starts: which are there, in which version, and what brings the missing.
import { PROGRAM_PATH, run } from '../../exec/run.js';
import { type Check, note, ok, problem } from './check.js';

interface Needed {
  package: string;
  /** Arguments that make it tell its version. */
  version: readonly string[];
  for: string;
  /** Nothing works without it. */
  essential?: true;
}

/** Program → what it is for. Every program that exec_in_namespace may run is here. */
export const PROGRAMS: Readonly<Record<string, Needed>> = {
  ip: { package: 'iproute2', version: ['-V'], for: 'reading and changing', essential: true },
  ss: { package: 'iproute2', version: ['-V'], for: 'sockets' },
  tc: { package: 'iproute2', version: ['-V'], for: 'queues' },
  bridge: { package: 'iproute2', version: ['-V'], for: 'bridges' },
  nsenter: { package: 'util-linux', version: ['--version'], for: 'entering namespaces', essential: true },
  unshare: { package: 'util-linux', version: ['--version'], for: 'the sandbox' },
  setpriv: { package: 'util-linux', version: ['--version'], for: 'running commands with few privileges' },
  prlimit: { package: 'util-linux', version: ['--version'], for: 'running commands with limits' },
  mount: { package: 'mount', version: ['--version'], for: 'the sandbox' },
  xargs: { package: 'findutils', version: ['--version'], for: 'reading many namespaces at once' },
  ping: { package: 'iputils-ping', version: ['-V'], for: 'ICMP; without it a built-in prober sends UDP' },
  nft: { package: 'nftables', version: ['-v'], for: 'firewall rules' },
  tracepath: { package: 'iputils-tracepath', version: ['-V'], for: 'paths and their MTU' },
  traceroute: { package: 'traceroute', version: ['--version'], for: 'paths' },
  ethtool: { package: 'ethtool', version: ['--version'], for: 'drivers and offloads' },
  conntrack: { package: 'conntrack', version: ['--version'], for: 'tracked connections' },
  dig: { package: 'bind9-dnsutils', version: ['-v'], for: 'DNS' },
  getent: { package: 'libc-bin', version: ['--version'], for: 'names' },
  curl: { package: 'curl', version: ['--version'], for: 'HTTP' },
  sysctl: { package: 'procps', version: ['--version'], for: 'settings of the kernel' },
};

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
  const mend = `apt install ${needed.package}. It is for: ${needed.for}.`;
  return needed.essential ? problem(name, says, mend) : note(name, says, mend);
}
