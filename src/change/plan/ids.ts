// The ids that namespaces have given to others, where only these tell to which one a link leads.
import type { HeldNamespace } from '../../kernel/kernel.js';
import type { NamespaceState, Section } from '../../model/snapshot.js';
import { OtherEnds } from '../restore/other-ends.js';
import { readPlaces } from './look.js';
import { readPlaceOf } from './pairs.js';

/** What to read of a namespace at first: ip(8) opens every name that there is to tell ids, and mostly the host's own tell both ends of a veth. */
export function withoutIds(sections: readonly Section[]): Section[] {
  return sections.filter((section) => section !== 'nsids');
}

/**
 * Reads ids (section `nsids`) where they are needed after all, and adds them to what was read.
 * @param places The namespaces that were read. @param isMeant Those of which ids may be read.
 */
export async function addIdsWhereNeeded(
  places: Iterable<HeldNamespace>,
  states: Map<number, NamespaceState>,
  isMeant: (place: HeldNamespace) => boolean = () => true,
  signal?: AbortSignal,
): Promise<void> {
  const byInode = new Map([...places].map((place) => [place.inode, place]));
  const ends = new OtherEnds([...byInode.values()].map((place) => readPlaceOf(place, states)));
  const unsure = [...byInode.values()].filter((place) => isMeant(place) && ends.needIds(readPlaceOf(place, states)));
  if (unsure.length === 0) return;
  const ids = await readPlaces(new Map(unsure.map((place) => [String(place.inode), place])), () => ['nsids'], signal);
  for (const { inode } of unsure) states.set(inode, { ...ids.get(inode), ...states.get(inode) });
}
