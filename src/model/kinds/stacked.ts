// Links that share or divide a lower one: macvlan, ipvlan and VLAN (ip-link(8)).
import { z } from 'zod';
import { MacAddress } from '../ip.js';
import { type Attribute, choice, flag, listedFlag, whole } from './attribute.js';
import type { KindDeclaration } from './declaration.js';

const ON_TOP = { word: 'link', isRequired: true } as const;

/** The MAC addresses that mode `source` lets in, sorted, with commas between them. */
const sourceMacs: Attribute = {
  schema: z.string().transform((text, context) => {
    const parsed = text.split(',').map((part) => MacAddress.safeParse(part.trim()));
    const macs = parsed.flatMap(({ data }) => data ?? []);
    if (macs.length === parsed.length) return macs.sort().join(',');
    context.addIssue({ code: 'custom', message: 'unicast MAC addresses with commas between them' });
    return z.NEVER;
  }),
  words: (value) => ['macaddr', 'set', ...String(value).split(',')],
  read({ macaddr_data }) {
    const list = z.array(z.string()).min(1).safeParse(macaddr_data);
    return list.success ? list.data.sort().join(',') : undefined;
  },
};

/** Flags are said together: those that a change leaves out are cleared, and `nopromisc` goes only with its mode. */
const macvlanAttributes = {
  mode: choice('mode', ['private', 'vepa', 'bridge', 'passthru', 'source'], { standard: 'bridge', fixedAt: ['passthru', 'source'], isRestated: true }),
  // Taken back while the link is down, it would upset the count of the lower link's promiscuity.
  nopromisc: { ...flag('nopromisc', { off: ['flag', 'null'] }), fixedAt: [true], isRestated: true },
  nodst: { ...flag('nodst', { off: ['flag', 'null'] }), isRestated: true },
  bcqueuelen: whole('bcqueuelen', { most: 0xffff_ffff, usual: 1000 }),
  source_macs: sourceMacs,
} as const satisfies Record<string, Attribute>;

const ISOLATION = ['bridge', 'private', 'vepa'] as const;

const ipvlanAttributes = {
  mode: choice('mode', ['l2', 'l3', 'l3s'], { usual: 'l3' }),
  flag: {
    schema: z.enum(ISOLATION),
    words: (value) => [String(value)],
    read: (data) => ISOLATION.find((name) => data[name] === true),
    usual: 'bridge',
    isRestated: true,
  },
} as const satisfies Record<string, Attribute>;

const QosMapping = z.array(z.object({ from: z.number(), to: z.number() }));

/** Priorities of packets to priorities of frames, or back: `0:1 2:3` (ip-link(8)). */
function qosMap(word: string, key: string): Attribute {
  return {
    schema: z.string().regex(/^\d{1,10}:\d{1,10}( \d{1,10}:\d{1,10}){0,15}$/, 'pairs such as "0:1 2:3"'),
    words: (value) => [word, ...String(value).split(' ')],
    read(data) {
      const map = QosMapping.safeParse(data[key]);
      return map.success && map.data.length > 0 ? map.data.map(({ from, to }) => `${from}:${to}`).join(' ') : undefined;
    },
    when: 'never',
  };
}

export const STACKED_KINDS = {
  macvlan: {
    summary: 'a second MAC address on a link',
    lower: ON_TOP,
    hasMac: true,
    isPinned: false,
    module: 'macvlan',
    attributes: macvlanAttributes,
  },
  macvtap: {
    summary: 'a macvlan for a virtual machine, with a character device',
    lower: ON_TOP,
    hasMac: true,
    isPinned: false,
    module: 'macvtap',
    attributes: macvlanAttributes,
  },
  ipvlan: {
    summary: 'further addresses on a link, with the same MAC address',
    lower: ON_TOP,
    hasMac: false,
    isPinned: false,
    module: 'ipvlan',
    attributes: ipvlanAttributes,
  },
  ipvtap: {
    summary: 'an ipvlan for a virtual machine, with a character device',
    lower: ON_TOP,
    hasMac: false,
    isPinned: false,
    module: 'ipvtap',
    attributes: ipvlanAttributes,
  },
  vlan: {
    summary: 'one VLAN of a link that carries tagged frames',
    lower: ON_TOP,
    hasMac: true,
    isPinned: false,
    module: '8021q',
    attributes: {
      id: whole('id', { most: 4094, isRequired: true, when: 'never' }),
      protocol: choice('protocol', ['802.1Q', '802.1ad'], { usual: '802.1Q', when: 'never' }),
      reorder_hdr: listedFlag('reorder_hdr', 'REORDER_HDR', { usual: true }),
      gvrp: listedFlag('gvrp', 'GVRP'),
      mvrp: listedFlag('mvrp', 'MVRP'),
      loose_binding: listedFlag('loose_binding', 'LOOSE_BINDING'),
      bridge_binding: listedFlag('bridge_binding', 'BRIDGE_BINDING'),
      ingress_qos_map: qosMap('ingress-qos-map', 'ingress_qos'),
      egress_qos_map: qosMap('egress-qos-map', 'egress_qos'),
    },
  },
} as const satisfies Record<string, KindDeclaration>;
