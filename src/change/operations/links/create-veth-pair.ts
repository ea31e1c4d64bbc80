// create_veth_pair
import { z } from 'zod';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { InterfaceAddress, MacAddress, UNKNOWN_MAC } from '../../../model/ip.js';
import { NewLinkName } from '../../../model/names.js';
import type { Subject } from '../../../model/policy.js';
import type { Link } from '../../../model/snapshot.js';
import { ALREADY_SO, defineOperation, linkAt, step } from '../../operation.js';
import { addressOf } from '../../parts/addresses/address.js';
import { addressesOf, InNamespace, Mtu, ShownLink, shownLink, tellLink } from '../../parts/inputs.js';
import { leadsTo } from '../../parts/links/peers.js';
import type { World } from '../../plan/world.js';

const End = z
  .strictObject({
    name: NewLinkName,
    namespace: InNamespace,
    addresses: z.array(InterfaceAddress).max(64).default([]).describe('With prefix length'),
    mac: MacAddress.optional(),
    up: z.boolean().default(false),
  })
  // Clients see it once, for both ends.
  .meta({ id: 'End' });
type End = z.output<typeof End>;

/** True when two links are the two ends of one pair: each names the other's index and namespace. */
function arePeers(world: World, a: End, linkA: Link, b: End, linkB: Link): boolean {
  return (
    linkA.kind === 'veth' &&
    linkB.kind === 'veth' &&
    linkA.peer_index === linkB.index &&
    linkB.peer_index === linkA.index &&
    leadsTo(world, a.namespace, linkA, b.namespace) &&
    leadsTo(world, b.namespace, linkB, a.namespace)
  );
}

/** In what an end that is there differs from what is wanted. */
function differences(end: End, link: Link, mtu: number | undefined, world: World): string[] {
  const has = addressesOf(world, end.namespace, link).map(({ address }) => address);
  return [
    ...(end.mac !== undefined && end.mac !== link.mac ? [`${link.name} has another MAC`] : []),
    ...(mtu !== undefined && mtu !== link.mtu ? [`${link.name} has MTU ${link.mtu}`] : []),
    ...(end.up && !link.up ? [`${link.name} is down`] : []),
    ...end.addresses.filter((address) => !has.includes(address)).map((address) => `${link.name} lacks ${address}`),
  ];
}

/**
 * Makes both ends of a veth pair, each in its namespace, in one kernel request: there never is half a pair.
 * Equivalent to: ip link add name A type veth peer name B netns NS, then ip address add and ip link set up (veth(4)).
 */
export const createVethPair = defineOperation({
  name: 'create_veth_pair',
  title: 'Create a veth pair',
  description: 'Makes a virtual cable: two links, each in its namespace, with addresses and up if wanted. What enters one end leaves the other.',
  action: 'link.create',
  alsoActs: ({ a, b }) => (a.addresses.length + b.addresses.length > 0 ? ['address.add'] : []),
  destroys: false,
  input: z.strictObject({ a: End, b: End, mtu: Mtu.optional() }).refine(({ a, b }) => a.name !== b.name || a.namespace !== b.namespace, {
    message: 'both ends have the same name in the same namespace',
    path: ['b', 'name'],
  }),
  namespaces: ({ a, b }) => [a.namespace, b.namespace],
  needs: ['links', 'addresses', 'nsids'],
  refusedWith: 'LINK_EXISTS',
  subjects: ({ a, b }, world) => [
    ...[a, b].map(({ namespace, name }) => linkAt(world, namespace, name)),
    ...[a, b].flatMap(({ addresses }) => addresses.map((address): Subject => ({ kind: 'address', address }))),
  ],
  plan({ a, b, mtu }, world) {
    const [placeA, placeB] = [world.at(a.namespace), world.at(b.namespace)];
    const together = placeA.inode === placeB.inode;
    if (together && a.name === b.name)
      return fail('INVALID_INPUT', `Both ends would be called ${a.name} in namespace ${placeName(placeA)}.`, 'Give them different names.');
    const [linkA, linkB] = [world.findLink(a.namespace, a.name), world.findLink(b.namespace, b.name)];
    if (linkA && linkB && arePeers(world, a, linkA, b, linkB)) {
      const differs = [...differences(a, linkA, mtu, world), ...differences(b, linkB, mtu, world)];
      if (differs.length === 0) return ALREADY_SO;
      return fail('LINK_EXISTS', `The pair is there, but differs: ${differs.join(', ')}.`, 'Use set_link and add_address to change it.', { differs });
    }
    const taken = [linkA && `${a.name} in ${placeName(placeA)}`, linkB && `${b.name} in ${placeName(placeB)}`].filter((name) => name !== null);
    if (taken.length > 0)
      return fail('LINK_EXISTS', `There already is a link ${taken.join(' and ')}.`, 'Choose other names, or use the links that are there.', { taken });
    const attributes = ({ mac }: End) => [...(mac ? ['address', mac] : []), ...(mtu === undefined ? [] : ['mtu', String(mtu)])];
    const other = together ? [] : ['netns', { namespace: placeB }];
    const configure = (end: End) => {
      const place = world.at(end.namespace);
      return [
        ...end.addresses.map((address) => step(place, ['address', 'add', address, 'dev', end.name])),
        ...(end.up ? [step(place, ['link', 'set', 'dev', end.name, 'up'])] : []),
      ];
    };
    return {
      steps: [
        step(placeA, ['link', 'add', 'name', a.name, ...attributes(a), 'type', 'veth', 'peer', 'name', b.name, ...attributes(b), ...other]),
        ...configure(a),
        ...configure(b),
      ],
      loses: [],
      undoable: true,
      made: { links: [a, b].map(({ namespace, name }) => ({ namespace, name })) },
    };
  },
  foresee({ a, b, mtu }, foreseen) {
    const made = ({ name, mac }: End) => ({ name, kind: 'veth', mac: mac ?? UNKNOWN_MAC, ...(mtu === undefined ? {} : { mtu }) });
    foreseen.addPair([a.namespace, made(a)], [b.namespace, made(b)]);
    for (const { namespace, name, addresses, up } of [a, b]) {
      for (const address of addresses) {
        const link = foreseen.link(namespace, name);
        foreseen.addAddress(namespace, addressOf(link, { address }, addressesOf(foreseen, namespace, link)));
      }
      if (up) foreseen.changeLink(namespace, name, { up });
    }
  },
  result: { a: ShownLink.nullable(), b: ShownLink.nullable() },
  show: ({ a, b }, world) => ({ a: shownLink(world, a.namespace, a.name), b: shownLink(world, b.namespace, b.name) }),
  tell: ({ a, b }, input) =>
    [a && `${input.a.namespace}: ${tellLink(a)}`, b && `${input.b.namespace}: ${tellLink(b)}`].filter(Boolean).join('\n') || 'Neither end is there yet.',
});
