// IP tunnels: GRE (RFC 2784) and IP in IP (RFC 2003, 2473, 4213), as ip-link(8) has them.
import { InterfaceAddress, parsePrefix } from '../ip.js';
import { type Attribute, choice, flag } from './attribute.js';
import type { KindDeclaration } from './declaration.js';
import { encap, external, gre, greShorthands, over4, over6, THROUGH } from './tunnel-parts.js';

const GRE4 = {
  lower: THROUGH,
  isPinned: false,
  module: 'ip_gre',
  attributes: {
    external,
    ...over4,
    // The kernel takes these two together only when the link is made.
    pmtudisc: { ...over4.pmtudisc, fixedAt: [false] },
    ...gre,
    ignore_df: flag('ignore-df', { key: 'ignore_df', when: 'never' }),
    ...encap,
  },
  shorthands: greShorthands,
} as const satisfies Partial<KindDeclaration>;

const GRE6 = {
  lower: THROUGH,
  isPinned: false,
  module: 'ip6_gre',
  attributes: { external, ...over6, ...gre, ...encap },
  shorthands: greShorthands,
} as const satisfies Partial<KindDeclaration>;

/** What is carried. Only ip6tnl heeds a change of it (ip6_tnl_change, net/ipv6/ip6_tunnel.c); the others keep what they have, in silence. */
function mode(modes: readonly [string, ...string[]], details: Pick<Attribute, 'when'> = {}): Attribute {
  return choice('mode', modes, { key: 'proto', usual: 'any', ...details });
}

/** A prefix of 6rd (RFC 5969), shown in two parts; that of the relays is left out where it is everything. */
function sixRd(word: string, key: string, family: 'inet' | 'inet6', usual: string): Attribute {
  return {
    schema: InterfaceAddress.refine((text) => parsePrefix(text)?.family === family, family === 'inet' ? 'an IPv4 prefix' : 'an IPv6 prefix'),
    words: (value) => [word, String(value)],
    read(data) {
      if (typeof data['prefix'] !== 'string') return undefined;
      return typeof data[key] === 'string' ? `${data[key]}/${String(data[`${key}len`])}` : usual;
    },
    usual,
  };
}

export const TUNNEL_KINDS = {
  gre: { summary: 'IP in GRE over IPv4', hasMac: false, ...GRE4 },
  gretap: { summary: 'Ethernet in GRE over IPv4', hasMac: true, ...GRE4 },
  ip6gre: { summary: 'IP in GRE over IPv6', hasMac: false, ...GRE6 },
  ip6gretap: { summary: 'Ethernet in GRE over IPv6', hasMac: true, ...GRE6 },
  ipip: {
    summary: 'IPv4 in IPv4',
    lower: THROUGH,
    hasMac: false,
    isPinned: false,
    module: 'ipip',
    attributes: { mode: mode(['ipip', 'mplsip', 'any'], { when: 'never' }), external, ...over4, ...encap },
  },
  sit: {
    summary: 'IPv6 in IPv4',
    lower: THROUGH,
    hasMac: false,
    isPinned: false,
    module: 'sit',
    attributes: {
      mode: mode(['ip6ip', 'ipip', 'mplsip', 'any'], { when: 'never' }),
      ...over4,
      isatap: flag('isatap', { off: [], when: 'never' }),
      '6rd_prefix': sixRd('6rd-prefix', 'prefix', 'inet6', '2002::/16'),
      '6rd_relay_prefix': sixRd('6rd-relay_prefix', 'relay_prefix', 'inet', '0.0.0.0/0'),
      ...encap,
    },
  },
  ip6tnl: {
    summary: 'IPv4 or IPv6 in IPv6',
    lower: THROUGH,
    hasMac: false,
    isPinned: false,
    module: 'ip6_tunnel',
    attributes: { mode: mode(['ip6ip6', 'ipip6', 'any']), external, ...over6, ...encap },
  },
} as const satisfies Record<string, KindDeclaration>;
