// add_neighbour
import { z } from 'zod';
import { fail } from '../../../model/errors.js';
import { MacAddress } from '../../../model/ip.js';
import type { Neighbour } from '../../../model/snapshot.js';
import { isSet, neighbourCommand, neighbourKey, neighbourText } from '../../objects/neighbour.js';
import { ALREADY_SO, defineOperation, step } from '../../operation.js';
import { findNeighbour, NeighbourInput, neighbourSubjects } from '../../parts/addresses/neighbour.js';
import type { World } from '../../plan/world.js';

const NewNeighbourInput = z.strictObject({
  ...NeighbourInput.shape,
  mac: MacAddress.optional(),
  router: z.boolean().default(false).describe('IPv6: it is a router'),
  replace: z.boolean().default(false).describe('Change one that was set and differs'),
});
type NewNeighbourInput = z.output<typeof NewNeighbourInput>;

function newNeighbour(world: World, { namespace, link, address, mac, router, proxy }: NewNeighbourInput): Neighbour {
  return {
    ...{ address, device: world.findLink(namespace, link)?.name ?? link, router },
    ...(proxy ? { mac: null, state: ['PROXY'] } : { mac: mac ?? null, state: ['PERMANENT'] }),
  };
}

/** Sets a neighbour entry for good. Equivalent to: ip neighbour replace ADDRESS lladdr MAC nud permanent dev LINK (ip-neighbour(8)). */
export const addNeighbour = defineOperation({
  name: 'add_neighbour',
  title: 'Add a neighbour entry',
  description: 'Sets the MAC address of a neighbour for good, so that nobody is asked; or with proxy, answers ARP and ND for an address.',
  action: 'neighbour.add',
  destroys: false,
  input: NewNeighbourInput.refine(({ mac, proxy }) => proxy === (mac === undefined), { message: 'give mac, or proxy', path: ['mac'] }).refine(
    ({ router, address }) => !router || address.includes(':'),
    { message: 'only IPv6 neighbours are known as routers', path: ['router'] },
  ),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'neighbours'],
  subjects: neighbourSubjects,
  plan(input, world) {
    const { namespace, link, replace } = input;
    const { name, flags } = world.link(namespace, link);
    const wanted = newNeighbour(world, input);
    const known = findNeighbour(world, input);
    const wasSet = known !== null && isSet(known);
    if (wasSet && known.mac === wanted.mac && known.router === wanted.router) return ALREADY_SO;
    if (wasSet && !replace) {
      return fail('OBJECT_EXISTS', `${name} already has the entry ${neighbourText(known)}.`, 'Say replace, or delete_neighbour first.', { there: known });
    }
    if (!input.proxy && flags.includes('NOARP')) {
      return fail('LINK_KIND_MISMATCH', `Link ${name} knows no MAC addresses of neighbours.`, 'Neighbours are of Ethernet-like links.', { link: name });
    }
    return {
      steps: [step(world.at(namespace), neighbourCommand('replace', wanted, world.links(namespace)).args)],
      loses: wasSet ? [`the entry ${neighbourText(known)}`] : [],
      undoable: true,
      touches: [{ namespace, kind: 'neighbour', key: neighbourKey(wanted) }],
    };
  },
  foresee(input, foreseen) {
    const wanted = newNeighbour(foreseen, input);
    foreseen.drop(input.namespace, 'neighbours', (known) => neighbourKey(known) === neighbourKey(wanted));
    foreseen.put(input.namespace, 'neighbours', wanted);
  },
  result: { neighbour: z.string().nullable() },
  show: (input, world) => {
    const known = findNeighbour(world, input);
    return { neighbour: known && neighbourText(known) };
  },
  tell: ({ neighbour }, { namespace }) => (neighbour ? `${namespace}: ${neighbour}` : `${namespace} has no such entry.`),
});
