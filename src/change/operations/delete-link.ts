// delete_link
import { z } from 'zod';
import { routeText } from '../../kernel/explain.js';
import { placeName } from '../../model/change.js';
import { fail } from '../../model/errors.js';
import { LinkReference } from '../../model/names.js';
import { ALREADY_SO, defineOperation, linkAt, step } from '../operation.js';
import { addressesOf, InNamespace } from '../parts/inputs.js';
import { peerNamespaces, peerSubjects } from '../parts/peers.js';
import { isConfigured, routesLostWith } from '../parts/restore.js';
import { linkArgument } from '../world.js';

/** Deletes a virtual link; of a veth pair both ends go. Equivalent to: ip link delete dev LINK (ip-link(8)). */
export const deleteLink = defineOperation({
  name: 'delete_link',
  title: 'Delete a link',
  description: 'Deletes a virtual link. Deleting one end of a veth pair deletes the other as well, wherever it is.',
  action: 'link.delete',
  destroys: true,
  input: z.strictObject({ namespace: InNamespace, link: LinkReference }),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'addresses', 'routes'],
  alsoTouches({ namespace, link }, world) {
    const found = world.findLink(namespace, link);
    return found ? peerNamespaces(world, namespace, [found]) : [];
  },
  subjects({ namespace, link }, world) {
    const found = world.findLink(namespace, link);
    const peerHere = found?.kind === 'veth' && found.peer ? [linkAt(world, namespace, found.peer)] : [];
    return [linkAt(world, namespace, link), ...peerHere, ...(found ? peerSubjects(world, namespace, [found]) : [])];
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
    return {
      steps: [step(world.at(namespace), ['link', 'delete', 'dev', linkArgument(found, world.links(namespace))])],
      loses: [
        ...(found.kind === 'veth' ? [`the other end, ${found.peer ?? `index ${found.peer_index} in the namespace with id ${found.link_netnsid}`}`] : []),
        ...addressesOf(world, namespace, found)
          .filter((address) => isConfigured(address, found))
          .map(({ address }) => `address ${address}`),
        ...routesLostWith(world.state(namespace), found).map((route) => `route ${routeText(route)}`),
        ...world
          .links(namespace)
          .filter(({ master }) => master === found.name)
          .map(({ name }) => `membership of ${name} in ${found.name}`),
        // A vlan or macvlan goes with the link that it stands on; a veth's peer only looks like one.
        ...world
          .links(namespace)
          .filter(({ kind, peer }) => kind !== 'veth' && peer === found.name)
          .map(({ name, kind }) => `link ${name} (${kind}), which stands on it`),
      ],
      undoable: false,
    };
  },
  result: { links_left: z.array(z.string()) },
  show: ({ namespace }, world) => ({ links_left: world.links(namespace).map(({ name }) => name) }),
  tell: ({ links_left }, { namespace }) => `${namespace} has ${links_left.join(', ')}.`,
});
