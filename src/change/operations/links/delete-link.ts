// delete_link
import { z } from 'zod';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { LinkReference } from '../../../model/names.js';
import type { Link } from '../../../model/snapshot.js';
import { configuredAddresses } from '../../objects/address.js';
import { linkKind } from '../../objects/link.js';
import { isRestorable, routesLostWith } from '../../objects/route.js';
import { ALREADY_SO, defineOperation, linkAt, step } from '../../operation.js';
import { addressesOf, InNamespace } from '../../parts/inputs.js';
import { oppositeOf, touchedOpposite } from '../../parts/links/carrier.js';
import { tellAliases, tellHanging, tellLost } from '../../parts/links/losses.js';
import { otherEndOf, peerNamespaces, peerPlaces, peerSubjects } from '../../parts/links/peers.js';
import { ON_A_LINK } from '../../parts/links/scope.js';
import { portsOf, touchedAlong, uppersOf } from '../../parts/links/stack.js';
import { linkArgument } from '../../plan/world.js';

/** Deletes a virtual link; of a veth pair both ends go. Equivalent to: ip link delete dev LINK (ip-link(8)). */
export const deleteLink = defineOperation({
  name: 'delete_link',
  title: 'Delete a link',
  description: 'Deletes a virtual link. Deleting one end of a veth pair deletes the other as well, wherever it is.',
  action: 'link.delete',
  destroys: true,
  input: z.strictObject({ namespace: InNamespace, link: LinkReference }),
  namespaces: ({ namespace }) => [namespace],
  needs: ON_A_LINK,
  alsoTouches({ namespace, link }, world) {
    const found = world.findLink(namespace, link);
    return found ? peerNamespaces(world, namespace, [found]) : [];
  },
  subjects({ namespace, link }, world) {
    const found = world.findLink(namespace, link);
    if (!found) return [linkAt(world, namespace, link)];
    const peerHere = found.kind === 'veth' && found.peer ? [linkAt(world, namespace, found.peer)] : [];
    const uppers = uppersOf(world, namespace, found).map(({ index }) => linkAt(world, namespace, `index:${index}`));
    return [linkAt(world, namespace, link), ...peerHere, ...uppers, ...peerSubjects(world, namespace, [found])];
  },
  plan({ namespace, link }, world) {
    const found = world.findLink(namespace, link);
    if (!found) return ALREADY_SO;
    if (found.kind === 'loopback' || found.kind === 'physical') {
      return fail(
        'LINK_CANNOT_DELETE',
        `Link ${found.name} in ${placeName(world.at(namespace))} is ${found.kind === 'loopback' ? 'the loopback' : 'a physical device'}: it cannot be deleted.`,
        'set_link can bring it down.',
      );
    }
    const state = world.state(namespace);
    const [uppers, ports] = [uppersOf(world, namespace, found), portsOf(world, namespace, found)];
    const opposite = oppositeOf(world, namespace, found);
    const canBeMade = (each: Link) => linkKind.lacks?.({ ...each, other: otherEndOf(world, namespace, each) }) == null;
    const isUndoable = [found, ...uppers].every((each) => canBeMade(each) && routesLostWith(state, each).every(isRestorable));
    return {
      steps: [
        step(world.at(namespace), ['link', 'delete', 'dev', linkArgument(found, world.links(namespace))], { follows: peerPlaces(world, namespace, [found]) }),
      ],
      loses: [
        ...(found.kind === 'veth' ? [`the other end, ${found.peer ?? `index ${found.peer_index} in the namespace with id ${found.link_netnsid}`}`] : []),
        ...tellLost(configuredAddresses(addressesOf(world, namespace, found), found), routesLostWith(state, found)),
        ...tellHanging(state, found),
        ...tellAliases([found, ...(opposite ? [opposite.link] : []), ...uppers]),
        ...ports.map(({ name }) => `membership of ${name} in ${found.name}`),
        ...uppers.map(({ name, kind }) => `link ${name} (${kind}), which stands on it`),
      ],
      undoable: isUndoable,
      touches: [
        ...ports.map(({ index }) => ({ namespace, link: `index:${index}` })),
        ...touchedAlong(world, namespace, found),
        ...touchedOpposite(world, namespace, [found]),
      ],
    };
  },
  foresee({ namespace, link }, foreseen) {
    foreseen.dropLink(namespace, foreseen.link(namespace, link).name);
  },
  result: { links_left: z.array(z.string()) },
  show: ({ namespace }, world) => ({ links_left: world.links(namespace).map(({ name }) => name) }),
  tell: ({ links_left }, { namespace }) => `${namespace} has ${links_left.join(', ')}.`,
});
