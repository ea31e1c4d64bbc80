// replace_address
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
  replacedFacts,
} from '../../parts/addresses/address.js';
import { addressesOf } from '../../parts/inputs.js';
import { linkArgument } from '../../plan/world.js';

/** What only a new address can have otherwise. */
const FIXED = ['scope', 'broadcast', 'label'];

/** Sets lifetimes, metric and flags of an address, or adds it. Equivalent to: ip address replace ADDRESS/LENGTH dev LINK (ip-address(8)). */
export const replaceAddress = defineOperation({
  ...ON_ADDRESS,
  name: 'replace_address',
  title: 'Replace an address',
  description: 'Sets the lifetimes, metric and flags of an address; adds it when it is not there. What is left out becomes the default.',
  action: 'address.add',
  input: NewAddressInput,
  needs: addressSections,
  plan(input, world) {
    const { namespace, link, address } = input;
    const found = world.link(namespace, link);
    checkLabel(found, input.label);
    const known = findAddress(world, input);
    const wanted = addressOf(found, input, []);
    const changes = known ? replacedFacts(known, wanted, input) : [];
    const fixed = known
      ? differences(known, wanted, input).filter((fact) => FIXED.includes(fact) || (fact === 'noprefixroute' && known.family === 'inet'))
      : [];
    if (known && fixed.length > 0) {
      return fail(
        'ADDRESS_CONFLICT',
        `${found.name} has ${address} with another ${fixed.join(', ')}, which the kernel does not change.`,
        'delete_address first, then add_address.',
        { address, known },
      );
    }
    if (known && changes.length === 0) return ALREADY_SO;
    const device = linkArgument(found, world.links(namespace));
    const loses = known ? changes.map((fact) => `the ${fact} that ${address} had`) : [];
    return { steps: [step(world.at(namespace), newAddressArguments('replace', input, device))], loses, undoable: true };
  },
  foresee(input, foreseen) {
    const { namespace, link } = input;
    const found = foreseen.link(namespace, link);
    const known = findAddress(foreseen, input);
    const others = addressesOf(foreseen, namespace, found).filter((address) => address !== known);
    const replacing = addressOf(found, input, others);
    if (!known) return foreseen.addAddress(namespace, replacing);
    foreseen.exchange(namespace, 'addresses', known, replacing);
  },
});
