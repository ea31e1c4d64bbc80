// What can be set on a link of any kind by one word: how a caller says it, and how the kernel shows that it is so.
import { z } from 'zod';
import { MacAddress } from '../../../model/ip.js';
import type { Link, NamespaceState } from '../../../model/snapshot.js';
import { deviceSysctl } from '../../../model/sysctls.js';
import { Mtu } from '../inputs.js';

const Alias = z
  .string()
  .max(255)
  .regex(/^[\p{L}\p{N}\p{P}\p{S} ]*$/u, 'printable text on one line')
  .refine((text) => Buffer.byteLength(text) <= 255, 'at most 255 bytes');

/** A group of links by its number or a name of /etc/iproute2/group. */
const Group = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,32}$/, 'a number or a name')
  .transform((group) => (group === '0' ? 'default' : group));

/** Inputs of set_link, in the order in which they are set. */
export const LinkAttributes = z.strictObject({
  mtu: Mtu.optional(),
  mac: MacAddress.optional(),
  alias: Alias.optional().describe('Empty: none'),
  promisc: z.boolean().optional(),
  multicast: z.boolean().optional(),
  allmulticast: z.boolean().optional(),
  arp: z.boolean().optional(),
  tx_queue_len: z.number().int().min(0).max(0x7fff_ffff).optional(),
  group: Group.optional(),
  addr_gen_mode: z.enum(['eui64', 'none', 'stable_secret', 'random']).optional(),
});
export type LinkAttributes = z.output<typeof LinkAttributes>;

type Name = keyof LinkAttributes;
type Value = NonNullable<LinkAttributes[Name]>;

/** One attribute: its word in ip-link(8), what the link has now, and what the link is when it has a value. */
interface Attribute {
  word: string;
  now(link: Link): Value | null;
  becomes(link: Link, value: Value): Partial<Link>;
}

/** A flag of the device (netdevice(7)). */
function flag(word: string, name: string, isInverse = false): Attribute {
  return {
    word,
    now: ({ flags }) => flags.includes(name) !== isInverse,
    becomes: ({ flags }, value) => ({ flags: [...flags.filter((each) => each !== name), ...((value === true) !== isInverse ? [name] : [])] }),
  };
}

function field(word: string, name: 'mtu' | 'mac' | 'tx_queue_len' | 'group' | 'addr_gen_mode'): Attribute {
  return { word, now: (link) => link[name], becomes: (_, value) => ({ [name]: value }) };
}

const ATTRIBUTES: Record<Name, Attribute> = {
  mtu: field('mtu', 'mtu'),
  mac: field('address', 'mac'),
  alias: { word: 'alias', now: ({ alias }) => alias ?? '', becomes: (_, value) => ({ alias: value === '' ? null : String(value) }) },
  promisc: flag('promisc', 'PROMISC'),
  multicast: flag('multicast', 'MULTICAST'),
  allmulticast: flag('allmulticast', 'ALLMULTI'),
  arp: flag('arp', 'NOARP', true),
  tx_queue_len: field('txqueuelen', 'tx_queue_len'),
  group: field('group', 'group'),
  addr_gen_mode: field('addrgenmode', 'addr_gen_mode'),
};

const ADDR_GEN_MODES = ['eui64', 'none', 'stable_secret', 'random'];

/** The sysctl that says how a link makes its IPv6 link-local address (ip-sysctl): `ip address show` leaves it out. */
export function addrGenModeKey({ name }: Link): string {
  return deviceSysctl('ipv6', name, 'addr_gen_mode');
}

/** A link with that mode, where its sysctls were read. */
export function withAddrGenMode(link: Link, { sysctls = {} }: NamespaceState): Link {
  return { ...link, addr_gen_mode: ADDR_GEN_MODES[Number(sysctls[addrGenModeKey(link)] ?? Number.NaN)] ?? link.addr_gen_mode };
}

/** Its number. */
export function addrGenModeNumber(mode: string): string {
  return String(ADDR_GEN_MODES.indexOf(mode));
}

/** An attribute that is to be otherwise: its words after `ip link set dev LINK`, and what the link then is. */
interface AttributeChange {
  words: string[];
  becomes: Partial<Link>;
}

/** The attributes of an input that the link does not have yet, in order. */
export function attributeChanges(link: Link, wanted: Partial<LinkAttributes>): AttributeChange[] {
  const names = Object.keys(ATTRIBUTES).filter((name): name is Name => name in ATTRIBUTES);
  let then = link;
  return names.flatMap((name) => {
    const [value, { word, now, becomes }] = [wanted[name], ATTRIBUTES[name]];
    if (value === undefined || value === now(link)) return [];
    const change = becomes(then, value);
    then = { ...then, ...change };
    return [{ words: [word, typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)], becomes: change }];
  });
}
