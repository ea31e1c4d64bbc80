// The grammar of dnsmasq: names and addresses given in its words, upstream servers by address; no files, no scripts.
import { none } from '../table.js';
import { ADDRESS, DEVICE, HOST, number, PORT, pattern, type ValueType } from '../values.js';
import { EXECUTES, OTHER_FILES, type ServiceProgram, USERS, WRITES } from './common.js';

const MANY = 16;
const FILES = 'it reads or serves files';
/** Lists of words as dnsmasq(8) separates them: they name hosts, ranges, tags, options, and never a file. */
const LIST = pattern('a list as in dnsmasq(8)', /^[A-Za-z0-9_*:.,[\]-]{1,200}$/);
const NAME = pattern('a domain name', /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/);

/** `/domain/address`: the address is answered, never sent to. */
const ANSWER = pattern('/domain/address', /^\/[A-Za-z0-9_.#-]{1,253}\/[0-9A-Fa-f.:]{0,45}$/);

/** An upstream server, perhaps for one domain only. It is asked, so it is a target. */
const SERVER: ValueType = {
  says: '[/domain/]address[#port]',
  read: (word) => {
    const [, domain = '', address = '', port = ''] = /^(\/[A-Za-z0-9_.-]{1,253}\/)?([0-9A-Fa-f.:]+)(#\d{1,5})?$/.exec(word) ?? [];
    const host = ADDRESS.read(address) === null ? null : HOST.read(address);
    if (host === null || typeof host === 'string' || Number(port.slice(1)) > 65_535) return typeof host === 'string' ? host : null;
    return { ...host, word: `${domain}${host.word}${port}` };
  },
};

export const DNSMASQ: ServiceProgram = {
  name: 'dnsmasq',
  package: 'dnsmasq-base',
  says: 'Serves DNS, DHCP and router advertisements, all told in its words.',
  effect: 'serve',
  capabilities: ['net_bind_service', 'net_admin', 'net_raw'],
  forced: {
    // In the foreground, as the user that it is started as: in a user namespace it could not become another, and would give up.
    '--no-daemon': ['--no-daemon'],
    '--conf-file': ['--conf-file=/dev/null'],
    '--log-facility': ['--log-facility=-'],
    '--pid-file': ['--pid-file='],
    // Leases are kept in memory: all its instances have the same file for them.
    '--leasefile-ro': ['--leasefile-ro'],
  },
  place: {
    style: 'getopt',
    terms: [
      { name: '--no-daemon', aliases: ['-d'] },
      { name: '--keep-in-foreground', aliases: ['-k'], writes: [] },
      { name: '--leasefile-ro' },
      { name: '--port', aliases: ['-p'], values: [PORT] },
      { name: '--interface', aliases: ['-i'], values: [DEVICE], most: MANY },
      { name: '--except-interface', aliases: ['-I'], values: [DEVICE], most: MANY },
      { name: '--no-dhcp-interface', values: [DEVICE], most: MANY },
      { name: '--listen-address', aliases: ['-a'], values: [ADDRESS], most: MANY },
      { name: '--bind-interfaces', aliases: ['-z'] },
      { name: '--bind-dynamic' },
      { name: '--no-resolv', aliases: ['-R'] },
      { name: '--no-hosts', aliases: ['-h'] },
      { name: '--no-poll', aliases: ['-n'] },
      { name: '--no-negcache', aliases: ['-N'] },
      { name: '--domain-needed', aliases: ['-D'] },
      { name: '--bogus-priv', aliases: ['-b'] },
      { name: '--expand-hosts', aliases: ['-E'] },
      { name: '--strict-order', aliases: ['-o'] },
      // In its long form only what is joined by `=` is taken for its value.
      { name: '-c', aliases: ['--cache-size'], values: [number(0, 10_000)] },
      { name: '--server', aliases: ['-S'], values: [SERVER], most: MANY },
      { name: '--local', values: [pattern('/domain/', /^\/[A-Za-z0-9_.-]{1,253}\/$/)], most: MANY },
      { name: '--address', aliases: ['-A'], values: [ANSWER], most: MANY },
      { name: '--domain', aliases: ['-s'], values: [NAME] },
      { name: '--host-record', values: [LIST], most: MANY },
      { name: '--cname', values: [LIST], most: MANY },
      { name: '--dhcp-range', aliases: ['-F'], values: [LIST], most: MANY },
      { name: '--dhcp-host', aliases: ['-G'], values: [LIST], most: MANY },
      { name: '--dhcp-option', aliases: ['-O'], values: [LIST], most: MANY },
      { name: '--dhcp-authoritative', aliases: ['-K'] },
      { name: '--dhcp-rapid-commit' },
      { name: '--enable-ra' },
      { name: '--log-queries', aliases: ['-q'] },
      { name: '--log-dhcp' },
      ...none(['--dhcp-script', '-6', '--dhcp-luascript', '--dhcp-scriptuser', '--conf-script'], EXECUTES),
      ...none(['--conf-file', '-C', '--conf-dir', '-7', '--servers-file'], OTHER_FILES),
      ...none(['--addn-hosts', '-H', '--hostsdir', '--dhcp-hostsfile', '--dhcp-optsfile', '--dhcp-hostsdir', '--dhcp-optsdir', '--resolv-file', '-r'], FILES),
      ...none(['--enable-tftp', '--tftp-root', '--read-ethers', '-Z', '--trust-anchor'], FILES),
      ...none(['--log-facility', '-8', '--pid-file', '-x', '--dhcp-leasefile', '-l', '--dumpfile'], WRITES),
      ...none(['--user', '-u', '--group', '-g'], USERS),
      ...none(['--enable-dbus', '-1', '--enable-ubus', '--ipset', '--nftset', '--connmark-allowlist'], 'it talks to other parts of the host'),
    ],
  },
};
