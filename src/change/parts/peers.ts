// Where the other ends of links live.
import type { Link } from '../../model/snapshot.js';
import type { World } from '../world.js';

/**
 * References of the namespaces, other than this one, in which veths of this list have their other end: deleting an end
 * deletes its peer there. `link_netnsid` is the id that this link's namespace has given to that one (rtnetlink(7)).
 */
export function peerNamespaces(world: World, reference: string, links: readonly Link[]): string[] {
  const ids = links.flatMap(({ kind, link_netnsid }) => (kind === 'veth' && link_netnsid !== null ? [link_netnsid] : []));
  const at = world.at(reference);
  return [...new Set(ids)].map((nsid) => (at.isHost ? `nsid:${nsid}` : `nsid:${nsid}@inode:${at.inode}`));
}
