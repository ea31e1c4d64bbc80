// Where the other ends of links are: told by the ids that namespaces have given each other, or by indices that point at each other.
import type { Link } from '../../model/objects.js';
import type { NamespaceState } from '../../model/snapshot.js';
import type { LinkObject } from '../objects/link.js';
import { withAddrGenMode } from '../parts/links/link-attributes.js';

/** A namespace that was read. */
export interface ReadPlace {
  inode: number;
  names: readonly string[];
  state: NamespaceState;
}

function isMutual(link: Link, peer: Link): boolean {
  return peer.peer_index === link.index && peer.kind === link.kind && peer.link_netnsid !== null;
}

/** The namespaces in which the other end of a link may be, as far as they were read. */
function candidates(at: ReadPlace, link: Link, all: readonly ReadPlace[]): ReadPlace[] {
  const name = at.state.nsids?.find(({ nsid }) => nsid === link.link_netnsid)?.name;
  if (name) return all.filter(({ names }) => names.includes(name));
  return all.filter((place) => {
    const peer = place.inode !== at.inode && place.state.links?.find(({ index }) => index === link.peer_index);
    return peer && (link.kind !== 'veth' || isMutual(link, peer));
  });
}

/** Ids that a namespace has given to others, where links tell without doubt. */
function knownIds(at: ReadPlace, all: readonly ReadPlace[]): Map<number, ReadPlace> {
  const known = new Map<number, ReadPlace>();
  for (const link of at.state.links ?? []) {
    if (link.link_netnsid === null || known.has(link.link_netnsid)) continue;
    // Only a veth is pointed back at; of others the name alone tells.
    if (link.kind !== 'veth' && !at.state.nsids?.some(({ nsid, name }) => nsid === link.link_netnsid && name !== null)) continue;
    const [only, ...others] = candidates(at, link, all);
    if (only && others.length === 0) known.set(link.link_netnsid, only);
  }
  return known;
}

/** The links of a namespace with where their other ends are. */
export function withOtherEnds(at: ReadPlace, all: readonly ReadPlace[]): LinkObject[] {
  const known = knownIds(at, all);
  return (at.state.links ?? []).map((each) => {
    const link = withAddrGenMode(each, at.state);
    if (link.peer !== null) return { ...link, other: { inode: at.inode, name: link.peer } };
    const there = link.link_netnsid === null || link.peer_index === null ? undefined : known.get(link.link_netnsid);
    const peer = there?.state.links?.find(({ index }) => index === link.peer_index);
    return { ...link, other: there && peer ? { inode: there.inode, name: peer.name } : null };
  });
}

/** True when links of a namespace lead to others, and it takes the ids that it has given (section `nsids`) to tell to which. */
export function needsIds(at: ReadPlace, all: readonly ReadPlace[]): boolean {
  const known = knownIds(at, all);
  return (at.state.links ?? []).some(({ link_netnsid }) => link_netnsid !== null && !known.has(link_netnsid)) && at.state.nsids === undefined;
}
