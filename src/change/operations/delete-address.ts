// delete_address
import { routeText } from '../../kernel/explain.js';
import { contains, parsePrefix } from '../../model/ip.js';
import type { Address, Link, Route } from '../../model/snapshot.js';
import { ALREADY_SO, defineOperation, step } from '../operation.js';
import { AddressInput, addressSubjects, findAddress, ofOneFamily } from '../parts/address.js';
import { addressesOf, ShownLink, shownLink, tellLink } from '../parts/inputs.js';
import { addressArguments, addressWords, configured, isConfigured, isRestorable, isThrough, routeArguments } from '../parts/restore.js';
import { linkArgument } from '../world.js';

/** Addresses that go with a primary one: the kernel deletes the secondaries of its prefix, unless promote_secondaries is set (ip-sysctl). */
function secondariesOf(primary: Address, all: readonly Address[]): Address[] {
  const prefix = parsePrefix(primary.address);
  if (!prefix || primary.family !== 'inet' || primary.flags.includes('secondary')) return [];
  return all.filter(({ address, flags }) => {
    const other = parsePrefix(address);
    return flags.includes('secondary') && other !== null && other.length === prefix.length && contains(prefix, other);
  });
}

/**
 * Routes that the kernel drops with an IPv4 address: those that name it as their source, wherever they lead (fib_sync_down_addr), and,
 * with the last one of a link, all through that link (fib_disable_ip). Others stay, even when their next hop is out of reach now.
 */
function lostRoutes({ family, address }: Address, link: Link, isLast: boolean, routes: readonly Route[]): Route[] {
  if (family !== 'inet') return [];
  return configured(routes.filter((route) => route.family === 'inet' && (route.source === address.split('/')[0] || (isLast && isThrough(route, link)))));
}

/**
 * True when the address, added again, stands where it matters: the kernel puts an IPv4 address last and an IPv6 address first of its
 * scope, and takes the first as the source of packets where nothing else decides.
 */
function keepsPlace(known: Address, addresses: readonly Address[]): boolean {
  const [first, ...others] = addresses.filter(({ family, scope, flags }) => family === known.family && scope === known.scope && !flags.includes('secondary'));
  return known.family === 'inet6' ? first === known : first !== known || others.length === 0;
}

/** Takes an address from a link. Equivalent to: ip address delete ADDRESS/LENGTH dev LINK (ip-address(8)). */
export const deleteAddress = defineOperation({
  name: 'delete_address',
  title: 'Delete an address',
  description: 'Takes an address from a link; the routes that depend on it go too.',
  action: 'address.delete',
  destroys: false,
  input: AddressInput.omit({ scope: true }).refine(ofOneFamily, { message: 'address and peer are of different families', path: ['peer'] }),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'addresses', 'routes'],
  subjects: addressSubjects,
  plan(input, world) {
    const { namespace, link } = input;
    const found = world.link(namespace, link);
    const known = findAddress(world, input);
    if (!known) return ALREADY_SO;
    const device = linkArgument(found, world.links(namespace));
    const addresses = addressesOf(world, namespace, found);
    const gone = secondariesOf(known, addresses);
    const stays = addresses.filter((address) => address !== known && address.family === known.family && !gone.includes(address));
    const routes = lostRoutes(known, found, stays.length === 0, world.state(namespace).routes ?? []);
    return {
      steps: [
        step(
          world.at(namespace),
          ['address', 'delete', ...addressWords(known.address, known.peer), 'dev', device],
          ...[known, ...gone].map((address) => addressArguments('replace', address, device)),
          ...routes.map((route) => routeArguments('add', route, world.links(namespace))),
        ),
      ],
      loses: [
        ...gone.map(({ address }) => `secondary address ${address}, unless promote_secondaries is set`),
        ...routes.map((route) => `route ${routeText(route)}`),
      ],
      // Where promote_secondaries is set, another address has become the primary one meanwhile, and stays it.
      undoable: gone.length === 0 && keepsPlace(known, addresses) && isConfigured(known, found) && routes.every(isRestorable),
    };
  },
  result: { link: ShownLink.nullable() },
  show: ({ namespace, link }, world) => ({ link: shownLink(world, namespace, link) }),
  tell: ({ link }, { namespace }) => `${namespace}: ${tellLink(link)}`,
});
