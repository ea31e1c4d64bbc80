// add_address
import { fail } from '../../../model/errors.js';
import { ALREADY_SO, defineOperation, step } from '../../operation.js';
import {
  addressOf,
  addressSections,
  checkLabel,
  differences,
  findAddress,
  NewAddressInput,
  newAddressArguments,
  ON_ADDRESS,
} from '../../parts/addresses/address.js';
import { addressesOf } from '../../parts/inputs.js';
import { linkArgument } from '../../plan/world.js';

/** Gives a link an address. Equivalent to: ip address add ADDRESS/LENGTH dev LINK (ip-address(8)). */
export const addAddress = defineOperation({
  ...ON_ADDRESS,
  name: 'add_address',
  title: 'Add an address',
  description: 'Gives a link an IPv4 or IPv6 address. The prefix length decides which neighbours are reached directly.',
  action: 'address.add',
  input: NewAddressInput,
  needs: addressSections,
  plan(input, world) {
    const { namespace, link, address } = input;
    const found = world.link(namespace, link);
    checkLabel(found, input.label);
    const known = findAddress(world, input);
    const differs = known ? differences(known, addressOf(found, input, []), input) : [];
    if (known && differs.length === 0) return ALREADY_SO;
    if (known) {
      return fail(
        'ADDRESS_CONFLICT',
        `${found.name} already has ${address}, with another ${differs.join(', ')}.`,
        'Use replace_address for lifetimes, metric and flags; else delete it first.',
        { address, known },
      );
    }
    const device = linkArgument(found, world.links(namespace));
    return { steps: [step(world.at(namespace), newAddressArguments('add', input, device))], loses: [], undoable: true };
  },
  foresee(input, foreseen) {
    const { namespace, link } = input;
    const found = foreseen.link(namespace, link);
    foreseen.addAddress(namespace, addressOf(found, input, addressesOf(foreseen, namespace, found)));
  },
});
