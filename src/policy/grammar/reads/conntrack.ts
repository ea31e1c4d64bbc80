// The grammar of conntrack: lists, counts and statistics of tracked connections.
import { none, type Place, type Program, type Term } from '../table.js';
import { MARK, number, oneOf, PORT, PREFIX, UINT32 } from '../values.js';

const CHANGES = none(
  [
    '-D',
    '--delete',
    '-I',
    '--create',
    '-A',
    '--add',
    '-U',
    '--update',
    '-F',
    '--flush',
    '-z',
    '--zero',
    '-t',
    '--timeout',
    '--label-add',
    '--label-del',
    '-R',
    '--load-file',
  ],
  'it changes what the kernel tracks',
);
const ENDLESS = none(['-E', '--event'], 'it never ends; list twice and compare instead');

const FILTER: readonly Term[] = [
  { name: '-p', aliases: ['--proto'], values: [oneOf(['tcp', 'udp', 'icmp', 'icmpv6', 'sctp', 'dccp', 'gre', 'udplite'])] },
  { name: '-f', aliases: ['--family'], values: [oneOf(['ipv4', 'ipv6'])] },
  { name: '-s', aliases: ['--src', '--orig-src'], values: [PREFIX] },
  { name: '-d', aliases: ['--dst', '--orig-dst'], values: [PREFIX] },
  { name: '-r', aliases: ['--reply-src'], values: [PREFIX] },
  { name: '-q', aliases: ['--reply-dst'], values: [PREFIX] },
  { name: '--sport', aliases: ['--orig-port-src'], values: [PORT] },
  { name: '--dport', aliases: ['--orig-port-dst'], values: [PORT] },
  { name: '--state', values: [oneOf(['NONE', 'SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE', 'LISTEN'])] },
  { name: '-u', aliases: ['--status'], values: [oneOf(['ASSURED', 'SEEN_REPLY', 'FIXED_TIMEOUT', 'EXPECTED', 'OFFLOAD'])] },
  { name: '-m', aliases: ['--mark'], values: [MARK] },
  { name: '-w', aliases: ['--zone'], values: [number(0, 65_535, 'a zone')] },
  { name: '-o', aliases: ['--output'], values: [oneOf(['extended', 'id', 'ktimestamp', 'labels', 'timestamp', 'xml'])] },
  { name: '-b', aliases: ['--buffer-size'], values: [UINT32], refuse: 'the size of the socket buffer is not yours to set' },
  ...CHANGES,
  ...ENDLESS,
];

const FILTERED: Place = { style: 'getopt', terms: FILTER };
const TABLES: readonly Term[] = ['conntrack', 'expect', 'dying', 'unconfirmed'].map((name) => ({ name, group: 'table' }));
const LISTED: Place = { style: 'getopt', terms: [...TABLES, ...FILTER] };

export const CONNTRACK: Program = {
  name: 'conntrack',
  package: 'conntrack',
  says: 'Lists tracked connections, their number and statistics.',
  effect: 'read',
  capabilities: ['net_admin'],
  place: {
    terms: [
      { name: '-L', aliases: ['--dump'], next: LISTED },
      { name: '-G', aliases: ['--get'], next: FILTERED },
      { name: '-C', aliases: ['--count'], next: {} },
      { name: '-S', aliases: ['--stats'], next: {} },
      ...CHANGES,
      ...ENDLESS,
    ],
    needs: 'one of -L, -G, -C, -S',
  },
};
