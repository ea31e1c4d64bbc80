// The grammar of openvpn: options in its words alone, keys and certificates as files; no configuration file, for that could hold scripts.
import { no, none, type Term } from '../table.js';
import { ADDRESS, HOST, number, oneOf, PORT, pattern } from '../values.js';
import { EXECUTES, fileOf, LEAVES, OTHER_FILES, type ServiceProgram, USERS, WRITES } from './common.js';

const FILE = fileOf('openvpn');
const SECONDS = number(1, 3600, 'seconds');
const ALGORITHMS = pattern('names of algorithms', /^[A-Za-z0-9][A-Za-z0-9:_-]{0,200}$/);
const FINGERPRINT = pattern('a SHA-256 fingerprint', /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}$/);
const MANY = 16;

const NETWORK: readonly Term[] = [
  { name: '--dev', values: [pattern('tunN or tapN', /^(tun|tap)\d{0,3}$/)] },
  { name: '--proto', values: [oneOf(['udp', 'udp4', 'udp6', 'tcp-server', 'tcp-client', 'tcp4-server', 'tcp4-client', 'tcp6-server', 'tcp6-client'])] },
  { name: '--remote', values: [HOST] },
  { name: '--local', values: [ADDRESS] },
  { name: '--port', values: [PORT] },
  { name: '--lport', values: [PORT] },
  { name: '--rport', values: [PORT] },
  { name: '--nobind' },
  { name: '--float' },
  { name: '--ifconfig', values: [ADDRESS, ADDRESS] },
  { name: '--route', values: [ADDRESS, ADDRESS], most: MANY },
  { name: '--server', values: [ADDRESS, ADDRESS] },
  { name: '--topology', values: [oneOf(['subnet', 'p2p', 'net30'])] },
  { name: '--client' },
  { name: '--pull' },
  { name: '--redirect-gateway', values: [oneOf(['def1', 'local'])] },
  { name: '--tun-mtu', values: [number(576, 9000, 'bytes')] },
  { name: '--keepalive', values: [SECONDS, SECONDS] },
  { name: '--ping', values: [SECONDS] },
  { name: '--ping-restart', values: [SECONDS] },
  { name: '--persist-tun' },
  { name: '--persist-key' },
  { name: '--verb', values: [number(0, 4)] },
];

const SECURITY: readonly Term[] = [
  { name: '--secret', values: [FILE] },
  { name: '--allow-deprecated-insecure-static-crypto' },
  { name: '--tls-server' },
  { name: '--tls-client' },
  { name: '--ca', values: [FILE] },
  { name: '--cert', values: [FILE] },
  { name: '--key', values: [FILE] },
  { name: '--dh', values: [oneOf(['none'])] },
  { name: '--tls-auth', values: [FILE] },
  { name: '--tls-crypt', values: [FILE] },
  { name: '--peer-fingerprint', values: [FINGERPRINT] },
  { name: '--remote-cert-tls', values: [oneOf(['server', 'client'])] },
  { name: '--cipher', values: [ALGORITHMS] },
  { name: '--data-ciphers', values: [ALGORITHMS] },
  { name: '--auth', values: [ALGORITHMS] },
];

const SCRIPTS = ['--up', '--down', '--ipchange', '--route-up', '--route-pre-down', '--client-connect', '--client-disconnect', '--client-crresponse'];
const MORE_SCRIPTS = ['--learn-address', '--tls-verify', '--auth-user-pass-verify', '--script-security', '--plugin', '--iproute', '--setenv', '--engine'];

export const OPENVPN: ServiceProgram = {
  name: 'openvpn',
  package: 'openvpn',
  says: 'Carries a tun or tap link to another OpenVPN.',
  effect: 'serve',
  capabilities: ['net_admin', 'net_bind_service'],
  // 0: no program is started for anything (openvpn(8)). It talks to the kernel by netlink.
  forced: { '--script-security': ['--script-security', '0'] },
  // Keys are for root's eyes.
  keepsUser: true,
  place: {
    style: 'exact',
    terms: [
      ...NETWORK,
      ...SECURITY,
      ...none([...SCRIPTS, ...MORE_SCRIPTS], EXECUTES),
      no('--config', OTHER_FILES),
      ...none(['--cd', '--client-config-dir', '--askpass', '--auth-user-pass', '--management'], 'it reads files or asks for what is secret'),
      ...none(['--log', '--log-append', '--status', '--writepid', '--ifconfig-pool-persist'], WRITES),
      no('--daemon', LEAVES),
      ...none(['--user', '--group', '--chroot'], USERS),
    ],
  },
};
