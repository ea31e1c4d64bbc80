// Software devices: dummy, ifb, TUN and TAP, VRF, WireGuard, netkit, nlmon (ip-link(8), ip-tuntap(8)).
import { z } from 'zod';
import { NewLinkName } from '../names.js';
import { type Attribute, choice, flag, whole } from './attribute.js';
import type { KindDeclaration } from './declaration.js';

const ALONE = { isPinned: false, attributes: {} } as const;

/** A user or group of the host, by name or number. */
function owner(word: 'user' | 'group'): Attribute {
  return {
    schema: z.union(
      [z.int().min(0).max(0xffff_fffe), z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/i)],
      `the name of a ${word}, or the number of one without a name`,
    ),
    words: (value) => [word, String(value)],
    read(data) {
      const value = data[word];
      return typeof value === 'string' || typeof value === 'number' ? value : undefined;
    },
    when: 'never',
  };
}

/** Without persistence the link lives as long as the process that holds it: that is nothing that `ip` can make. */
const persist: Attribute = { schema: z.literal(true), words: () => [], read: (data) => data['persist'] !== false, usual: true, when: 'never' };

const tuntapAttributes = {
  user: owner('user'),
  group: owner('group'),
  pi: flag('pi', { off: [], when: 'never' }),
  vnet_hdr: flag('vnet_hdr', { off: [], when: 'never' }),
  multi_queue: flag('multi_queue', { off: [], when: 'never' }),
  persist,
} as const satisfies Record<string, Attribute>;

const POLICIES = ['forward', 'blackhole'] as const;

export const DEVICE_KINDS = {
  dummy: { summary: 'a link that drops what is sent, to hold addresses', hasMac: true, module: 'dummy', ...ALONE },
  ifb: { summary: 'a place to shape what comes in', hasMac: true, module: 'ifb', ...ALONE },
  nlmon: { summary: 'a copy of netlink messages, for capture', hasMac: false, module: 'nlmon', ...ALONE },
  wireguard: { summary: 'an encrypted tunnel; keys and peers are set afterwards', hasMac: false, module: 'wireguard', needs: 'wireguard-tools', ...ALONE },
  vrf: {
    summary: 'a routing table of its own for its ports',
    hasMac: true,
    isPinned: true,
    module: 'vrf',
    hasPorts: true,
    attributes: { table: whole('table', { least: 1, most: 0xffff_ffff, isRequired: true, when: 'never' }) },
  },
  tun: {
    summary: 'IP packets to and from a program',
    hasMac: false,
    isPinned: false,
    module: 'tun',
    needs: 'access to /dev/net/tun',
    tuntap: ['mode', 'tun'],
    attributes: tuntapAttributes,
  },
  tap: {
    summary: 'Ethernet frames to and from a program',
    hasMac: true,
    isPinned: false,
    module: 'tun',
    needs: 'access to /dev/net/tun',
    kernelKind: 'tun',
    tuntap: ['mode', 'tap'],
    attributes: tuntapAttributes,
  },
  netkit: {
    summary: 'a pair for containers, steered by BPF',
    hasMac: false,
    isPinned: false,
    module: 'netkit',
    needs: 'Linux 6.7 and iproute2 6.7',
    attributes: {
      mode: choice('mode', ['l3', 'l2'], { usual: 'l3', when: 'never' }),
      policy: {
        schema: z.enum(POLICIES),
        words: (value) => [String(value)],
        read: (data) => POLICIES.find((name) => data['policy'] === name),
        usual: 'forward',
      },
      // Everything from here on is about the other end.
      peer_policy: {
        schema: z.enum(POLICIES),
        words: (value) => ['peer', String(value)],
        read: (data) => POLICIES.find((name) => data['peer_policy'] === name),
        standard: 'forward',
      },
      peer: { schema: NewLinkName, words: (value) => ['name', String(value)], read: () => undefined, isRequired: true, when: 'never' },
    },
  },
} as const satisfies Record<string, KindDeclaration>;
