// delete_namespace
import { z } from 'zod';
import { NAMES_DIRECTORY } from '../../../kernel/sources/names.js';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { isPlainName } from '../../../model/names.js';
import { parseReference, ReferenceText } from '../../../model/reference.js';
import type { Link } from '../../../model/snapshot.js';
import { commandLine, count, visible } from '../../../model/text.js';
import { linkKind } from '../../objects/link.js';
import { ALREADY_SO, defineOperation, linkAt, namespaceAt, namespaceNamed, step } from '../../operation.js';
import { ShownNamespace, shownNamespace } from '../../parts/inputs.js';
import { touchedOpposite } from '../../parts/links/carrier.js';
import { tellAliases } from '../../parts/links/losses.js';
import { otherEndOf, peerNamespaces, peerPlaces, peerSubjects, peersElsewhere } from '../../parts/links/peers.js';
import { IN_A_NAMESPACE } from '../../parts/links/scope.js';
import { type Inhabitants, linkArgument } from '../../plan/world.js';

/** What goes besides links: all of the first can be made again, nothing of the second. */
const ALL_OF_IT = ['addresses, routes, rules and firewall of the namespace', 'its connections, and what its links and firewall have counted'];

/** Why the namespace should not go, each a clause; none when it holds nothing but what this server made. */
function objections(links: readonly Link[], { processes, services, ownedLinks }: Inhabitants): string[] {
  const ofServices = services.flatMap((service) => service.links);
  const foreign = links.filter(({ index, name }) => !ownedLinks.has(index) && !ofServices.includes(name));
  return [
    ...(processes.count > 0
      ? [
          `${count(processes.count, 'process lives', 'processes live')} in it${processes.sample.length > 0 ? ` (${processes.sample.map(({ pid, command }) => `${pid} ${command}`).join(', ')})` : ''}`,
        ]
      : []),
    ...(foreign.length > 0
      ? [
          `${count(foreign.length, 'link', 'links')} in it ${foreign.length === 1 ? 'was' : 'were'} not made by this server (${foreign.map(({ name }) => name).join(', ')})`,
        ]
      : []),
  ];
}

/** The name that goes: the one that was given, or the only one. @throws NetnsError when there is none, or it cannot be told. */
function nameToDelete(reference: string, names: readonly string[]): string {
  const [only, ...others] = parseReference(reference).by === 'name' ? names.filter((name) => name === reference) : names;
  if (only === undefined) {
    return fail(
      'NAMESPACE_IN_USE',
      `Namespace ${visible(reference)} has no name to delete: it lives as long as what keeps it alive.`,
      'list_namespaces shows what keeps it alive; end that.',
    );
  }
  if (others.length > 0) return fail('NAMESPACE_AMBIGUOUS', `The namespace has several names: ${names.join(', ')}.`, 'Give the name that is to go.', { names });
  if (isPlainName(only)) return only;
  return fail('INVALID_INPUT', `The name ${only} cannot be written in a command.`, 'Remove it by hand: umount the file in /run/netns, then rm it.', {
    name: only,
  });
}

/** Deletes a namespace's name; with the last thing that keeps it alive goes the namespace. Equivalent to: ip netns delete NAME (ip-netns(8)). */
export const deleteNamespace = defineOperation({
  name: 'delete_namespace',
  title: 'Delete a namespace',
  description: 'Deletes a named namespace with all links in it. Refuses while processes or links of others live in it, unless force. Services in it end first.',
  action: 'namespace.delete',
  destroys: true,
  input: z.strictObject({
    namespace: ReferenceText.describe('Namespace reference'),
    force: z.boolean().default(false).describe('Delete although others use it'),
  }),
  // A name that is not there is nothing to delete; any other reference has to exist.
  namespaces: ({ namespace }) => (parseReference(namespace).by === 'name' ? ['host'] : ['host', namespace]),
  runsIn: () => ['host'],
  perhaps: ({ namespace }) => (parseReference(namespace).by === 'name' ? [namespace] : []),
  needs: IN_A_NAMESPACE,
  inhabitantsOf: ({ namespace }) => namespace,
  alsoTouches: ({ namespace }, world) => (world.find(namespace) ? peerNamespaces(world, namespace, world.links(namespace)) : []),
  subjects({ namespace }, world) {
    if (!world.find(namespace)) return [namespaceNamed(world, namespace)];
    const links = world.links(namespace);
    return [
      namespaceAt(world, namespace),
      ...links.filter(({ kind }) => kind !== 'loopback').map(({ index }) => linkAt(world, namespace, `index:${index}`)),
      ...peerSubjects(world, namespace, links),
    ];
  },
  plan({ namespace, force }, world, inhabitants) {
    const place = world.find(namespace);
    if (!place) return ALREADY_SO;
    if (place.isHost) {
      return fail(
        'NAMESPACE_IN_USE',
        `${namespace} is the host's own namespace.`,
        'It cannot be deleted. If it has a name that is not wanted, remove that by hand: umount it, then rm it.',
        { inode: place.inode },
      );
    }
    const name = nameToDelete(namespace, place.names);
    if (inhabitants.linkNames.has(name)) {
      return fail(
        'INVALID_INPUT',
        `The name ${name} is a symbolic link: ip netns delete would take the namespace from whoever else calls it by another name.`,
        `Remove the link by hand: rm ${NAMES_DIRECTORY}/${name}.`,
        { name },
      );
    }
    const links = world.links(namespace).filter(({ kind }) => kind !== 'loopback');
    const otherNames = place.names.filter((other) => other !== name && !inhabitants.linkNames.has(other));
    // Under another name all goes on.
    const against = otherNames.length > 0 ? [] : objections(links, inhabitants);
    const keptBy = [
      ...otherNames.map((other) => `its name ${other}`),
      ...(inhabitants.processes.count > 0 ? ['the processes in it'] : []),
      ...inhabitants.keptBy,
    ];
    if (against.length > 0 && !force) {
      return fail(
        'NAMESPACE_IN_USE',
        `Namespace ${placeName(place)}: ${against.join('; ')}.`,
        'End the processes and move the links away first, or call again with force: true.',
        {
          processes: inhabitants.processes,
          links: links.map(({ name: link }) => link),
        },
      );
    }
    // A device that is not made by software would be lost, or come back under another name, when its namespace dies.
    const physical = keptBy.length > 0 ? [] : links.filter(({ kind }) => kind === 'physical');
    const host = world.at('host');
    const rescue = physical.map((link) => step(place, ['link', 'set', 'dev', linkArgument(link, links), 'netns', { namespace: host }]));
    const lost = links.filter((link) => !physical.includes(link));
    // One that the same list makes gets its inode only then.
    const named = {
      name,
      get inode() {
        return place.inode;
      },
    };
    const remove = step(host, ['netns', 'delete', name], { named, follows: peerPlaces(world, namespace, lost) });
    if (keptBy.length > 0) {
      return {
        steps: [remove],
        loses: [`the name ${name} only: the namespace lives on as inode:${place.inode}, kept by ${keptBy.join(', ')}`],
        undoable: true,
        gone: { namespace, links: [], livesOn: true },
      };
    }
    const { services } = inhabitants;
    return {
      steps: [...rescue, remove],
      ...(services.length > 0 ? { ends: { inode: place.inode, services } } : {}),
      loses: [
        ...services.map(({ name: service, argv }) => `service ${service} (${commandLine([...argv])}), which is ended first`),
        ...lost.map(({ name: link, kind }) => `link ${link} (${kind})${kind === 'veth' ? ' and its peer' : ''}`),
        ...(lost.length > 0 ? ALL_OF_IT : []),
        ...tellAliases(lost),
      ],
      undoable: services.length === 0 && lost.every((link) => linkKind.lacks?.({ ...link, other: otherEndOf(world, namespace, link) }) == null),
      gone: { namespace, links: peersElsewhere(world, namespace, lost) },
      moved: physical.map(({ index, name: link }) => ({ from: namespace, index, to: 'host', name: link })),
      touches: [{ namespace, whole: true }, ...touchedOpposite(world, namespace, lost), ...physical.map(({ name: link }) => ({ namespace: 'host', link }))],
    };
  },
  foresee({ namespace }, foreseen, { moved = [], touches = [] }) {
    for (const { from, to, name } of moved) foreseen.moveLink(from, name, to, name);
    // When only a name went, all that is in it lives on.
    if (touches.length > 0) foreseen.dropNamespace(namespace);
    else if (parseReference(namespace).by === 'name') foreseen.dropName(namespace);
  },
  result: { namespace: ShownNamespace.nullable().describe('null: it is gone') },
  show: ({ namespace }, world) => ({ namespace: shownNamespace(world, namespace) }),
  tell: ({ namespace: left }, { namespace }) => (left === null ? `There is no namespace ${namespace}.` : `${namespace} is inode ${left.inode}.`),
});
