// What the operations on addresses share.
import { z } from 'zod';
import { fail } from '../../../model/errors.js';
import { contains, InterfaceAddress, IpAddress, parsePrefix } from '../../../model/ip.js';
import { LinkReference } from '../../../model/names.js';
import type { Subject } from '../../../model/policy.js';
import type { Address, Link, Section } from '../../../model/snapshot.js';
import { addressWords } from '../../objects/address.js';
import { linkAt } from '../../operation.js';
import type { World } from '../../plan/world.js';
import { addressesOf, InNamespace, Seconds, ShownLink, shownLink, tellLink } from '../inputs.js';

const AddressFields = z.strictObject({
  namespace: InNamespace,
  link: LinkReference,
  address: InterfaceAddress.describe('With prefix length, e.g. 10.0.0.1/24'),
  peer: IpAddress.optional().describe('Other end of a point-to-point link'),
});
type AddressFields = z.output<typeof AddressFields>;

const isIpv6 = (address: string) => address.includes(':');
const isOfOneFamily = ({ address, peer }: AddressFields) => peer === undefined || isIpv6(peer) === isIpv6(address);
const OTHER_FAMILY = { message: 'address and peer are of different families', path: ['peer'] };

/** An address that is there. */
export const KnownAddressInput = AddressFields.refine(isOfOneFamily, OTHER_FAMILY);

const NewAddressFields = AddressFields.extend({
  scope: z.enum(['global', 'link', 'host']).optional(),
  broadcast: IpAddress.optional(),
  label: z
    .string()
    .max(15)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/, 'a label such as eth0:1')
    .optional()
    .describe('Begins with the name of the link'),
  metric: z.number().int().min(1).max(0xffff_ffff).optional().describe('Of the route to its prefix'),
  valid_lft_s: Seconds.min(1).optional().describe('Forever when left out'),
  preferred_lft_s: Seconds.optional(),
  nodad: z.boolean().optional().describe('IPv6: no duplicate detection'),
  home: z.boolean().optional().describe('IPv6: home address'),
  noprefixroute: z.boolean().optional().describe('No route to its prefix'),
});

/** Fields that only one family has. */
const ONLY_IPV4 = ['scope', 'broadcast', 'label'] as const;
const ONLY_IPV6 = ['nodad', 'home'] as const;

/** An address that is to be there. */
export const NewAddressInput = NewAddressFields.refine(isOfOneFamily, OTHER_FAMILY)
  .refine(({ valid_lft_s, preferred_lft_s }) => valid_lft_s === undefined || preferred_lft_s === undefined || preferred_lft_s <= valid_lft_s, {
    message: 'longer than valid_lft_s',
    path: ['preferred_lft_s'],
  })
  .superRefine((input, context) => {
    for (const field of isIpv6(input.address) ? ONLY_IPV4 : ONLY_IPV6) {
      if (input[field] === undefined) continue;
      const message = isIpv6(input.address) ? 'an IPv6 address has none, or its own: leave it out' : 'an IPv4 address has none: leave it out';
      context.addIssue({ code: 'custom', message, path: [field] });
    }
    if (input.broadcast !== undefined && isIpv6(input.broadcast)) context.addIssue({ code: 'custom', message: 'not an IPv4 address', path: ['broadcast'] });
  });
export type NewAddressInput = z.output<typeof NewAddressInput>;

/** What hangs on an address. The route to the prefix of an IPv6 address with a lifetime stays behind when it goes (ipv6_del_addr, net/ipv6/addrconf.c). */
export function addressSections({ address, valid_lft_s }: Pick<NewAddressInput, 'address' | 'valid_lft_s'>): Section[] {
  return ['links', 'addresses', ...(isIpv6(address) && valid_lft_s !== undefined ? (['routes'] as const) : [])];
}

/** The link, the address, and with a peer the prefix there, for it is that to which the kernel adds a route. */
function addressSubjects({ namespace, link, address, peer }: AddressFields, world: World): Subject[] {
  const prefix: Subject[] = peer === undefined ? [] : [{ kind: 'address', address: `${peer}/${address.split('/')[1]}` }];
  return [linkAt(world, namespace, link), { kind: 'address', address }, ...prefix];
}

/** The address of the link that the input means. With a peer the kernel keeps the prefix length on the peer; iproute2 prints it beside the local address all the same. */
export function findAddress(world: World, { namespace, link, address, peer }: AddressFields): Address | null {
  const candidates = addressesOf(world, namespace, world.link(namespace, link)).filter((known) => known.address === address);
  return candidates.find((known) => known.peer === (peer ?? null)) ?? (peer === undefined ? candidates[0] : undefined) ?? null;
}

/** The flags that can be asked for, in the words of ip-address(8). */
const FLAGS = ['nodad', 'home', 'noprefixroute'] as const;

/** The scope of an address for which none is given (default_scope in ip/ipaddress.c of iproute2; ipv6_addr_scope). */
function defaultScope(address: string): string {
  if (/^127\.|^::1\//.test(address)) return 'host';
  return /^fe[89ab]/.test(address) ? 'link' : 'global';
}

/** True for an IPv4 address in the prefix of one that is there: it becomes a secondary one (__inet_insert_ifa, net/ipv4/devinet.c). */
function isSecondary(address: string, others: readonly Address[]): boolean {
  const prefix = parsePrefix(address);
  if (prefix?.family !== 'inet') return false;
  return others.some((other) => {
    const first = parsePrefix(other.address);
    return first?.length === prefix.length && contains(first, prefix) && !other.flags.includes('secondary');
  });
}

/**
 * Old programs know an address by its label, as if it were a link: so it has to begin with the name of its own (ip-address(8), `label`).
 * @throws NetnsError INVALID_INPUT when it does not.
 */
export function checkLabel({ name }: Link, label: string | undefined): void {
  if (label === undefined || label === name || label.startsWith(`${name}:`)) return;
  fail(
    'INVALID_INPUT',
    `The label ${label} does not begin with the name of its link, ${name}.`,
    `Say ${name}:${label.replace(/^.*:/, '')}, or leave label out.`,
  );
}

/** What the kernel will show of an address. @param others That the link has already. */
export function addressOf(link: Link, input: Partial<NewAddressInput> & Pick<NewAddressInput, 'address'>, others: readonly Address[]): Address {
  const { address, peer, scope, broadcast, label, metric, valid_lft_s, preferred_lft_s } = input;
  return {
    link: link.name,
    link_index: link.index,
    family: isIpv6(address) ? 'inet6' : 'inet',
    address,
    peer: peer ?? null,
    broadcast: broadcast ?? null,
    scope: scope ?? defaultScope(address),
    flags: [
      ...(isSecondary(address, others) ? ['secondary'] : []),
      ...(valid_lft_s === undefined ? [] : ['dynamic']),
      ...FLAGS.filter((flag) => input[flag] === true),
    ],
    label: label === undefined || label === link.name ? null : label,
    metric: metric ?? null,
    valid_lft_s: valid_lft_s ?? null,
    preferred_lft_s: preferred_lft_s ?? valid_lft_s ?? null,
  };
}

/** The words of `ip address VERB` for an input. @param device As an argument. */
export function newAddressArguments(verb: 'add' | 'replace', input: NewAddressInput, device: string): string[] {
  const { address, peer, scope, broadcast, label, metric, valid_lft_s } = input;
  const preferred = input.preferred_lft_s ?? valid_lft_s;
  const word = (name: string, value: string | number | undefined) => (value === undefined ? [] : [name, String(value)]);
  return [
    ...['address', verb, ...addressWords(address, peer)],
    ...word('broadcast', broadcast),
    ...['dev', device],
    ...word('scope', scope),
    ...word('label', label),
    ...word('metric', metric),
    ...word('valid_lft', valid_lft_s),
    ...word('preferred_lft', preferred),
    ...FLAGS.filter((flag) => input[flag] === true),
  ];
}

/** A lifetime counts down: one that was set so lately is what was asked for. */
const JUST_SET_S = 5;

/** What `ip address replace` sets on an address that is there (inet_rtm_newaddr, net/ipv4/devinet.c; inet6_addr_modify, net/ipv6/addrconf.c). */
const REPLACED = { inet: ['metric', 'valid_lft_s', 'preferred_lft_s'], inet6: ['metric', 'valid_lft_s', 'preferred_lft_s', ...FLAGS] } as const;

const FACTS = ['scope', 'broadcast', 'label', 'metric', 'valid_lft_s', 'preferred_lft_s', ...FLAGS] as const;
type AddressFact = (typeof FACTS)[number];

function isFlag(fact: AddressFact): fact is (typeof FLAGS)[number] {
  return FLAGS.some((flag) => flag === fact);
}

function isAlike(fact: AddressFact, known: Address, wanted: Address): boolean {
  return isFlag(fact) ? known.flags.includes(fact) === wanted.flags.includes(fact) : known[fact] === wanted[fact];
}

/** In what an address that is there differs from what is said about it. How long it still lives is no difference. */
export function differences(known: Address, wanted: Address, input: NewAddressInput): AddressFact[] {
  return FACTS.filter((fact) => {
    if (input[fact] === undefined) return false;
    if (fact === 'valid_lft_s' || fact === 'preferred_lft_s') return (known[fact] === null) !== (wanted[fact] === null);
    return !isAlike(fact, known, wanted);
  });
}

/** What replacing it changes, said or not: what is not said becomes the default, but for the metric of an IPv6 address. */
export function replacedFacts(known: Address, wanted: Address, input: NewAddressInput): AddressFact[] {
  return REPLACED[known.family].filter((fact) => {
    if (fact === 'metric') return !isAlike(fact, known, wanted) && (known.family === 'inet' || input.metric !== undefined);
    if (fact !== 'valid_lft_s' && fact !== 'preferred_lft_s') return !isAlike(fact, known, wanted);
    const [now, then] = [known[fact], wanted[fact]];
    return now === null || then === null ? now !== then : now > then || then - now > JUST_SET_S;
  });
}

/** What is the same in all operations on an address. */
export const ON_ADDRESS = {
  destroys: false,
  namespaces: ({ namespace }: { namespace: string }) => [namespace],
  subjects: addressSubjects,
  result: { link: ShownLink.nullable() },
  show: ({ namespace, link }: { namespace: string; link: string }, world: World) => ({ link: shownLink(world, namespace, link) }),
  tell: ({ link }: { link: z.output<typeof ShownLink> | null }, { namespace }: { namespace: string }) => `${namespace}: ${tellLink(link)}`,
} as const;
