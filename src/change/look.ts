// Reading the namespaces of a change: before it, and after it, once the kernel has told all that follows.
import { setTimeout } from 'node:timers/promises';
import { isSettling } from '../kernel/explain.js';
import type { HeldNamespace } from '../kernel/kernel.js';
import { readNamespace } from '../kernel/read.js';
import { pathInto } from '../model/change.js';
import { isPlainLinkName } from '../model/names.js';
import type { NamespaceState, Section } from '../model/snapshot.js';
import type { Decided } from './operation.js';

/** The kernel tells of a carrier once a second at the latest (net/core/link_watch.c). */
const CARRIER_ROUNDS = 20;
/** Namespaces that died are cleaned up one after the other, of the whole machine (cleanup_net, net/core/net_namespace.c): that can take seconds. */
const GONE_ROUNDS = 100;
const SETTLE_PAUSE_MS = 100;

type Places = ReadonlyMap<string, HeldNamespace>;
type States = ReadonlyMap<number, NamespaceState>;

/** Reads all places at once that are not known yet. */
async function readUnknown(
  places: Places,
  known: States,
  read: (place: HeldNamespace, path: string | null) => ReturnType<typeof readNamespace>,
): Promise<Map<number, NamespaceState>> {
  const states = new Map(known);
  const unread = new Map([...places.values()].filter(({ inode }) => !states.has(inode)).map((place) => [place.inode, place]));
  await Promise.all(
    [...unread.values()].map(async (place) => {
      states.set(place.inode, (await read(place, pathInto(place))).state);
    }),
  );
  return states;
}

/** Reads the sections of all places; for the host also what tells which links are protected. */
export async function readPlaces(
  places: Places,
  needs: readonly Section[],
  signal?: AbortSignal,
  known: States = new Map(),
): Promise<Map<number, NamespaceState>> {
  if (needs.length === 0) return new Map(known);
  return await readUnknown(places, known, ({ isHost }, path) => readNamespace(path, isHost ? [...needs, 'addresses', 'routes'] : needs, signal));
}

/** Links that the steps bring up in a namespace, by their names (only by its name can a link be asked for by itself: `ifN` will not do), but for those that are called otherwise or are elsewhere afterwards. */
export function broughtUp({ steps }: Decided, inode: number): string[] {
  const sets = steps.flatMap(({ place, args: [object, verb, , device, ...what] }) =>
    place.inode === inode && object === 'link' && verb === 'set' && typeof device === 'string' ? [{ device, what }] : [],
  );
  const goes = new Set(sets.filter(({ what: [word] }) => word === 'name' || word === 'netns').map(({ device }) => device));
  return sets.filter(({ device, what: [word] }) => word === 'up' && !goes.has(device) && isPlainLinkName(device)).map(({ device }) => device);
}

/**
 * Reads the world after a change, until it has settled: a link that has just got carrier may not show it yet, and is asked for by itself;
 * the links of a deleted namespace go a moment after it.
 */
export async function readSettled(places: Places, needs: readonly Section[], plan: Decided, known: States): Promise<States> {
  if (needs.length === 0) return known;
  let states = await readUnknown(places, known, ({ inode }, path) => readNamespace(path, needs, undefined, broughtUp(plan, inode)));
  const linksIn = (place: HeldNamespace | undefined) => (place && states.get(place.inode)?.links) ?? [];
  const isLingering = ({ namespace, index }: { namespace: string; index: number }) => linksIn(places.get(namespace)).some((link) => link.index === index);
  for (let round = 0; round < GONE_ROUNDS; round++) {
    const waitsForCarrier = round < CARRIER_ROUNDS && [...places.values()].some((place) => linksIn(place).some(isSettling));
    if (!waitsForCarrier && !plan.gone?.links.some(isLingering)) break;
    if (round > 0) await setTimeout(SETTLE_PAUSE_MS);
    const unsettled = states;
    states = await readUnknown(places, new Map(), ({ inode }, path) =>
      readNamespace(
        path,
        needs,
        undefined,
        (unsettled.get(inode)?.links ?? []).filter((link) => isSettling(link) && isPlainLinkName(link.name)).map(({ name }) => name),
      ),
    );
  }
  return states;
}
