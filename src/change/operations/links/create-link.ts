// create_link
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { LINK_KINDS } from '../../../model/kinds/table.js';
import { createCommands } from '../../../model/kinds/words.js';
import type { Subject } from '../../../model/policy.js';
import { ALREADY_SO, defineOperation, linkAt, step } from '../../operation.js';
import { addressOf } from '../../parts/addresses/address.js';
import { addressesOf, ShownLink, shownLink, tellLink } from '../../parts/inputs.js';
import { differencesFrom, footingOf, lowerOf, lowerPlace, masterOf, NewLinkInput, settingsOf } from '../../parts/links/new-link.js';
import { foreseenLink } from '../../parts/links/new-link-foreseen.js';
import { linkArgument, type World } from '../../plan/world.js';

/** The name of the other end, of the one kind that has one. */
function otherEnd(input: NewLinkInput): string | null {
  const { peer } = settingsOf(input);
  return input.kind === 'netkit' && typeof peer === 'string' ? peer : null;
}

/** Makes it, where the link is that it stands on, and in the namespace where it is to be. */
function creation(world: World, input: NewLinkInput) {
  const { namespace, kind, name, mac, mtu } = input;
  const [place, there] = [world.at(namespace), world.at(lowerPlace(input))];
  const lower = lowerOf(world, input);
  const commands = createCommands({
    ...{ kind, name, attributes: settingsOf(input) },
    ...(lower ? { lower: linkArgument(lower, world.links(lowerPlace(input))) } : {}),
    ...(mac === undefined ? {} : { mac }),
    ...(mtu === undefined ? {} : { mtu }),
  });
  if (place.inode === there.inode) return commands.map((args) => step(place, args));
  return commands.map((args) => {
    const type = args.indexOf('type');
    return step(there, [...args.slice(0, type), 'netns', { namespace: place }, ...args.slice(type)]);
  });
}

/** Makes a link of a kind that is made by name alone. Equivalent to: ip link add [link LINK] name NAME [netns NS] type KIND … (ip-link(8)). */
export const createLink = defineOperation({
  name: 'create_link',
  title: 'Create a link',
  description: 'Makes a link of any kind but veth, with addresses and up if wanted.',
  action: 'link.create',
  // In mode passthru all that comes in on the lower link goes to the new one (macvlan_handle_frame, drivers/net/macvlan.c).
  alsoActs: ({ addresses, master, mode }) => [
    ...(addresses.length > 0 ? (['address.add'] as const) : []),
    ...(master !== undefined || mode === 'passthru' ? (['link.set'] as const) : []),
  ],
  destroys: false,
  input: NewLinkInput,
  namespaces: (input) => [...new Set([input.namespace, lowerPlace(input)])],
  needs: (input) => (input.link_namespace === undefined ? ['links', 'addresses'] : ['links', 'addresses', 'nsids']),
  refusedWith: 'LINK_EXISTS',
  // `ip tuntap add` takes a link that is there for its own (tun_set_iff, drivers/net/tun.c).
  mustLook: ({ kind, link, master }) => link !== undefined || master !== undefined || LINK_KINDS[kind].tuntap !== undefined,
  subjects(input, world) {
    const { namespace, name, link, master, addresses } = input;
    const other = otherEnd(input);
    return [
      ...[name, ...(other === null ? [] : [other]), ...(master === undefined ? [] : [master])].map((each) => linkAt(world, namespace, each)),
      ...(link === undefined ? [] : [linkAt(world, lowerPlace(input), link)]),
      ...addresses.map((address): Subject => ({ kind: 'address', address })),
    ];
  },
  plan(input, world) {
    const { namespace, kind, name, addresses, up } = input;
    const place = world.at(namespace);
    const [master, lower, other] = [masterOf(world, input), lowerOf(world, input), otherEnd(input)];
    const found = world.findLink(namespace, name);
    if (found) {
      const differs = differencesFrom(world, input, found);
      if (differs.length === 0) return ALREADY_SO;
      const isSameKind = found.kind === kind;
      return fail(
        'LINK_EXISTS',
        `There already is a link ${name} in ${placeName(place)}, and it differs: ${differs.join(', ')}.`,
        isSameKind ? 'Use set_link and add_address to change it, or choose another name.' : 'Choose another name, or use the link that is there.',
        { link: name, differs },
      );
    }
    if (other !== null && world.findLink(namespace, other))
      return fail('LINK_EXISTS', `There already is a link ${other} in ${placeName(place)}.`, 'Choose another name for peer.', { link: other });
    const set = (...words: string[]) => step(place, ['link', 'set', 'dev', name, ...words]);
    return {
      steps: [
        ...creation(world, input),
        ...(master ? [set('master', linkArgument(master, world.links(namespace)))] : []),
        ...addresses.map((address) => step(place, ['address', 'add', address, 'dev', name])),
        ...(up ? [set('up')] : []),
      ],
      loses: [],
      undoable: true,
      ...(lower ? { leaves: [{ namespace: lowerPlace(input), link: `index:${lower.index}` }] } : {}),
      made: { links: [name, ...(other === null ? [] : [other])].map((each) => ({ namespace, name: each })) },
    };
  },
  foresee(input, foreseen) {
    const { namespace, kind, name, addresses, up } = input;
    const [master, other] = [masterOf(foreseen, input), otherEnd(input)];
    const made = { ...foreseenLink(input, lowerOf(foreseen, input)), ...footingOf(foreseen, input) };
    if (other === null) foreseen.addLink(namespace, made);
    else foreseen.addPair([namespace, made], [namespace, { name: other, kind }]);
    if (master) foreseen.changeLink(namespace, name, { master: master.name, port: master.kind === 'bridge' ? {} : null });
    for (const address of addresses) {
      const link = foreseen.link(namespace, name);
      foreseen.addAddress(namespace, addressOf(link, { address }, addressesOf(foreseen, namespace, link)));
    }
    if (up || master?.kind === 'bond') foreseen.changeLink(namespace, name, { up: true });
  },
  result: { link: ShownLink.nullable() },
  show: ({ namespace, name }, world) => ({ link: shownLink(world, namespace, name) }),
  tell: ({ link }, { namespace }) => (link ? `${namespace}: ${tellLink(link)}` : 'The link is not there yet.'),
});
