// Which namespaces an export is about, and what of each: all of it, some links, or the objects of one change.
import type { HeldNamespace, Kernel } from '../../kernel/kernel.js';
import type { Marks } from '../../kernel/marks.js';
import { fail, toNetnsError } from '../../model/errors.js';
import type { Held } from '../../model/held.js';
import { isPlainName } from '../../model/names.js';
import type { Link, Snapshot } from '../../model/snapshot.js';
import { count } from '../../model/text.js';
import { refuseState } from '../past/history.js';
import type { ChangeEntry } from '../past/record.js';
import { type CapturedObject, type CapturedPlace, captureName, sameIn } from '../restore/captured.js';
import { changed } from '../restore/compare.js';
import type { ExportName } from './script.js';

/** What somebody wants to have exported. */
export type Selection = { change: ChangeEntry } | { namespace: string } | { all: true };

/** A namespace of an export. Of those that neither are whole nor have objects, the links count, with what hangs on them. */
export interface Chosen {
  place: HeldNamespace;
  whole: boolean;
  links: Set<string>;
  /** `KIND KEY` of each object that counts; null: not told one by one. */
  objects: ReadonlySet<string> | null;
  /** What was there before the change. */
  before: readonly CapturedObject[];
  /** The namespace itself is made by what is exported, where it is not there. */
  isMade: boolean;
  /** It goes when what is exported is taken away. */
  isOwn: boolean;
}

export interface Sources {
  kernel: Kernel;
  marks: Marks;
  /** Throws where the policy denies the export of a namespace that was asked for. */
  demand(place: HeldNamespace): void;
  /** False where it denies that of one which is found on the way. */
  mayExport(place: HeldNamespace): boolean;
  signal: AbortSignal;
}

const STANDING = ['applied', 'confirmed', 'armed'];

/** How a place is called in what is exported. */
export function nameOf({ isHost, names }: Pick<HeldNamespace, 'isHost' | 'names'>): string | null {
  // iproute2 takes a number for a PID.
  return isHost ? 'host' : (names.find((name) => isPlainName(name) && !/^\d+$/.test(name)) ?? null);
}

function wholeOf(place: HeldNamespace): Chosen {
  return { place, whole: true, links: new Set(), objects: null, before: [], isMade: !place.isHost, isOwn: !place.isHost };
}

function partOf(place: HeldNamespace): Chosen {
  return { place, whole: false, links: new Set(), objects: null, before: [], isMade: !place.isHost, isOwn: false };
}

/** How an export is called: by its change, by its namespace, or `all`. */
export function exportName(selection: Selection, chosen: readonly Chosen[]): ExportName {
  if ('change' in selection) return { label: selection.change.id, about: `change ${selection.change.id}` };
  const [first] = chosen;
  if (!('namespace' in selection) || !first) return { label: 'all', about: 'all that this server made' };
  const name = nameOf(first.place) ?? 'host';
  return { label: name.replace(/[^A-Za-z0-9_-]/g, '_'), about: first.place.isHost ? "the host's own namespace" : `namespace ${name}` };
}

async function open(reference: string, { kernel, signal }: Sources, held: Held): Promise<HeldNamespace | null> {
  try {
    return held.keep(await kernel.resolve(reference, signal));
  } catch (error) {
    if (['CANCELLED', 'PRIVILEGE_MISSING'].includes(toNetnsError(error).code)) throw error;
    return null;
  }
}

/** A namespace as a change left it, when it is that one still. */
async function ofChange(is: CapturedPlace | undefined, sources: Sources, held: Held): Promise<HeldNamespace | null> {
  if (!is?.existed) return null;
  const place = await open(is.is_host ? 'host' : (is.names[0] ?? `inode:${is.inode}`), sources, held);
  if (place && !is.is_host && place.inode !== is.inode) return null;
  if (place) sources.demand(place);
  return place;
}

async function chooseChange(entry: ChangeEntry, sources: Sources, held: Held, notes: string[]): Promise<Chosen[]> {
  const state = entry.state();
  const after = entry.outcome()?.body.after;
  if (state === null || !STANDING.includes(state) || !after || !entry.isOfThisBoot) return refuseState(entry, state, 'exported');
  const { before } = entry.plan.body;
  const chosen: Chosen[] = [];
  for (const was of before.places) {
    const is = sameIn(after, was);
    const altered = changed({ places: [was] }, { places: is ? [is] : [] });
    if (altered.length === 0) continue;
    const place = await ofChange(is, sources, held);
    if (!place) {
      notes.push(`Namespace ${captureName(was)} is gone, or another one by now: there is nothing of it to write.`);
      continue;
    }
    const objects = new Set(altered.flatMap(({ kind, key }) => (kind === 'namespace' ? [] : [`${kind} ${key}`])));
    chosen.push({ place, whole: false, links: new Set(), objects, before: was.objects, isMade: !was.existed, isOwn: !was.existed });
  }
  return chosen;
}

function isOwned(snapshot: Snapshot, inode: number): boolean {
  return snapshot.namespaces.some((namespace) => namespace.inode === inode && namespace.owner?.engine === 'netns-mcp');
}

async function chooseOwned(snapshot: Snapshot, sources: Sources, held: Held, notes: string[]): Promise<Chosen[]> {
  const chosen: Chosen[] = [];
  let denied = 0;
  for (const { inode, kind } of snapshot.namespaces) {
    const place = await open(kind === 'host' ? 'host' : `inode:${inode}`, sources, held);
    if (!place) continue;
    const indices = sources.marks.ownedLinks(place.handle);
    const links = (snapshot.states.get(inode)?.links ?? []).filter(({ index }) => indices.has(index)).map(({ name }) => name);
    if (!isOwned(snapshot, inode) && links.length === 0) continue;
    if (!sources.mayExport(place)) denied++;
    else chosen.push(isOwned(snapshot, inode) ? wholeOf(place) : { ...partOf(place), links: new Set(links) });
  }
  if (denied > 0) notes.push(`The policy keeps ${count(denied, 'namespace')} out of the export.`);
  return chosen;
}

/** Where the other ends of some links are that are in other namespaces. */
async function otherEnds(
  { place, whole, links }: Chosen,
  { states }: Snapshot,
  { kernel, signal }: Sources,
): Promise<{ link: Link; inode: number; peer: Link | undefined }[]> {
  const own = (states.get(place.inode)?.links ?? []).filter(({ name, link_netnsid }) => link_netnsid !== null && (whole || links.has(name)));
  if (own.length === 0) return [];
  const inodes = new Map([...(await kernel.idsGivenBy(place, signal))].map(([inode, nsid]) => [nsid, inode]));
  return own.flatMap((link) => {
    const inode = inodes.get(link.link_netnsid ?? -1);
    return inode === undefined ? [] : [{ link, inode, peer: states.get(inode)?.links?.find(({ index }) => index === link.peer_index) }];
  });
}

/** Adds the namespaces where the other ends of links are, and those ends. */
async function addOtherEnds(chosen: Chosen[], snapshot: Snapshot, sources: Sources, held: Held): Promise<void> {
  const refused = new Set<number>();
  for (const each of chosen) {
    for (const { link, inode, peer } of await otherEnds(each, snapshot, sources)) {
      if (refused.has(inode)) continue;
      let there = chosen.find(({ place }) => place.inode === inode);
      if (!there) {
        const opened = await open(snapshot.host === inode ? 'host' : `inode:${inode}`, sources, held);
        if (!opened || !sources.mayExport(opened)) {
          refused.add(inode);
          continue;
        }
        there = partOf(opened);
        chosen.push(there);
      }
      if (link.kind === 'veth' && peer && !there.whole) there.links.add(peer.name);
    }
  }
}

/**
 * Finds the namespaces of an export and opens them: they stay open as long as `held`.
 * @throws NetnsError when the policy denies it, or there is no such namespace, or a change cannot be exported.
 */
export async function choose(selection: Selection, sources: Sources, held: Held): Promise<{ chosen: Chosen[]; notes: string[] }> {
  const notes: string[] = [];
  if ('change' in selection) return { chosen: await chooseChange(selection.change, sources, held, notes), notes };
  const asked = 'namespace' in selection ? held.keep(await sources.kernel.resolve(selection.namespace, sources.signal)) : null;
  if (asked) sources.demand(asked);
  if (asked && nameOf(asked) === null) {
    return fail(
      'INVALID_INPUT',
      `Namespace ${asked.reference} has no name under which it could be made again.`,
      'Give it one, e.g. with ip netns attach NAME PID, and export that.',
    );
  }
  const snapshot = await sources.kernel.survey(['links'], sources.signal);
  const chosen = asked ? [wholeOf(asked)] : await chooseOwned(snapshot, sources, held, notes);
  await addOtherEnds(chosen, snapshot, sources, held);
  return { chosen, notes };
}
