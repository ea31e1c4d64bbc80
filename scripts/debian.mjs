// The Debian packages that the live tests need, and how they get there.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './steps.mjs';

/** Package → a program of it, and what the tests need it for. */
const PACKAGES = {
  iproute2: { program: 'ip', for: 'reading and changing namespaces' },
  'util-linux': { program: 'unshare', for: 'the sandbox that each test lives in' },
  nftables: { program: 'nft', for: 'reading rulesets' },
  'iputils-ping': { program: 'ping', for: 'reachability by ICMP' },
  'iputils-tracepath': { program: 'tracepath', for: 'the command grammar, live' },
  traceroute: { program: 'traceroute', for: 'the command grammar, live' },
  conntrack: { program: 'conntrack', for: 'the command grammar, live' },
  'bind9-dnsutils': { program: 'dig', for: 'the command grammar, live' },
  ethtool: { program: 'ethtool', for: 'the command grammar, live' },
  procps: { program: 'sysctl', for: 'the command grammar, live' },
  curl: { program: 'curl', for: 'the command grammar, live' },
  tcpdump: { program: 'tcpdump', for: 'captures that show that nothing leaks' },
  'wireguard-tools': { program: 'wg', for: 'wireguard links' },
  'wireguard-go': { program: 'wireguard-go', for: 'wireguard links, where the kernel has none' },
  'dnsmasq-base': { program: 'dnsmasq', for: 'services, live' },
  iperf3: { program: 'iperf3', for: 'services, live' },
  openvpn: { program: 'openvpn', for: 'services, live' },
  bird2: { program: 'bird', for: 'services, live' },
  'user-mode-linux': { program: 'linux.uml', for: 'a second kernel, with the kinds that this one may lack' },
  kmod: { program: 'modprobe', for: 'the modules of the second kernel' },
};
const PATHS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Where a program is; null when it is nowhere. */
export function pathOf(program) {
  const files = PATHS.map((folder) => join(folder, program));
  const isExecutable = (file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return files.find(isExecutable) ?? null;
}

const missing = () => Object.entries(PACKAGES).filter(([, { program }]) => pathOf(program) === null);

function isDebian() {
  return existsSync('/etc/os-release') && /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** Installs what is missing where it may; names what stays missing: the tests that need it skip by name. */
export async function ensureDebianPackages() {
  const names = missing().map(([name]) => name);
  if (names.length > 0 && process.getuid() === 0 && isDebian()) {
    process.stderr.write(`Installing Debian packages for the tests: ${names.join(' ')} …\n`);
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const install = (...packages) => run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { quiet: true, env });
    if ((await install(...names)).code !== 0) {
      // The package lists of a fresh machine are empty or old.
      await run('apt-get', ['update', '-q'], { quiet: true, env });
      const again = await install(...names);
      if (again.code !== 0) process.stderr.write(`${again.output.trimEnd().split('\n').slice(-3).join('\n')}\n`);
      // A package that this distribution or architecture does not have must not keep the others out.
      if (again.code !== 0) for (const [name] of missing()) await install(name);
    }
  }
  for (const [name, { program, for: purpose }] of missing()) {
    process.stderr.write(`Missing: ${program} (Debian package ${name}), for ${purpose}. The tests that need it are skipped.\n`);
  }
}
