// Ethernet over UDP: VXLAN (RFC 7348) and Geneve (RFC 8926), as ip-link(8) has them.
import { z } from 'zod';
import { type Attribute, address, choice, flag, numberIn, shownFlag, tos, whole, wholeOrZero } from './attribute.js';
import type { KindDeclaration } from './declaration.js';

const MOST_VNI = 0xff_ffff;
const DF = ['unset', 'set', 'inherit'] as const;

/** Not shown where the link takes its packets from outside (`external`), for then it is none. */
const id: Attribute = {
  schema: z.int().min(0).max(MOST_VNI),
  words: (value) => ['id', String(value)],
  read: (data) => (data['external'] === true ? undefined : numberIn(data['id'])),
  isRequired: true,
  unless: 'external',
  when: 'never',
};

/** iproute2 shows 0 for `auto`, and nothing at all for `inherit`. */
const ttl: Attribute = {
  schema: z.union([z.enum(['auto', 'inherit']), z.int().min(1).max(255)], '1 to 255, auto or inherit'),
  words: (value) => ['ttl', String(value)],
  read(data) {
    const number = numberIn(data['ttl']);
    return number === undefined ? 'inherit' : number === 0 ? 'auto' : number;
  },
  usual: 'auto',
};

/** The range of source ports, `MIN-MAX`; `0-0` is that of the sysctl ip_local_port_range. */
const srcport: Attribute = {
  schema: z
    .string()
    .regex(/^\d{1,5}-\d{1,5}$/, 'MIN-MAX')
    .refine((text) => text.split('-').every((port) => Number(port) <= 65535), 'ports up to 65535'),
  words: (value) => ['srcport', ...String(value).split('-')],
  read({ port_range }) {
    const range = z.object({ low: z.number(), high: z.number() }).safeParse(port_range);
    return range.success ? `${range.data.low}-${range.data.high}` : undefined;
  },
  usual: '0-0',
  when: 'never',
};

export const OVERLAY_KINDS = {
  vxlan: {
    summary: 'Ethernet over UDP between hosts',
    lower: { word: 'dev', isRequired: false },
    hasMac: true,
    isPinned: false,
    module: 'vxlan',
    attributes: {
      id,
      external: flag('external', { when: 'never' }),
      vnifilter: flag('vnifilter', { when: 'never' }),
      group: address('group', { isGroup: true, when: 'never' }),
      remote: address('remote'),
      local: address('local'),
      // Linux uses 8472 by itself, from before the number was assigned.
      dstport: whole('dstport', { most: 65535, key: 'port', standard: 4789, when: 'never' }),
      srcport,
      ttl: { ...ttl, fixedAt: ['inherit'] },
      tos,
      df: choice('df', DF, { usual: 'unset' }),
      flowlabel: wholeOrZero('flowlabel', { most: 0xf_ffff, key: 'label' }),
      learning: shownFlag('learning', { usual: true }),
      proxy: flag('proxy', { when: 'never' }),
      rsc: flag('rsc', { when: 'never' }),
      l2miss: flag('l2miss', { when: 'never' }),
      l3miss: flag('l3miss', { when: 'never' }),
      ageing_s: whole('ageing', { most: 0xffff_ffff, usual: 300 }),
      maxaddress: wholeOrZero('maxaddress', { most: 0xffff_ffff, key: 'limit', when: 'never' }),
      udpcsum: shownFlag('udpcsum', { key: 'udp_csum', usual: true, when: 'never' }),
      udp6zerocsumtx: shownFlag('udp6zerocsumtx', { key: 'udp_zero_csum6_tx', when: 'never' }),
      udp6zerocsumrx: shownFlag('udp6zerocsumrx', { key: 'udp_zero_csum6_rx', when: 'never' }),
      remcsumtx: flag('remcsumtx', { key: 'remcsum_tx', when: 'never' }),
      remcsumrx: flag('remcsumrx', { key: 'remcsum_rx', when: 'never' }),
      gbp: flag('gbp', { off: [], when: 'never' }),
      gpe: flag('gpe', { off: [], when: 'never' }),
    },
  },
  geneve: {
    summary: 'Ethernet over UDP with options',
    hasMac: true,
    isPinned: false,
    module: 'geneve',
    attributes: {
      id: { ...id, isRestated: true },
      external: flag('external', { when: 'never' }),
      // The kernel lets it change, but not to the other family.
      remote: address('remote', { isRequired: true, unless: 'external', when: 'never' }),
      dstport: whole('dstport', { most: 65535, key: 'port', usual: 6081, when: 'never' }),
      ttl,
      tos,
      df: choice('df', DF, { usual: 'unset' }),
      flowlabel: wholeOrZero('flowlabel', { most: 0xf_ffff, key: 'label' }),
      udpcsum: shownFlag('udpcsum', { key: 'udp_csum', when: 'never' }),
      // Which of these are shown depends on the family of the remote end.
      udp6zerocsumtx: shownFlag('udp6zerocsumtx', { key: 'udp_zero_csum6_tx', when: 'never' }),
      udp6zerocsumrx: shownFlag('udp6zerocsumrx', { key: 'udp_zero_csum6_rx', usual: true, when: 'never' }),
      innerprotoinherit: flag('innerprotoinherit', { key: 'inner_proto_inherit', off: [], when: 'never' }),
    },
  },
} as const satisfies Record<string, KindDeclaration>;
