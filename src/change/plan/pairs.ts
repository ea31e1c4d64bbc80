// Which ends of veths belong together, as far as what was read of them tells.
import type { Link, NamespaceState } from '../../model/snapshot.js';

/** A namespace with what was read of it. */
export interface ReadPlace {
  inode: number;
  names: readonly string[];
  state: NamespaceState;
}

/** A namespace with its state, if it was read. @param states By inode. */
export function readPlaceOf({ inode, names }: Pick<ReadPlace, 'inode' | 'names'>, states: ReadonlyMap<number, NamespaceState>): ReadPlace {
  return { inode, names, state: states.get(inode) ?? {} };
}

/**
 * Whether two links in different namespaces are the ends of one veth: each points at the index of the other, and the id at `peer` (rtnetlink(7),
 * IFLA_LINK_NETNSID) means the namespace of `link`. null: the indices fit, and what that id means was not read, or the namespace has no name.
 */
export function arePaired(at: ReadPlace, link: Link, there: ReadPlace, peer: Link): boolean | null {
  if (link.kind !== 'veth' || peer.kind !== 'veth' || peer.link_netnsid === null) return false;
  if (link.peer_index !== peer.index || peer.peer_index !== link.index) return false;
  const name = there.state.nsids?.find(({ nsid }) => nsid === peer.link_netnsid)?.name ?? null;
  return name === null || at.names.length === 0 ? null : at.names.includes(name);
}
