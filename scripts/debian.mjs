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
};
const PATHS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

function isThere(program) {
  return PATHS.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const missing = () => Object.entries(PACKAGES).filter(([, { program }]) => !isThere(program));

function isDebian() {
  return existsSync('/etc/os-release') && /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** Installs what is missing where it may; names what stays missing: the tests that need it skip by name. */
export async function ensureDebianPackages() {
  const names = missing().map(([name]) => name);
  if (names.length > 0 && process.getuid() === 0 && isDebian()) {
    process.stderr.write(`Installing Debian packages for the tests: ${names.join(' ')} …\n`);
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const install = () => run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names], { quiet: true, env });
    let result = await install();
    if (result.code !== 0) {
      // The package lists of a fresh machine are empty or old.
      await run('apt-get', ['update', '-q'], { quiet: true, env });
      result = await install();
    }
    if (result.code !== 0) process.stderr.write(`${result.output.trimEnd().split('\n').slice(-3).join('\n')}\n`);
  }
  for (const [name, { program, for: purpose }] of missing()) {
    process.stderr.write(`Missing: ${program} (Debian package ${name}), for ${purpose}. The tests that need it are skipped.\n`);
  }
}
