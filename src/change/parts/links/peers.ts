// Where the other ends of links live.
import type { ResolvedNamespace } from '../../../model/change.js';
import type { Subject } from '../../../model/policy.js';
import type { Link } from '../../../model/snapshot.js';
import { linkAt, namespaceAt } from '../../operation.js';
import type { World } from '../../plan/world.js';

/**
 * The other ends, in other namespaces, of the veths of a list: deleting an end deletes its peer there. `link_netnsid` is the id that this
 * link's namespace has given to that one (rtnetlink(7)).
 */
export function peersElsewhere(world: World, reference: string, links: readonly Link[]): { namespace: string; index: number }[] {
  return links.flatMap(({ kind, link_netnsid, peer_index }) =>
    kind === 'veth' && link_netnsid !== null && peer_index !== null ? { namespace: world.referenceOf(reference, link_netnsid), index: peer_index } : [],
  );
}

/** Where the other end of a link, or the link that it stands on, is; null when it has none, or its namespace could not be opened. */
export function otherEndOf(world: World, reference: string, { peer_index, link_netnsid }: Link): { inode: number; name: string } | null {
  const there = link_netnsid === null ? reference : world.referenceOf(reference, link_netnsid);
  const place = world.find(there);
  const other = place && world.links(there).find(({ index }) => index === peer_index);
  return other ? { inode: place.inode, name: other.name } : null;
}

/** References of the namespaces in which they are. */
export function peerNamespaces(world: World, reference: string, links: readonly Link[]): string[] {
  return [...new Set(peersElsewhere(world, reference, links).map(({ namespace }) => namespace))];
}

/** Those of these namespaces that could be opened: the other ends there go, or lose their carrier, with the links. */
export function peerPlaces(world: World, reference: string, links: readonly Link[]): ResolvedNamespace[] {
  return peerNamespaces(world, reference, links).flatMap((namespace) => world.find(namespace) ?? []);
}

/** They as subjects: each link, where its namespace could be opened. */
export function peerSubjects(world: World, reference: string, links: readonly Link[]): Subject[] {
  return peersElsewhere(world, reference, links).map(({ namespace, index }) =>
    world.find(namespace) ? linkAt(world, namespace, `index:${index}`) : namespaceAt(world, namespace),
  );
}

/** True when the other end of a link lives in this namespace, as far as its id there tells: one without a name cannot be told from another such. */
export function leadsTo(world: World, from: string, { link_netnsid }: Link, to: string): boolean {
  const there = link_netnsid === null ? world.at(from) : world.find(world.referenceOf(from, link_netnsid));
  const { inode, names } = world.at(to);
  return there ? there.inode === inode : names.length === 0;
}
