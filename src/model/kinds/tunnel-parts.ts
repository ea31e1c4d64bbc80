// Settings that tunnels have in common (ip-link(8), link_gre.c, link_iptnl.c and link_ip6tnl.c of iproute2).
import { z } from 'zod';
import { parseIp } from '../ip.js';
import { type Attribute, choice, endpoint, flag, hexOr, numberIn, shownFlag, tos, whole, wholeOrZero } from './attribute.js';
import type { Shorthand } from './declaration.js';

export const THROUGH = { word: 'dev', isRequired: false } as const;
export const MOST_U32 = 0xffff_ffff;
export const Key = z.int().min(0).max(MOST_U32);

/** iproute2 shows a key as if it were an IPv4 address. */
export function keyIn(value: unknown): number | undefined {
  if (typeof value !== 'string' || parseIp(value)?.family !== 'inet') return undefined;
  return value.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);
}

/** A key of GRE, or `none`. */
function greKey(word: string): Attribute {
  return {
    schema: z.union([z.literal('none'), Key], 'a 32-bit number, or none'),
    words: (value) => (value === 'none' ? [`no${word}`] : [word, String(value)]),
    read: (data) => keyIn(data[word]) ?? 'none',
    usual: 'none',
  };
}

export const fwmark = wholeOrZero('fwmark', { most: MOST_U32 });

/** Hop count of the outer packets. 0 is shown for `inherit`. */
function ttl(usual: number | 'inherit'): Attribute {
  return {
    schema: z.union([z.literal('inherit'), z.int().min(1).max(255)], '1 to 255, or inherit'),
    words: (value) => ['ttl', String(value)],
    read: (data) => numberIn(data['ttl']) || 'inherit',
    usual,
  };
}

const Encapsulation = z.record(z.string(), z.unknown()).catch({});

/** A setting of UDP around the tunnel, FOU or GUE (ip-fou(8)). What it is set to shows while it is on; else it is as usual. */
function around(attribute: Attribute): Attribute {
  return { ...attribute, read: ({ encap }) => attribute.read(Encapsulation.parse(encap)) ?? attribute.usual };
}

export const encap = {
  encap: around(choice('encap', ['none', 'fou', 'gue'], { key: 'type', usual: 'none' })),
  encap_sport: around(whole('encap-sport', { most: 65535, key: 'sport', usual: 0 })),
  encap_dport: around(whole('encap-dport', { most: 65535, key: 'dport', usual: 0 })),
  encap_csum: around(flag('encap-csum', { key: 'csum' })),
  encap_udp6_csum: around(flag('encap-udp6-csum', { key: 'csum6' })),
  encap_remcsum: around(flag('encap-remcsum', { key: 'remcsum' })),
} as const satisfies Record<string, Attribute>;

/** Packets carry their tunnel with them: nothing else is set then. */
export const external = flag('external', { off: [], when: 'never' });

export const gre = {
  ikey: greKey('ikey'),
  okey: greKey('okey'),
  iseq: flag('iseq'),
  oseq: flag('oseq'),
  icsum: flag('icsum'),
  ocsum: flag('ocsum'),
} as const satisfies Record<string, Attribute>;

export const greShorthands = {
  key: { schema: gre.ikey.schema, stands: ['ikey', 'okey'] },
  seq: { schema: z.boolean(), stands: ['iseq', 'oseq'] },
  csum: { schema: z.boolean(), stands: ['icsum', 'ocsum'] },
} as const satisfies Record<string, Shorthand>;

/** What tunnels through IPv4 have in common. */
export const over4 = {
  remote: endpoint('remote', 'inet'),
  local: endpoint('local', 'inet'),
  ttl: ttl('inherit'),
  tos,
  pmtudisc: shownFlag('pmtudisc', { usual: true }),
  fwmark,
} as const satisfies Record<string, Attribute>;

/** A setting of a tunnel through IPv6 that has a choice in a flag of its own. */
function flowSetting(word: string, most: number, inherits: string): Attribute {
  return hexOr(word, ['inherit'], { most, usual: 0, readsAs: (data) => (data[inherits] === true ? 'inherit' : numberIn(data[word])) });
}

/** What tunnels through IPv6 have in common. */
export const over6 = {
  remote: endpoint('remote', 'inet6'),
  local: endpoint('local', 'inet6'),
  ttl: ttl(64),
  encaplimit: {
    schema: z.union([z.literal('none'), z.int().min(0).max(255)], '0 to 255, or none'),
    words: (value) => ['encaplimit', String(value)],
    read: (data) => (data['ip6_tnl_f_ign_encap_limit'] === true ? 'none' : numberIn(data['encap_limit'])),
    usual: 4,
  },
  tclass: flowSetting('tclass', 255, 'ip6_tnl_f_use_orig_tclass'),
  flowlabel: flowSetting('flowlabel', 0xf_ffff, 'ip6_tnl_f_use_orig_flowlabel'),
  allow_localremote: flag('allow-localremote', { key: 'ip6_tnl_f_allow_local_remote' }),
  fwmark: {
    schema: z.union([z.literal('inherit'), Key], 'a 32-bit number, or inherit'),
    words: (value) => ['fwmark', String(value)],
    read: (data) => (data['ip6_tnl_f_use_orig_fwmark'] === true ? 'inherit' : (numberIn(data['fwmark']) ?? 0)),
    usual: 0,
  },
} as const satisfies Record<string, Attribute>;
