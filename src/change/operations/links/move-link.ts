// move_link
import { z } from 'zod';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { indexOf, LinkReference, NewLinkName } from '../../../model/names.js';
import type { Subject } from '../../../model/policy.js';
import { ReferenceText } from '../../../model/reference.js';
import type { Link } from '../../../model/snapshot.js';
import { addressArguments, configuredAddresses } from '../../objects/address.js';
import { isRestorable, routesLostWith } from '../../objects/route.js';
import { ALREADY_SO, defineOperation, linkAt, step } from '../../operation.js';
import { addressesOf, InNamespace, ShownLink, shownLink, tellLink } from '../../parts/inputs.js';
import { tellOpposite, touchedOpposite } from '../../parts/links/carrier.js';
import { tellHanging, tellLost } from '../../parts/links/losses.js';
import { peerNamespaces, peerPlaces } from '../../parts/links/peers.js';
import { ALONG_WITH_A_LINK } from '../../parts/links/scope.js';
import { touchedAlong } from '../../parts/links/stack.js';
import { linkArgument } from '../../plan/world.js';

/** Kinds whose links the kernel pins to their namespace: older tools do not tell (netns_immutable of their drivers). */
const PINNED_KINDS = ['bridge', 'bond', 'team', 'vrf', 'batadv'];

/** Why the kernel, or prudence, keeps this link where it is; null when it may go. */
function pinnedBecause(link: Link): string | null {
  if (link.kind === 'loopback') return 'every namespace has its own loopback, and the kernel pins it there';
  if (link.netns_immutable || PINNED_KINDS.includes(link.kind)) return `the kernel pins links of kind ${link.kind} to the namespace they were made in`;
  if (link.kind === 'physical') return 'it is a physical device: when the namespace it is in dies, it may be lost until the next boot';
  return null;
}

const UP_STATE = 'the up state: it arrives down';

/** Moves a link to another network namespace. Equivalent to: ip link set dev LINK netns TARGET [name NEW] (ip-link(8)). */
export const moveLink = defineOperation({
  name: 'move_link',
  title: 'Move a link',
  description:
    'Moves a link to another namespace. It arrives down and without addresses and routes, unless keep_addresses and up; the answer lists what is lost.',
  action: 'link.move',
  alsoActs: ({ keep_addresses, new_name, up }) => [
    ...(keep_addresses ? (['address.add'] as const) : []),
    ...(new_name !== undefined || up === true ? (['link.set'] as const) : []),
  ],
  destroys: false,
  input: z.strictObject({
    link: LinkReference,
    from: InNamespace,
    to: ReferenceText.describe('Namespace reference, e.g. NAME or pid:N'),
    new_name: NewLinkName.optional(),
    keep_addresses: z.boolean().default(false).describe('Give it its addresses again'),
    up: z.boolean().optional().describe('Bring it up there'),
  }),
  namespaces: ({ from, to }) => [from, to],
  needs: ALONG_WITH_A_LINK,
  alsoTouches({ from, link }, world) {
    const found = world.findLink(from, link);
    return found ? peerNamespaces(world, from, [found]) : [];
  },
  subjects({ link, from, to, new_name, keep_addresses }, world) {
    const found = keep_addresses ? world.findLink(from, link) : null;
    const kept = found ? configuredAddresses(addressesOf(world, from, found), found) : [];
    return [linkAt(world, from, link), linkAt(world, to, new_name ?? link), ...kept.map(({ address }): Subject => ({ kind: 'address', address }))];
  },
  plan({ link, from, to, new_name, keep_addresses, up }, world) {
    const [source, target] = [world.at(from), world.at(to)];
    const there = world.findLink(to, new_name ?? link);
    const here = world.findLink(from, link);
    if (source.inode === target.inode) {
      if (here && (new_name === undefined || new_name === here.name)) return ALREADY_SO;
      return fail('INVALID_INPUT', `${placeName(source)} and ${placeName(target)} are the same namespace.`, 'Use set_link with new_name to rename a link.');
    }
    // A link is known again by its name: an index says nothing in another namespace.
    if (!here && there && (new_name !== undefined || indexOf(link) === null)) {
      if (up !== true || there.up) return ALREADY_SO;
      return { steps: [step(target, ['link', 'set', 'dev', linkArgument(there, world.links(to)), 'up'])], loses: [], undoable: true };
    }
    const found = world.link(from, link);
    const pinned = pinnedBecause(found);
    if (pinned) {
      return fail(
        'LINK_CANNOT_MOVE',
        `Link ${found.name} (${found.kind}) stays in ${placeName(source)}: ${pinned}.`,
        'Make a link of its own for the other namespace: create_veth_pair, with one end there.',
        { link: found.name, kind: found.kind },
      );
    }
    const name = new_name ?? found.name;
    if (world.findLink(to, name))
      return fail('LINK_EXISTS', `Namespace ${placeName(target)} already has a link ${name}.`, 'Give new_name.', { link: name, namespace: placeName(target) });
    const device = linkArgument(found, world.links(from));
    // A name that cannot be written down goes along as it is, but from then on only its new index points at it.
    const moved = new_name ?? device;
    if (new_name === undefined && device !== found.name) {
      return fail('INVALID_INPUT', `The name of link index:${found.index} cannot be written in a command.`, 'Give new_name.', { index: found.index });
    }
    const state = world.state(from);
    const addresses = configuredAddresses(addressesOf(world, from, found), found);
    const routes = routesLostWith(state, found);
    return {
      steps: [
        step(source, ['link', 'set', 'dev', device, 'netns', { namespace: target }, ...(new_name === undefined ? [] : ['name', new_name])], {
          follows: peerPlaces(world, from, [found]),
        }),
        ...(keep_addresses ? addresses.map((address) => step(target, addressArguments('add', address, moved))) : []),
        ...(up ? [step(target, ['link', 'set', 'dev', moved, 'up'])] : []),
      ],
      // The kernel unregisters it here, and registers it anew there (__dev_change_net_namespace, net/core/dev.c).
      loses: [
        ...tellLost(keep_addresses ? [] : addresses, routes),
        ...tellHanging(state, found, world.state(to).sysctls),
        ...tellOpposite(world, from, found),
        ...(found.up && !up ? [UP_STATE] : []),
      ],
      undoable: device === found.name && routes.every(isRestorable),
      moved: [{ from, index: found.index, to, name }],
      touches: [...touchedAlong(world, from, found), ...touchedOpposite(world, from, [found])],
    };
  },
  foresee({ link, from, to, new_name, keep_addresses, up }, foreseen) {
    const here = foreseen.findLink(from, link);
    if (here) {
      const addresses = configuredAddresses(addressesOf(foreseen, from, here), here);
      const moved = foreseen.moveLink(from, here.name, to, new_name ?? here.name);
      if (keep_addresses) for (const address of addresses) foreseen.addAddress(to, { ...address, link: moved.name, link_index: moved.index });
    }
    if (up) foreseen.changeLink(to, foreseen.link(to, new_name ?? here?.name ?? link).name, { up });
  },
  result: { link: ShownLink.nullable() },
  show: ({ to, link, new_name }, world) => ({ link: shownLink(world, to, new_name ?? link) }),
  tell: ({ link }, { to }) => (link ? `${to}: ${tellLink(link)}` : `The link is not in ${to} yet.`),
});
