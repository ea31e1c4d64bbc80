// delete_address
import { routeText } from '../../../kernel/explain.js';
import { contains, parsePrefix } from '../../../model/ip.js';
import type { Address, Link, Route } from '../../../model/snapshot.js';
import { addressWords, isConfigured } from '../../objects/address.js';
import { configured, isRestorable, isThrough } from '../../objects/route.js';
import { ALREADY_SO, defineOperation, step } from '../../operation.js';
import { findAddress, KnownAddressInput, ON_ADDRESS } from '../../parts/addresses/address.js';
import { addressesOf } from '../../parts/inputs.js';
import { linkArgument, type World } from '../../plan/world.js';

/** Addresses that go with a primary one: the kernel deletes the secondaries of its prefix, unless promote_secondaries is set (ip-sysctl). */
function secondariesOf(primary: Address, all: readonly Address[]): Address[] {
  const prefix = parsePrefix(primary.address);
  if (!prefix || primary.family !== 'inet' || primary.flags.includes('secondary')) return [];
  return all.filter(({ address, flags }) => {
    const other = parsePrefix(address);
    return flags.includes('secondary') && other !== null && other.length === prefix.length && contains(prefix, other);
  });
}

/** What goes with an address. */
interface Loss {
  secondaries: Address[];
  /** Those that the kernel does not make by itself. */
  routes: Route[];
}

/**
 * Routes go with an IPv4 address that name it as their source, wherever they lead (fib_sync_down_addr), and, with the last one of a link,
 * all through that link (fib_disable_ip). Others stay, even when their next hop is out of reach now.
 */
function lostWith(world: World, namespace: string, link: Link, known: Address): Loss {
  const addresses = addressesOf(world, namespace, link);
  const secondaries = secondariesOf(known, addresses);
  if (known.family !== 'inet') return { secondaries, routes: [] };
  const isLast = addresses.every((address) => address === known || address.family !== 'inet' || secondaries.includes(address));
  const sources = [known, ...secondaries].map(({ address }) => address.split('/')[0]);
  const goes = (route: Route) => route.family === 'inet' && (sources.includes(route.source ?? '') || (isLast && isThrough(route, link)));
  return { secondaries, routes: configured((world.state(namespace).routes ?? []).filter(goes)) };
}

/** Takes an address from a link. Equivalent to: ip address delete ADDRESS/LENGTH dev LINK (ip-address(8)). */
export const deleteAddress = defineOperation({
  ...ON_ADDRESS,
  name: 'delete_address',
  title: 'Delete an address',
  description: 'Takes an address from a link; the routes that depend on it go too.',
  action: 'address.delete',
  input: KnownAddressInput,
  needs: ['links', 'addresses', 'routes'],
  plan(input, world) {
    const { namespace, link } = input;
    const found = world.link(namespace, link);
    const known = findAddress(world, input);
    if (!known) return ALREADY_SO;
    const device = linkArgument(found, world.links(namespace));
    const { secondaries, routes } = lostWith(world, namespace, found, known);
    return {
      steps: [step(world.at(namespace), ['address', 'delete', ...addressWords(known.address, known.peer), 'dev', device])],
      loses: [
        ...secondaries.map(({ address }) => `secondary address ${address}, unless promote_secondaries is set`),
        ...routes.map((route) => `route ${routeText(route)}`),
      ],
      // What came from a router or a lease comes back by itself, or not.
      undoable: isConfigured(known, found) && routes.every(isRestorable),
    };
  },
  foresee(input, foreseen) {
    const { namespace, link } = input;
    const known = findAddress(foreseen, input);
    if (!known) return;
    const { secondaries, routes } = lostWith(foreseen, namespace, foreseen.link(namespace, link), known);
    for (const address of [...secondaries, known]) foreseen.dropAddress(namespace, address);
    foreseen.drop(namespace, 'routes', (route) => routes.includes(route));
  },
});
