// What an operation sees when it plans: the namespaces it named, resolved, and what was read in them.
import type { HeldNamespace } from '../../kernel/kernel.js';
import type { OwnedLinks } from '../../kernel/marks.js';
import { redactState } from '../../kernel/view.js';
import { placeName } from '../../model/change.js';
import { fail } from '../../model/errors.js';
import { isPlainLinkName } from '../../model/names.js';
import type { Redaction } from '../../model/policy.js';
import { findLink, type Link, type NamespaceState, type ProcessSample } from '../../model/snapshot.js';
import { nearest, visible } from '../../model/text.js';
import { arePaired, readPlaceOf } from './pairs.js';

/** The namespaces of one operation and their states. Pure: everything was read before. */
export class World {
  protected readonly places: Map<string, HeldNamespace>;
  protected readonly states: Map<number, NamespaceState>;

  constructor(places: Map<string, HeldNamespace>, states: Map<number, NamespaceState>) {
    this.places = places;
    this.states = states;
  }

  /** The namespace of a reference that the operation asked for; null when it may be missing, and is. */
  find(reference: string): HeldNamespace | null {
    return this.places.get(reference) ?? null;
  }

  /** As `find`, for a reference that must be there: the engine has seen to it. */
  at(reference: string): HeldNamespace {
    const place = this.find(reference);
    if (place === null) throw new Error(`reference ${reference} was not asked for`);
    return place;
  }

  /** The same without what the policy leaves out of readings: for showing, not for planning. */
  redacted(redacts: ReadonlySet<Redaction>): World {
    return new World(this.places, new Map([...this.states].map(([inode, state]) => [inode, redactState(state, { redacts })])));
  }

  /** The id by which a namespace of this world knows another: one that stands for it, when the kernel has given none that is known. */
  idOf(from: string, to: string): number {
    const names = this.at(to).names;
    const known = this.state(from).nsids?.find(({ name }) => name !== null && names.includes(name));
    return known?.nsid ?? -1 - Math.abs(this.at(to).inode);
  }

  /** The reference of the namespace that another knows by an id. */
  referenceOf(from: string, nsid: number): string {
    const place = this.at(from);
    const name = this.state(from).nsids?.find((known) => known.nsid === nsid)?.name ?? null;
    const known = name === null ? undefined : [...this.places].find(([, { names }]) => names.includes(name));
    if (known) return known[0];
    const opposite = this.#opposite(from, nsid);
    if (opposite !== null) return opposite;
    if (nsid >= 0) return place.isHost ? `nsid:${nsid}` : `nsid:${nsid}@inode:${place.inode}`;
    return [...this.places].find(([, { inode }]) => -1 - Math.abs(inode) === nsid)?.[0] ?? `inode:${-1 - nsid}`;
  }

  /** A namespace at hand in which the other end of a veth is that is known by this id. */
  #opposite(from: string, nsid: number): string | null {
    const at = readPlaceOf(this.at(from), this.states);
    const ends = this.links(from).filter(({ link_netnsid }) => link_netnsid === nsid);
    for (const [reference, place] of this.places) {
      const there = readPlaceOf(place, this.states);
      const isOpposite = (end: Link) => there.state.links?.some((peer) => arePaired(at, end, there, peer) === true);
      if (there.inode !== at.inode && ends.some(isOpposite)) return reference;
    }
    return null;
  }

  state(reference: string): NamespaceState {
    return this.states.get(this.at(reference).inode) ?? {};
  }

  links(reference: string): Link[] {
    return this.state(reference).links ?? [];
  }

  /** @throws NetnsError INVALID_INPUT when several links are shown as that. */
  findLink(reference: string, link: string): Link | null {
    const links = this.links(reference);
    const alike = links.filter(({ name }) => name === link);
    if (alike.length < 2) return findLink(links, link);
    const indices = alike.map(({ index }) => `index:${index}`);
    return fail(
      'INVALID_INPUT',
      `${alike.length} links in namespace ${placeName(this.at(reference))} are shown as "${link}".`,
      `Say ${indices.join(' or ')}.`,
      { indices },
    );
  }

  /** @throws NetnsError LINK_NOT_FOUND with near names, and with the other namespaces at hand that have a link of that name. */
  link(reference: string, link: string): Link {
    const found = this.findLink(reference, link);
    if (found) return found;
    const names = this.links(reference).map(({ name }) => name);
    const near = nearest(link, names);
    const elsewhere = [...this.places.keys()].filter((other) => other !== reference && this.findLink(other, link));
    const where = placeName(this.at(reference));
    const hint = [
      ...(elsewhere.length > 0 ? [`There is one in ${elsewhere.join(', ')}.`] : []),
      near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `inspect_namespace {"namespace": "${visible(reference)}"} lists the links that are there.`,
    ];
    return fail('LINK_NOT_FOUND', `No link "${visible(link)}" in namespace ${where}.`, hint.join(' '), {
      link: visible(link),
      namespace: where,
      near,
      elsewhere,
    });
  }
}

/** A long-running command of this server: it ends before its namespace is deleted. */
export interface ServiceInside {
  name: string;
  program: string;
  argv: readonly string[];
  pids: readonly number[];
  /** Names of the links that it made, and that go with it. */
  links: readonly string[];
}

/** What deleting or leaving a namespace needs to know besides its links. */
export interface Inhabitants {
  /** But for those of services. */
  processes: { count: number; sample: ProcessSample[] };
  services: readonly ServiceInside[];
  ownedLinks: OwnedLinks;
  /** What keeps it alive besides its names and processes: mounts elsewhere, descriptors. */
  keptBy: readonly string[];
  /** Names that are symbolic links: they keep nothing alive, and `ip netns delete` would unmount what they lead to. */
  linkNames: ReadonlySet<string>;
}

/**
 * A link as an argument for `ip`. iproute2 reads `ifN` as the index N when no link is called that (ll_idx_a2n, lib/ll_map.c):
 * so a link whose name could be taken for an option, or would not survive, is never named.
 * @throws NetnsError LINK_NOT_FOUND when another link is called `ifN`, to stand in the way.
 */
export function linkArgument(link: Link, all: readonly Link[]): string {
  if (isPlainLinkName(link.name)) return link.name;
  const byIndex = `if${link.index}`;
  if (all.some(({ name, altnames }) => name === byIndex || altnames.includes(byIndex))) {
    return fail('LINK_NOT_FOUND', `Link index:${link.index} cannot be addressed: another link is called ${byIndex}.`, `Rename ${byIndex} first.`, {
      index: link.index,
    });
  }
  return byIndex;
}
