// The grammar of dig: one question to one server, no files, no keys, a bounded wait.

import { RESOLVER } from '../names.js';
import { no, type Program, type Term } from '../table.js';
import { ADDRESS, HOST, number, PORT, pattern, type ValueType } from '../values.js';
import { FAMILY } from './common.js';

const TYPES = [
  ...[
    'A',
    'AAAA',
    'ANY',
    'CAA',
    'CNAME',
    'DNSKEY',
    'DS',
    'HINFO',
    'HTTPS',
    'LOC',
    'MX',
    'NAPTR',
    'NS',
    'NSEC',
    'NSEC3PARAM',
    'PTR',
    'RRSIG',
    'SOA',
    'SPF',
    'SRV',
    'SSHFP',
    'SVCB',
    'TLSA',
    'TXT',
    'URI',
  ],
];

/** DNS compares types and classes without regard to case. */
function upper(says: string, words: readonly string[]): ValueType {
  return { says, read: (word) => (words.includes(word.toUpperCase()) ? { word: word.toUpperCase() } : null) };
}

const SERVER: ValueType = {
  says: 'a server as @ADDRESS or @NAME',
  read: (word) => {
    if (!word.startsWith('@')) return null;
    const host = HOST.read(word.slice(1));
    return typeof host === 'object' && host !== null ? { ...host, word: `@${host.word}` } : host;
  },
};

/** A domain name as it may be asked for: also `.`, `_service` labels, and a star. */
const QUESTION = pattern(
  'a domain name',
  /^(?=.{1,254}$)(\.|([A-Za-z0-9_*]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)(\.[A-Za-z0-9_*]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?)$/,
);

// dig takes abbreviations of these as well (`+sho`): they are refused.
const SWITCHES = [
  ...[
    'all',
    'answer',
    'authority',
    'additional',
    'question',
    'comments',
    'cmd',
    'stats',
    'class',
    'ttlid',
    'ttlunits',
    'multiline',
    'short',
    'identify',
    'rrcomments',
    'crypto',
    'qr',
  ],
  ...['recurse', 'rec', 'rdflag', 'adflag', 'cdflag', 'dnssec', 'do', 'tcp', 'vc', 'ignore', 'nsid', 'edns', 'cookie', 'besteffort', 'onesoa', 'yaml'],
];

const bounded = (name: string, least: number, most: number): Term => ({ name, values: [number(least, most)], joined: 'must' });

export const DIG: Program = {
  name: 'dig',
  package: 'bind9-dnsutils',
  says: 'Asks a name server one question; without @server, those of resolv.conf.',
  effect: 'probe',
  target: RESOLVER,
  // -r: no ~/.digrc, which could hold any option.
  forced: { '-r': ['-r'] },
  place: {
    terms: [
      { name: '-r' },
      ...FAMILY,
      { name: '-p', values: [PORT] },
      { name: '-x', values: [ADDRESS], group: 'question' },
      { name: '-q', values: [QUESTION], group: 'question' },
      { name: '-t', values: [upper('a record type', TYPES)] },
      { name: '-c', values: [upper('IN | CH | HS', ['IN', 'CH', 'HS'])] },
      ...SWITCHES.flatMap((name): Term[] => [{ name: `+${name}` }, { name: `+no${name}` }]),
      bounded('+time', 1, 10),
      bounded('+timeout', 1, 10),
      bounded('+tries', 1, 3),
      bounded('+retry', 0, 2),
      bounded('+bufsize', 512, 4096),
      no('-f', 'it reads questions from a file'),
      no('-k', 'it reads a key from a file'),
      no('-y', 'keys do not belong on a command line'),
      no('-b', 'the source address is chosen by the routes'),
      no('+trace', 'it asks servers all over the internet'),
      no('+nssearch', 'it asks servers all over the internet'),
      ...['+https', '+tls', '+tls-ca', '+tls-certfile', '+tls-keyfile'].map((name) => no(name, 'only plain DNS is on the list')),
      no('+subnet', 'it tells the server another address'),
    ],
    operands: [{ type: SERVER, least: 0 }, { as: '-t' }, { as: '-c' }, { as: '-q' }],
  },
};
