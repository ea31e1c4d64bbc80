// Reading the namespaces of a change: before it, and after it, once the kernel has told all that follows.
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { MANY_JOBS } from '../../exec/many.js';
import { isSettling } from '../../kernel/explain.js';
import type { HeldNamespace } from '../../kernel/kernel.js';
import { readMany } from '../../kernel/reading/feeder.js';
import { isBatchSection, queryOf } from '../../kernel/reading/query.js';
import { readNamespace } from '../../kernel/reading/read.js';
import { type Plan, pathInto } from '../../model/change.js';
import { isPlainLinkName } from '../../model/names.js';
import type { NamespaceState, Section } from '../../model/snapshot.js';

/** The kernel tells of a carrier once a second at the latest (net/core/link_watch.c). */
const CARRIER_ROUNDS = 20;
/** Namespaces that died are cleaned up one after the other, of the whole machine (cleanup_net, net/core/net_namespace.c): that can take seconds. */
const GONE_ROUNDS = 100;
const SETTLE_PAUSE_MS = 100;
/** Readings at once: they mostly wait for the kernel. */
const PER_PROCESSOR = 2;

type Places = ReadonlyMap<string, HeldNamespace>;
type States = ReadonlyMap<number, NamespaceState>;

/** Reads all places at once that are not known yet. */
async function readUnknown(
  places: Places,
  known: States,
  read: (place: HeldNamespace, path: string | null) => ReturnType<typeof readNamespace>,
): Promise<Map<number, NamespaceState>> {
  const states = new Map(known);
  const queue = [...new Map([...places.values()].filter(({ inode }) => !states.has(inode)).map((place) => [place.inode, place])).values()];
  const worker = async () => {
    for (let place = queue.shift(); place !== undefined; place = queue.shift()) states.set(place.inode, (await read(place, pathInto(place))).state);
  };
  await Promise.all(Array.from({ length: Math.min(queue.length, availableParallelism() * PER_PROCESSOR) }, worker));
  return states;
}

/** Reads at once those of many places for which one process each can answer the same questions; the others are left out. */
async function readTogether(places: Places, needs: (place: HeldNamespace) => readonly Section[], known: States, signal?: AbortSignal): Promise<States> {
  const bySections = new Map<string, { sections: readonly Section[]; paths: Map<string, number> }>();
  for (const place of places.values()) {
    const sections = needs(place);
    if (place.isHost || known.has(place.inode) || sections.length === 0 || !sections.every(isBatchSection)) continue;
    const key = [...sections].sort().join(' ');
    const group = bySections.get(key) ?? { sections, paths: new Map<string, number>() };
    group.paths.set(place.path, place.inode);
    bySections.set(key, group);
  }
  const states = new Map(known);
  for (const { sections, paths } of bySections.values()) {
    const query = paths.size < MANY_JOBS ? null : queryOf(sections);
    if (!query) continue;
    for (const [path, state] of await readMany([...paths.keys()], query, { signal })) {
      const inode = paths.get(path);
      if (inode !== undefined) states.set(inode, state);
    }
  }
  return states;
}

/** Reads of all places the sections that each is needed for; of the host also what tells which links are protected. */
export async function readPlaces(
  places: Places,
  needs: (place: HeldNamespace) => readonly Section[],
  signal?: AbortSignal,
  known: States = new Map(),
): Promise<Map<number, NamespaceState>> {
  const needed = new Map([...places].filter(([, place]) => needs(place).length > 0));
  return await readUnknown(needed, await readTogether(needed, needs, known, signal), (place, path) =>
    readNamespace(path, place.isHost ? [...needs(place), 'addresses', 'routes'] : needs(place), signal),
  );
}

/** Links that the steps bring up in a namespace, by their names (only by its name can a link be asked for by itself: `ifN` will not do), but for those that are called otherwise or are elsewhere afterwards. */
export function broughtUp({ steps }: Pick<Plan, 'steps'>, inode: number): string[] {
  const sets = steps.flatMap(({ place, program, args: [object, verb, , device, ...what] }) =>
    place.inode === inode && program === undefined && object === 'link' && verb === 'set' && typeof device === 'string' ? [{ device, what }] : [],
  );
  const goes = new Set(sets.filter(({ what: [word] }) => word === 'name' || word === 'netns').map(({ device }) => device));
  return sets.filter(({ device, what: [word] }) => word === 'up' && !goes.has(device) && isPlainLinkName(device)).map(({ device }) => device);
}

/**
 * Reads the world after a change, until it has settled: a link that has just got carrier may not show it yet, and is asked for by itself;
 * the links of a deleted namespace go a moment after it.
 * @param gone Links that the kernel is about to remove.
 */
export async function readSettled(
  places: Places,
  needs: (place: HeldNamespace) => readonly Section[],
  plan: Pick<Plan, 'steps'>,
  known: States,
  gone: readonly { namespace: string; index: number }[],
): Promise<Map<number, NamespaceState>> {
  const needed = new Map([...places].filter(([, place]) => needs(place).length > 0));
  let states = await readUnknown(needed, known, (place, path) => readNamespace(path, needs(place), undefined, broughtUp(plan, place.inode)));
  const linksIn = (place: HeldNamespace | undefined) => (place && states.get(place.inode)?.links) ?? [];
  const isLingering = ({ namespace, index }: { namespace: string; index: number }) => linksIn(places.get(namespace)).some((link) => link.index === index);
  for (let round = 0; round < GONE_ROUNDS; round++) {
    const waitsForCarrier = round < CARRIER_ROUNDS && [...places.values()].some((place) => linksIn(place).some(isSettling));
    if (!waitsForCarrier && !gone.some(isLingering)) break;
    if (round > 0) await setTimeout(SETTLE_PAUSE_MS);
    const unsettled = states;
    // Only where something is awaited.
    const awaited = new Map(
      [...needed].filter(([reference, place]) => linksIn(place).some(isSettling) || gone.some((link) => link.namespace === reference && isLingering(link))),
    );
    const again = await readUnknown(awaited, new Map(), (place, path) =>
      readNamespace(
        path,
        needs(place),
        undefined,
        (unsettled.get(place.inode)?.links ?? []).filter((link) => isSettling(link) && isPlainLinkName(link.name)).map(({ name }) => name),
      ),
    );
    states = new Map([...unsettled, ...again]);
  }
  return states;
}
