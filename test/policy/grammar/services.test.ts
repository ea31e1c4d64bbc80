// The grammars of services: what runs, and that nothing gets through by which a program runs others, reads options or writes files.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NetnsError } from '../../../src/model/errors.js';
import { ALLOWED_PROGRAMS, SERVICE_PROGRAMS } from '../../../src/policy/grammar/names.js';
import { describeService, parseService } from '../../../src/policy/grammar/services/services.js';
import { readCommandPattern } from '../../../src/policy/patterns/commands.js';

const DNSMASQ = 'dnsmasq --no-daemon --conf-file=/dev/null --log-facility=- --pid-file= --leasefile-ro';

/** What is typed, what runs, and whom it sends to. */
const ACCEPTED: readonly [typed: string, run: string, targets?: string[]][] = [
  ['web-server 80', 'web-server --address 0.0.0.0 80'],
  ['web-server --address fd00::1 --says hello 8080', 'web-server --address fd00::1 --says hello 8080'],
  ['iperf3 -s', 'iperf3 -s --forceflush'],
  ['iperf3', 'iperf3 -s --forceflush'],
  ['iperf3 -sp5202 -B 10.0.0.1 -J', 'iperf3 -s --forceflush -p 5202 -B 10.0.0.1 -J'],
  ['dnsmasq', DNSMASQ],
  ['dnsmasq -k -d -p 53 --address=/x.test/10.0.0.9', `${DNSMASQ} --port 53 --address /x.test/10.0.0.9`],
  [
    'dnsmasq -R -S 10.0.0.53 -S /corp.test/10.0.0.54#5353',
    `${DNSMASQ} --no-resolv --server 10.0.0.53 --server /corp.test/10.0.0.54#5353`,
    ['10.0.0.53', '10.0.0.54'],
  ],
  [
    'dnsmasq --dhcp-range=10.0.0.10,10.0.0.20,1h --dhcp-option option:router,10.0.0.1',
    `${DNSMASQ} --dhcp-range 10.0.0.10,10.0.0.20,1h --dhcp-option option:router,10.0.0.1`,
  ],
  ['bird -c /etc/bird/r1.conf', 'bird -d -s /run/bird.ctl -c /etc/bird/r1.conf'],
  ['bird -f -c /etc/netns/r1/bird.conf', 'bird -d -s /run/bird.ctl -c /etc/netns/r1/bird.conf'],
  ['wireguard-go wg0', 'wireguard-go -f wg0'],
  ['wireguard-go -f wg0', 'wireguard-go -f wg0'],
  [
    'openvpn --dev tun0 --remote 192.0.2.1 --secret /etc/openvpn/key',
    'openvpn --script-security 0 --dev tun0 --remote 192.0.2.1 --secret /etc/openvpn/key',
    ['192.0.2.1'],
  ],
];

/** What is typed, and a part of why it is refused. */
const REFUSED: readonly [typed: string, why: RegExp][] = [
  ['sh -c x', /not on the list of services/],
  ['python3 -m http.server', /not on the list of services/],
  ['/usr/sbin/dnsmasq', /not on the list of services/],
  ['ip link', /not on the list of services/],
  ['web-server', /port.*is missing/],
  ['web-server 0', /not on the list/],
  ['web-server 80 --import x.mjs', /not on the list/],
  ['iperf3 -c 10.0.0.1', /client/],
  ['iperf3 -D', /foreground/],
  ['iperf3 --logfile /tmp/x', /writes a file/],
  ['iperf3 -F /etc/shadow', /reads a file/],
  ['iperf3 -sF/etc/shadow', /reads a file/],
  ['dnsmasq --dhcp-script=/bin/sh', /runs a program/],
  ['dnsmasq -6 /bin/sh', /runs a program/],
  ['dnsmasq --dhcp-luascript=/tmp/x', /runs a program/],
  ['dnsmasq --conf-script=/tmp/x', /runs a program/],
  ['dnsmasq --conf-file=/tmp/x', /any option/],
  ['dnsmasq -C/tmp/x', /any option/],
  ['dnsmasq --conf-dir=/tmp,*.sh', /any option/],
  ['dnsmasq --conf-fil=/tmp/x', /not on the list/],
  ['dnsmasq --enable-tftp --tftp-root=/', /files/],
  ['dnsmasq --addn-hosts=/etc/shadow', /files/],
  ['dnsmasq --log-facility=/tmp/x', /writes a file/],
  ['dnsmasq --dhcp-leasefile=/tmp/x', /writes a file/],
  ['dnsmasq --dhcp-host=/etc/shadow', /does not fit/],
  ['dnsmasq --server=example.com', /does not fit/],
  ['dnsmasq --user=root', /user/],
  ['bird -c /etc/shadow', /does not fit/],
  ['bird -c /etc/bird/../shadow', /does not fit/],
  ['bird -c /etc/netns/../shadow', /does not fit/],
  ['bird -c /etc/bird/.hidden', /does not fit/],
  ['bird -c /tmp/bird.conf', /does not fit/],
  ['bird -D /tmp/x', /writes a file/],
  ['bird -s /run/x', /place of its own/],
  ['wireguard-go ../../x', /not on the list/],
  ['openvpn client.conf', /not on the list/],
  ['openvpn --config /etc/openvpn/client.conf', /any option/],
  ['openvpn --up /bin/sh', /runs a program/],
  ['openvpn --script-security 2', /runs a program/],
  ['openvpn --plugin /tmp/x.so', /runs a program/],
  ['openvpn --dev tun0 --secret /etc/shadow', /does not fit/],
  ['openvpn --dev tun0 --secret /etc/openvpn/key 1', /not on the list/],
  ['openvpn --log /tmp/x', /writes a file/],
  ['openvpn --iproute /tmp/x', /runs a program/],
];

const words = (line: string) => line.split(' ');

function refusalOf(argv: readonly string[]): NetnsError | null {
  try {
    parseService(argv);
    return null;
  } catch (error) {
    if (error instanceof NetnsError && error.code === 'COMMAND_REFUSED') return error;
    throw error;
  }
}

test.each(ACCEPTED)('%s', (typed, run, targets = []) => {
  expect(parseService(words(typed))).toMatchObject({ argv: words(run), targets });
});

test.each(REFUSED)('%s is refused', (typed, why) => {
  const error = refusalOf(words(typed));
  expect(error?.message).toMatch(why);
  expect(error?.hint).not.toBe('');
});

describe('the list', () => {
  test('has a sample of every program, words that describe it, and none that exec runs otherwise', () => {
    expect(new Set(ACCEPTED.map(([typed]) => words(typed)[0]))).toEqual(new Set(SERVICE_PROGRAMS));
    for (const program of SERVICE_PROGRAMS) expect(describeService(program).length, program).toBeGreaterThan(1);
    expect(SERVICE_PROGRAMS.filter((program) => ALLOWED_PROGRAMS.includes(program))).toEqual([]);
    expect(describeService('sh')).toEqual([]);
  });

  test('is what policies may name', () => {
    for (const program of SERVICE_PROGRAMS) expect(readCommandPattern(`${program} **`)).toMatchObject({ program });
    expect(readCommandPattern('dnsmask')).toMatch(/did you mean dnsmasq/);
  });

  test('tells which files of the host are read', () => {
    const line = 'openvpn --dev tun0 --ca /etc/openvpn/ca.pem --key /etc/netns/a/openvpn/key.pem';
    expect(parseService(words(line)).files).toEqual(['/etc/openvpn/ca.pem', '/etc/netns/a/openvpn/key.pem']);
  });
});

/** Options by which the programs of the list run others, read options, or write and serve files. */
const DANGEROUS: Readonly<Record<string, readonly string[]>> = {
  'web-server': ['--import', '--eval', '-e', '-r'],
  iperf3: ['-D', '-F', '--file', '--logfile', '-I', '--pidfile', '--authorized-users-path', '--rsa-private-key-path'],
  dnsmasq: ['--dhcp-script', '--dhcp-luascript', '--conf-script', '--conf-file', '--conf-dir', '--servers-file', '--addn-hosts', '--hostsdir', '--tftp-root', '--log-facility', '--pid-file', '--dhcp-leasefile', '--dumpfile', '--user', '-C', '-6', '-7', '-8', '-H', '-r', '-x', '-l', '-u'], // biome-ignore format: a list
  bird: ['-D', '-P', '-u', '-g', '-l'],
  'wireguard-go': ['-b', '--background'],
  openvpn: ['--config', '--up', '--down', '--route-up', '--ipchange', '--tls-verify', '--client-connect', '--plugin', '--script-security', '--iproute', '--engine', '--log', '--status', '--writepid', '--daemon', '--cd', '--management'], // biome-ignore format: a list
};

test('no dangerous option gets through at any place, alone, with a value, or joined to one', () => {
  const sample = fc.constantFrom(...ACCEPTED.map(([typed]) => words(typed)));
  const value = fc.constantFrom('/tmp/x', '/etc/bird/x', 'x', '1', '2', '0');
  fc.assert(
    fc.property(sample, fc.nat(), fc.nat(), value, fc.constantFrom('alone', 'with', 'joined', 'glued'), (argv, which, where, what, how) => {
      const options = DANGEROUS[argv[0] ?? ''] ?? [];
      const option = options[which % options.length] ?? '';
      const put = { alone: [option], with: [option, what], joined: [`${option}=${what}`], glued: [`${option}${what}`] }[how];
      const typed = argv.toSpliced(1 + (where % argv.length), 0, ...put);
      const isRefused = refusalOf(typed) !== null;
      expect(isRefused, typed.join(' ')).toBe(true);
    }),
    { numRuns: 4_000 },
  );
});
