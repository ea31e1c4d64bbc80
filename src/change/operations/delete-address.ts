// delete_address
import { contains, parsePrefix } from '../../model/ip.js';
import type { Address } from '../../model/snapshot.js';
import { ALREADY_SO, defineOperation, step } from '../operation.js';
import { AddressInput, addressSubjects, findAddress } from '../parts/address.js';
import { addressesOf, ShownLink, shownLink, tellLink } from '../parts/inputs.js';
import { addressArguments, routeArguments, routeText } from '../parts/restore.js';
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

/** Takes an address from a link. Equivalent to: ip address delete ADDRESS/LENGTH dev LINK (ip-address(8)). */
export const deleteAddress = defineOperation({
  name: 'delete_address',
  title: 'Delete an address',
  description: 'Takes an address from a link; the routes that depend on it go too.',
  action: 'address.delete',
  destroys: false,
  input: AddressInput.omit({ scope: true }),
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
    const [local = '', length = ''] = known.address.split('/');
    const prefix = parsePrefix(known.address);
    const stays = addresses.filter((address) => address !== known && !gone.includes(address));
    // Routes through a next hop that no other address reaches, or that name the address as their source, are dropped by the kernel.
    const routes = (world.state(namespace).routes ?? []).filter(({ protocol, type, device: by, via, source }) => {
      if (protocol === 'kernel' || type !== 'unicast' || by !== found.name) return false;
      const hop = via === null ? null : parsePrefix(via);
      const reached = hop !== null && stays.some(({ address }) => contains(parsePrefix(address) ?? hop, hop));
      return source === local || (hop !== null && prefix !== null && contains(prefix, hop) && !reached);
    });
    const words = known.peer ? [local, 'peer', `${known.peer}/${length}`] : [known.address];
    return {
      steps: [
        step(
          world.at(namespace),
          ['address', 'delete', ...words, 'dev', device],
          ...[known, ...gone].map((address) => addressArguments(address, device)),
          ...routes.map((route) => routeArguments('add', route)),
        ),
      ],
      loses: [
        ...gone.map(({ address }) => `secondary address ${address}, unless promote_secondaries is set`),
        ...routes.map((route) => `route ${routeText(route)}`),
      ],
      undoable: true,
    };
  },
  result: { link: ShownLink.nullable() },
  show: ({ namespace, link }, world) => ({ link: shownLink(world, namespace, link) }),
  tell: ({ link }, { namespace }) => `${namespace}: ${tellLink(link)}`,
});
