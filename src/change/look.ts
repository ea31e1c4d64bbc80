// Reading the namespaces of a change: before it, and after it, once the kernel has told all that follows.
import { setTimeout } from 'node:timers/promises';
import { isSettling } from '../kernel/explain.js';
import type { HeldNamespace } from '../kernel/kernel.js';
import { readNamespace, syncCarrier } from '../kernel/read.js';
import type { NamespaceState, Section } from '../model/snapshot.js';
import type { Decided } from './operation.js';

/** The kernel tells of a carrier once a second at the latest (net/core/link_watch.c). */
const SETTLE_ROUNDS = 20;
const SETTLE_PAUSE_MS = 100;

/** Reads the sections of all places at once; for the host also what tells which links are protected. */
export async function readPlaces(
  places: ReadonlyMap<string, HeldNamespace>,
  needs: readonly Section[],
  signal?: AbortSignal,
  known: ReadonlyMap<number, NamespaceState> | null = null,
): Promise<Map<number, NamespaceState>> {
  const states = new Map(known ?? []);
  if (needs.length === 0) return states;
  const unread = [...new Map([...places.values()].map((place) => [place.inode, place])).values()].filter(({ inode }) => !states.has(inode));
  await Promise.all(
    unread.map(async (place) => {
      const sections: readonly Section[] = place.isHost ? [...needs, 'addresses', 'routes'] : needs;
      states.set(place.inode, (await readNamespace(place.isHost ? null : place.path, sections, signal)).state);
    }),
  );
  return states;
}

/**
 * Reads the world after a change, until it has settled: a link that has just got carrier may not show it yet, and is asked for by itself;
 * the links of a deleted namespace go a moment after it.
 */
export async function readSettled(
  places: ReadonlyMap<string, HeldNamespace>,
  needs: readonly Section[],
  { gone }: Decided,
  known: ReadonlyMap<number, NamespaceState> | null,
): Promise<Map<number, NamespaceState>> {
  let states = await readPlaces(places, needs, undefined, known);
  const linksIn = (place: HeldNamespace | undefined) => (place && states.get(place.inode)?.links) ?? [];
  for (let round = 0; round < SETTLE_ROUNDS; round++) {
    const settling = [...places.values()].flatMap((place) =>
      linksIn(place)
        .filter(isSettling)
        .map((link) => ({ place, link })),
    );
    const lingering = (gone?.links ?? []).some(({ namespace, index }) => linksIn(places.get(namespace)).some((link) => link.index === index));
    if (settling.length === 0 && !lingering) break;
    if (round > 0) await setTimeout(SETTLE_PAUSE_MS);
    await Promise.all(settling.map(({ place, link }) => syncCarrier(place.isHost ? null : place.path, link)));
    states = await readPlaces(places, needs);
  }
  return states;
}
