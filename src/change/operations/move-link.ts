// move_link
import { z } from 'zod';
import { routeText } from '../../kernel/explain.js';
import { placeName } from '../../model/change.js';
import { fail } from '../../model/errors.js';
import { indexOf, LinkReference, NewLinkName } from '../../model/names.js';
import { ReferenceText } from '../../model/reference.js';
import type { Address, Link, NamespaceState } from '../../model/snapshot.js';
import { ALREADY_SO, defineOperation, linkAt, step } from '../operation.js';
import { addressesOf, InNamespace, ShownLink, shownLink, tellLink } from '../parts/inputs.js';
import { addressArguments, configuredAddresses, isRestorable, restoreLink, routesLostWith } from '../parts/restore.js';
import { linkArgument } from '../world.js';

/** Queueing disciplines that the kernel gives a link by itself. */
const DEFAULT_QDISCS = ['noop', 'noqueue', 'fq_codel', 'pfifo_fast', 'mq'];

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
const hasOwnQdisc = ({ qdisc }: Link) => qdisc !== null && !DEFAULT_QDISCS.includes(qdisc);

/** What a link leaves behind when it changes its namespace: the kernel unregisters it here and registers it anew there (dev_change_net_namespace, net/core/dev.c). */
function losses(link: Link, addresses: readonly Address[], state: NamespaceState, keepAddresses: boolean): string[] {
  return [
    ...(keepAddresses ? [] : configuredAddresses(addresses, link).map(({ address }) => `address ${address}`)),
    ...routesLostWith(state, link).map((route) => `route ${routeText(route)}`),
    ...(link.master ? [`membership in ${link.master}`] : []),
    ...(hasOwnQdisc(link) ? [`queueing discipline ${link.qdisc}`] : []),
    ...(link.up ? [UP_STATE] : []),
  ];
}

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
  needs: ['links', 'addresses', 'routes'],
  subjects: ({ link, from, to, new_name }, world) => [linkAt(world, from, link), linkAt(world, to, new_name ?? link)],
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
      const isDown = up === true && !there.up;
      const device = linkArgument(there, world.links(to));
      return isDown
        ? { steps: [step(target, ['link', 'set', 'dev', device, 'up'], ['link', 'set', 'dev', device, 'down'])], loses: [], undoable: true }
        : ALREADY_SO;
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
    const addresses = addressesOf(world, from, found);
    const rename = new_name === undefined ? [] : ['name', new_name];
    const back = {
      place: target,
      // The old name can be given back only when it can be written.
      args: ['link', 'set', 'dev', moved, 'netns', { namespace: source }, ...(new_name === undefined || device !== found.name ? [] : ['name', found.name])],
    };
    return {
      steps: [
        {
          place: source,
          args: ['link', 'set', 'dev', device, 'netns', { namespace: target }, ...rename],
          undo: [back, ...restoreLink(source, found, addresses, state)],
        },
        ...(keep_addresses ? configuredAddresses(addresses, found).map((address) => step(target, addressArguments('add', address, moved))) : []),
        ...(up ? [step(target, ['link', 'set', 'dev', moved, 'up'])] : []),
      ],
      loses: losses(found, addresses, state, keep_addresses).filter((lost) => !(up && lost === UP_STATE)),
      undoable: device === found.name && !hasOwnQdisc(found) && routesLostWith(state, found).every(isRestorable),
      moved: [{ from, index: found.index, to, name }],
    };
  },
  result: { link: ShownLink.nullable() },
  show: ({ to, link, new_name }, world) => ({ link: shownLink(world, to, new_name ?? link) }),
  tell: ({ link }, { to }) => (link ? `${to}: ${tellLink(link)}` : `The link is not in ${to} yet.`),
});
