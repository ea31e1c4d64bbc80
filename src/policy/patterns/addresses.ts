// Patterns of addresses: prefixes, host names, and whatever resolv.conf names.
import { contains, networkOf, type Prefix, parsePrefix, prefixText } from '../../model/ip.js';
import { RESOLVER } from '../grammar/names.js';
import { judgeList, type PatternList } from './list.js';
import { type Verdict, verdict } from './verdict.js';
import { fitsWildcard } from './wildcard.js';

export type AddressPattern = { by: 'prefix'; prefix: Prefix } | { by: 'name'; glob: string } | { by: 'resolver' };

export const ADDRESS_GRAMMAR = `an address or prefix such as 10.0.0.0/8 | ${RESOLVER} | name:GLOB of host names, each with ! before it for all but`;

/** IPv6 addresses that are IPv4 addresses to the kernel (RFC 4291, 2.5.5.2). */
const MAPPED: Prefix = { family: 'inet6', address: '::ffff:0:0', length: 96 };

/** Reads a pattern; a text says why it is none. */
export function readAddressPattern(text: string): AddressPattern | string {
  if (text === RESOLVER) return { by: 'resolver' };
  if (text.startsWith('name:')) {
    const glob = text.slice('name:'.length).toLowerCase();
    return /^[a-z0-9_.*?-]+$/.test(glob) ? { by: 'name', glob } : `"${text}" fits no host name`;
  }
  const prefix = parsePrefix(text);
  if (!prefix) return `"${text}" is no address pattern; write ${ADDRESS_GRAMMAR}`;
  const network = prefixText(networkOf(prefix));
  if (network !== prefixText(prefix)) return `"${text}" has bits after its prefix length; write ${network}`;
  if (contains(MAPPED, prefix)) return `"${text}" is an IPv4 address in IPv6 dress; write the IPv4 address`;
  return { by: 'prefix', prefix };
}

/** The addresses that a subject stands for, as the kernel takes them; null when it is a name. */
function prefixOf(subject: string): Prefix | null {
  const prefix = parsePrefix(subject.replace(/%[^/]*/, ''));
  if (prefix === null) return null;
  // Sending to the unspecified address is sending to this host (ip(7), ipv6(7)).
  if (subject === '0.0.0.0') return { family: 'inet', address: '127.0.0.1', length: 32 };
  if (subject === '::') return { family: 'inet6', address: '::1', length: 128 };
  if (!contains(MAPPED, prefix)) return prefix;
  // Its canonical spelling ends in the IPv4 address: ::ffff:10.0.0.1.
  return { family: 'inet', address: prefix.address.slice(prefix.address.lastIndexOf(':') + 1), length: prefix.length - MAPPED.length };
}

function judgeOne(pattern: AddressPattern, subject: string): Verdict {
  const prefix = subject === RESOLVER ? null : prefixOf(subject);
  switch (pattern.by) {
    case 'prefix':
      // A name, or resolv.conf, may lead to any address.
      if (prefix === null) return 'maybe';
      return contains(pattern.prefix, prefix) ? 'yes' : contains(prefix, pattern.prefix) ? 'maybe' : 'no';
    case 'name':
      return verdict(prefix === null && subject !== RESOLVER && fitsWildcard(pattern.glob, subject));
    case 'resolver':
      // Names are looked up, which asks the name servers.
      return subject === RESOLVER ? 'yes' : prefix === null ? 'maybe' : 'no';
  }
}

/** `maybe` when only a part of a prefix fits, or where a name leads to decides. */
export function judgeAddress(list: PatternList<AddressPattern>, subject: string): Verdict {
  return judgeList(list, (pattern) => judgeOne(pattern, subject));
}
