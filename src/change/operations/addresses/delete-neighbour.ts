// delete_neighbour
import { z } from 'zod';
import { isSet, neighbourCommand, neighbourKey, neighbourText } from '../../objects/neighbour.js';
import { ALREADY_SO, defineOperation, step } from '../../operation.js';
import { findNeighbour, NeighbourInput, neighbourSubjects } from '../../parts/addresses/neighbour.js';

/** Deletes a neighbour or proxy entry. Equivalent to: ip neighbour delete ADDRESS dev LINK (ip-neighbour(8)). */
export const deleteNeighbour = defineOperation({
  name: 'delete_neighbour',
  title: 'Delete a neighbour entry',
  description: 'Deletes a neighbour entry, set or learnt, or with proxy a proxy entry. What was learnt is learnt again when needed.',
  action: 'neighbour.delete',
  destroys: false,
  input: NeighbourInput,
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'neighbours'],
  subjects: neighbourSubjects,
  plan(input, world) {
    const { namespace, link } = input;
    world.link(namespace, link);
    const known = findNeighbour(world, input);
    if (!known) return ALREADY_SO;
    return {
      steps: [step(world.at(namespace), neighbourCommand('delete', known, world.links(namespace)).args)],
      loses: isSet(known) ? [`the entry ${neighbourText(known)}`] : [],
      undoable: true,
      touches: [{ namespace, kind: 'neighbour', key: neighbourKey(known) }],
    };
  },
  foresee(input, foreseen) {
    const known = findNeighbour(foreseen, input);
    if (known) foreseen.drop(input.namespace, 'neighbours', (other) => neighbourKey(other) === neighbourKey(known));
  },
  result: { neighbour: z.string().nullable() },
  show: (input, world) => {
    const known = findNeighbour(world, input);
    return { neighbour: known && neighbourText(known) };
  },
  tell: ({ neighbour }, { namespace }) => (neighbour ? `${namespace} still has ${neighbour}.` : `${namespace} has no such entry.`),
});
