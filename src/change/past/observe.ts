// The part of the world that a change touched, as it is now.
import { discover } from '../../kernel/discover.js';
import type { HeldNamespace } from '../../kernel/kernel.js';
import { Held } from '../../model/held.js';
import type { Section } from '../../model/snapshot.js';
import { readPlaces } from '../plan/look.js';
import { recapture } from '../restore/capture.js';
import { type Captured, sameIn } from '../restore/captured.js';
import { reopen } from '../restore/places.js';
import type { Reading } from '../restore/restore.js';

export interface Observed extends Reading {
  /** How many processes live in the namespaces that the change made, by reference. */
  processes: ReadonlyMap<string, number>;
  /** Names of namespaces that others have now. */
  taken: string[];
}

/**
 * Looks at what a change touched.
 * @param before As it was before the change, whose scopes say where to look. @param after As the change left it; null when that is not known.
 */
export async function observe(before: Captured, after: Captured | null, sections: readonly Section[], signal?: AbortSignal): Promise<Observed> {
  using held = new Held();
  const taken: string[] = [];
  const places = new Map<string, HeldNamespace>();
  const made = new Map<string, HeldNamespace>();
  const sectionsAt = new Map<number, readonly Section[]>();
  for (const was of before.places) {
    const { place, takenBy } = await reopen(was, after ? sameIn(after, was) : undefined);
    if (!place && takenBy !== null && was.existed) taken.push(takenBy);
    if (!place) continue;
    held.keep(place);
    for (const reference of was.references) (was.existed ? places : made).set(reference, place);
    if (was.scope.sections) sectionsAt.set(place.inode, was.scope.sections);
  }
  const found = made.size === 0 ? null : discover().found;
  const processes = new Map([...made].map(([reference, { inode }]) => [reference, found?.get(inode)?.namespace.processes.count ?? 0]));
  const all = new Map([...places, ...made]);
  // With a namespace that the change made everything in it goes: it counts only which links there are.
  const mine = new Set([...made.values()].map(({ inode }) => inode));
  const states = await readPlaces(all, ({ inode }) => (mine.has(inode) ? ['links'] : ['links', ...(sectionsAt.get(inode) ?? sections)]), signal);
  return { now: recapture(before, all, states), states, processes, taken };
}
