// Where the other ends of links live.
import type { Subject } from '../../model/policy.js';
import type { Link } from '../../model/snapshot.js';
import { linkAt, namespaceAt } from '../operation.js';
import type { World } from '../world.js';

/** Reference of the namespace that a link's namespace knows by an id. */
function byId(world: World, reference: string, nsid: number): string {
  const at = world.at(reference);
  return at.isHost ? `nsid:${nsid}` : `nsid:${nsid}@inode:${at.inode}`;
}

/**
 * The other ends, in other namespaces, of the veths of a list: deleting an end deletes its peer there. `link_netnsid` is the id that this
 * link's namespace has given to that one (rtnetlink(7)).
 */
export function peersElsewhere(world: World, reference: string, links: readonly Link[]): { namespace: string; index: number }[] {
  return links.flatMap(({ kind, link_netnsid, peer_index }) =>
    kind === 'veth' && link_netnsid !== null && peer_index !== null ? { namespace: byId(world, reference, link_netnsid), index: peer_index } : [],
  );
}

/** References of the namespaces in which they are. */
export function peerNamespaces(world: World, reference: string, links: readonly Link[]): string[] {
  return [...new Set(peersElsewhere(world, reference, links).map(({ namespace }) => namespace))];
}

/** They as subjects: each link, where its namespace could be opened. */
export function peerSubjects(world: World, reference: string, links: readonly Link[]): Subject[] {
  return peersElsewhere(world, reference, links).map(({ namespace, index }) =>
    world.find(namespace) ? linkAt(world, namespace, `index:${index}`) : namespaceAt(world, namespace),
  );
}
