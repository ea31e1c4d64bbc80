// Links that hand packets to IPsec: VTI and XFRM interfaces (ip-link(8), ip-xfrm(8)).
import { type Attribute, endpoint, whole } from './attribute.js';
import type { KindDeclaration, Shorthand } from './declaration.js';
import { external, fwmark, Key, keyIn, MOST_U32, THROUGH } from './tunnel-parts.js';

/** A key of VTI, where 0 is none. */
function vtiKey(word: string): Attribute {
  return { schema: Key, words: (value) => [word, String(value)], read: (data) => keyIn(data[word]) ?? 0, usual: 0 };
}

function vti(family: 'inet' | 'inet6'): KindDeclaration['attributes'] {
  return { remote: endpoint('remote', family), local: endpoint('local', family), ikey: vtiKey('ikey'), okey: vtiKey('okey'), fwmark };
}

const vtiShorthands = { key: { schema: Key, stands: ['ikey', 'okey'] } } as const satisfies Record<string, Shorthand>;

export const IPSEC_KINDS = {
  vti: {
    summary: 'IPsec over IPv4, by route',
    lower: THROUGH,
    hasMac: false,
    isPinned: false,
    module: 'ip_vti',
    attributes: vti('inet'),
    shorthands: vtiShorthands,
  },
  vti6: {
    summary: 'IPsec over IPv6, by route',
    lower: THROUGH,
    hasMac: false,
    isPinned: false,
    module: 'ip6_vti',
    attributes: vti('inet6'),
    shorthands: vtiShorthands,
  },
  xfrm: {
    summary: 'IPsec by interface id',
    lower: THROUGH,
    hasMac: false,
    isPinned: false,
    module: 'xfrm_interface',
    attributes: {
      if_id: whole('if_id', { least: 1, most: MOST_U32, isRequired: true, unless: 'external', when: 'never' }),
      external,
    },
  },
} as const satisfies Record<string, KindDeclaration>;
