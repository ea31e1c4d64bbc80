// The grammar of sysctl: reads of keys under net., but for those that hold secrets.
import { none, type Program } from '../table.js';
import type { ValueType } from '../values.js';

// ip-sysctl(5): the key of TCP Fast Open cookies, and the secret behind stable IPv6 addresses. `*` is one part of a key.
const SECRETS = ['net.ipv4.tcp_fastopen_key', 'net.ipv6.conf.*.stable_secret'].map((key) => key.split('.'));

// The separator that comes first separates; the other one then stands for itself, or for a point in the name of a device: `net.ipv4.conf.eth0/5.mtu` is
// `net/ipv4/conf/eth0.5/mtu`. So neither may come twice in a row: `net.//.kernel` is `net/../kernel`.
const PART = '[A-Za-z0-9_-]+';
const WITH_POINTS = new RegExp(`^net(\\.${PART}(/${PART})*)*$`);
const WITH_SLASHES = new RegExp(`^net(/${PART}(\\.${PART})*)+$`);

const KEY: ValueType = {
  says: 'a key such as net.ipv4.ip_forward',
  read: (word) => {
    if (word.includes('=')) return 'it would write, and sysctl only reads here';
    const separator = WITH_POINTS.test(word) ? '.' : WITH_SLASHES.test(word) ? '/' : null;
    if (separator === null) return /^net([./]|$)/.test(word) ? 'no patterns, one exact key under net.' : 'only keys under net. are about networks';
    const parts = word.split(separator);
    // A key that is a folder prints all that is in it.
    const hit = SECRETS.find((secret) => word.endsWith(secret.at(-1) ?? '') || parts.every((part, at) => secret[at] === '*' || secret[at] === part));
    if (hit) return `it would show ${hit.join('.')}, and secrets are never shown; name the keys that you mean`;
    return { word };
  },
};

export const SYSCTL: Program = {
  name: 'sysctl',
  package: 'procps',
  says: 'Reads kernel settings of the namespace, under net. only.',
  effect: 'read',
  place: {
    style: 'getopt',
    terms: [
      { name: '-n', aliases: ['--values'] },
      { name: '-N', aliases: ['--names'] },
      { name: '-e', aliases: ['--ignore'] },
      ...none(['-w', '--write', '-q', '--quiet'], 'it writes, and sysctl only reads here'),
      ...none(['-p', '--load', '-f', '--system'], 'it reads settings from files and writes them'),
      ...none(
        ['-a', '-A', '-X', '--all', '-r', '--pattern'],
        'it shows more than the keys under net.; name the keys, or use inspect_namespace with the section sysctls',
      ),
    ],
    operands: [{ type: KEY, most: 16 }],
  },
};
