// Where the other ends of links are: told by the ids that namespaces have given each other, or by indices that point at each other.
import type { Link } from '../../model/objects.js';
import type { LinkObject } from '../objects/link.js';
import { withAddrGenMode } from '../parts/links/link-attributes.js';
import { arePaired, type ReadPlace } from '../plan/pairs.js';

function listed<K, V>(pairs: Iterable<readonly [K, V]>): Map<K, V[]> {
  const lists = new Map<K, V[]>();
  for (const [key, value] of pairs) {
    const list = lists.get(key);
    if (list) list.push(value);
    else lists.set(key, [value]);
  }
  return lists;
}

/** The namespaces that were read, looked up by what links tell of their other ends. */
export class OtherEnds {
  readonly #byName: Map<string, ReadPlace[]>;
  /** By the index of a link. */
  readonly #byIndex: Map<number, { place: ReadPlace; link: Link }[]>;

  constructor(all: readonly ReadPlace[]) {
    this.#byName = listed(all.flatMap((place) => place.names.map((name) => [name, place] as const)));
    this.#byIndex = listed(all.flatMap((place) => (place.state.links ?? []).map((link) => [link.index, { place, link }] as const)));
  }

  /** The links of a namespace with where their other ends are. */
  of(at: ReadPlace): LinkObject[] {
    const known = this.#knownIds(at);
    return (at.state.links ?? []).map((each) => {
      const link = withAddrGenMode(each, at.state);
      if (link.peer !== null) return { ...link, other: { inode: at.inode, name: link.peer } };
      const there = link.link_netnsid === null ? undefined : known.get(link.link_netnsid);
      const peer = there && this.#linkOf(there, link.peer_index);
      return { ...link, other: there && peer ? { inode: there.inode, name: peer.name } : null };
    });
  }

  /** True when links of a namespace lead to others, and only the ids that it has given (section `nsids`) tell for sure to which. */
  needIds(at: ReadPlace): boolean {
    return at.state.nsids === undefined && (at.state.links ?? []).some((link) => link.link_netnsid !== null && !this.#isTold(at, link));
  }

  /** The namespace at the other end tells by the id that it has given back. */
  #isTold(at: ReadPlace, link: Link): boolean {
    if (link.peer_index === null) return false;
    const found = this.#byIndex.get(link.peer_index) ?? [];
    return found.some(({ place, link: peer }) => arePaired(at, link, place, peer) === true);
  }

  #linkOf({ inode }: ReadPlace, index: number | null): Link | undefined {
    return index === null ? undefined : this.#byIndex.get(index)?.find(({ place }) => place.inode === inode)?.link;
  }

  /** The namespaces in which the other end of a link may be, as far as they were read. */
  #candidates(at: ReadPlace, link: Link, names: ReadonlyMap<number, string | null>): readonly ReadPlace[] {
    const name = link.link_netnsid === null ? null : names.get(link.link_netnsid);
    if (name) return this.#byName.get(name) ?? [];
    if (link.peer_index === null) return [];
    const found = this.#byIndex.get(link.peer_index) ?? [];
    return found.flatMap(({ place, link: peer }) =>
      place.inode !== at.inode && (link.kind !== 'veth' || arePaired(at, link, place, peer) !== false) ? [place] : [],
    );
  }

  /** Ids that a namespace has given to others, where links tell without doubt. */
  #knownIds(at: ReadPlace): Map<number, ReadPlace> {
    const names = new Map(at.state.nsids?.map(({ nsid, name }) => [nsid, name]));
    const known = new Map<number, ReadPlace>();
    for (const link of at.state.links ?? []) {
      if (link.link_netnsid === null || known.has(link.link_netnsid)) continue;
      // Only a veth is pointed back at; of others the name alone tells.
      if (link.kind !== 'veth' && !names.get(link.link_netnsid)) continue;
      const [only, ...others] = this.#candidates(at, link, names);
      if (only && others.length === 0) known.set(link.link_netnsid, only);
    }
    return known;
  }
}
