// add_address
import { fail } from '../../model/errors.js';
import { ALREADY_SO, defineOperation, step } from '../operation.js';
import { AddressInput, addressSubjects, findAddress, ofOneFamily } from '../parts/address.js';
import { ShownLink, shownLink, tellLink } from '../parts/inputs.js';
import { addressWords } from '../parts/restore.js';
import { linkArgument } from '../world.js';

/** Gives a link an address. Equivalent to: ip address add ADDRESS/LENGTH dev LINK (ip-address(8)). */
export const addAddress = defineOperation({
  name: 'add_address',
  title: 'Add an address',
  description: 'Gives a link an IPv4 or IPv6 address. The prefix length decides which neighbours are reached directly.',
  action: 'address.add',
  destroys: false,
  input: AddressInput.refine(ofOneFamily, { message: 'address and peer are of different families', path: ['peer'] }).refine(
    ({ address, scope }) => scope === undefined || !address.includes(':'),
    {
      message: 'the scope of an IPv6 address follows from the address: leave scope out',
      path: ['scope'],
    },
  ),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'addresses'],
  subjects: addressSubjects,
  plan(input, world) {
    const { namespace, link, address, peer, scope } = input;
    const found = world.link(namespace, link);
    const known = findAddress(world, input);
    if (known && (scope === undefined || known.scope === scope)) return ALREADY_SO;
    if (known)
      return fail('ADDRESS_CONFLICT', `${found.name} already has ${address}, with scope ${known.scope}.`, 'Delete it first, or leave scope out.', {
        address,
        scope: known.scope,
      });
    const device = linkArgument(found, world.links(namespace));
    const words = addressWords(address, peer);
    return {
      steps: [
        step(
          world.at(namespace),
          ['address', 'add', ...words, 'dev', device, ...(scope ? ['scope', scope] : [])],
          ['address', 'delete', ...words, 'dev', device],
        ),
      ],
      loses: [],
      undoable: true,
    };
  },
  result: { link: ShownLink.nullable() },
  show: ({ namespace, link }, world) => ({ link: shownLink(world, namespace, link) }),
  tell: ({ link }, { namespace }) => `${namespace}: ${tellLink(link)}`,
});
