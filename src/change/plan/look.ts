// Reading the namespaces of a change: before it, and after it, once the kernel has told all that follows.
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { MANY_JOBS } from '../../exec/many.js';
import { isSettling } from '../../kernel/explain.js';
import type { HeldNamespace } from '../../kernel/kernel.js';
import { readMany } from '../../kernel/reading/feeder.js';
import { isBatchSection, queryOf } from '../../kernel/reading/query.js';
import { readNamespace, readWhole } from '../../kernel/reading/read.js';
import { type Plan, pathInto } from '../../model/change.js';
import { isPlainLinkName } from '../../model/names.js';
import type { NamespaceState, Section } from '../../model/snapshot.js';

/** The kernel tells of a carrier once a second at the latest (net/core/link_watch.c). */
const CARRIER_ROUNDS = 20;
/** Namespaces that died are cleaned up one after the other, of the whole machine (cleanup_net, net/core/net_namespace.c): that can take seconds. */
const GONE_ROUNDS = 500;
const GONE_PAUSE_MS = 20;
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

/** Reads together those of many places of which the same sections are needed; the others are left out. */
async function readTogether(places: Places, needs: (place: HeldNamespace) => readonly Section[], known: States, signal?: AbortSignal): Promise<States> {
  const bySections = new Map<string, { sections: readonly Section[]; paths: Map<string, number> }>();
  for (const place of places.values()) {
    const sections = needs(place);
    if (place.isHost || known.has(place.inode) || sections.length === 0) continue;
    const key = [...sections].sort().join(' ');
    const group = bySections.get(key) ?? { sections, paths: new Map<string, number>() };
    group.paths.set(place.path, place.inode);
    bySections.set(key, group);
  }
  const states = new Map(known);
  for (const { sections, paths } of bySections.values()) {
    if (paths.size < MANY_JOBS) continue;
    const query = sections.every(isBatchSection) ? queryOf(sections) : null;
    const all = [...paths.keys()];
    for (const [path, state] of query ? await readMany(all, query, { signal }) : await readWhole(all, sections, signal)) {
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
    readNamespace(path, place.isHost ? [...needs(place), 'addresses', 'routes'] : needs(place), { signal }),
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
  await untilGone(needed, gone);
  const stale = gone.flatMap(({ namespace, index }) => {
    const inode = needed.get(namespace)?.inode ?? 0;
    return known.get(inode)?.links?.some((link) => link.index === index) ? [inode] : [];
  });
  const fresh = new Map([...known].filter(([inode]) => !stale.includes(inode)));
  let states = await readUnknown(needed, fresh, (place, path) => readNamespace(path, needs(place), { fresh: broughtUp(plan, place.inode) }));
  const unsettledIn = ({ inode }: HeldNamespace) => states.get(inode)?.links?.filter(isSettling) ?? [];
  for (let round = 0; round < CARRIER_ROUNDS; round++) {
    const awaited = new Map([...needed].filter(([, place]) => unsettledIn(place).length > 0));
    if (awaited.size === 0) break;
    if (round > 0) await setTimeout(SETTLE_PAUSE_MS);
    const again = await readUnknown(awaited, new Map(), (place, path) => {
      const plain = unsettledIn(place).filter(({ name }) => isPlainLinkName(name));
      return readNamespace(path, needs(place), { fresh: plain.map(({ name }) => name) });
    });
    states = new Map([...states, ...again]);
  }
  return states;
}

/** Waits for links to go, as long as that takes. Only where some are awaited is looked, and only at the links. */
async function untilGone(places: Places, gone: readonly { namespace: string; index: number }[]): Promise<void> {
  let awaited = gone.filter(({ namespace }) => places.has(namespace));
  for (let round = 0; awaited.length > 0 && round < GONE_ROUNDS; round++) {
    if (round > 0) await setTimeout(GONE_PAUSE_MS);
    const where = new Map([...places].filter(([reference]) => awaited.some(({ namespace }) => namespace === reference)));
    const states = await readUnknown(where, new Map(), (_place, path) => readNamespace(path, ['links']));
    awaited = awaited.filter(({ namespace, index }) => {
      const place = places.get(namespace);
      return place && states.get(place.inode)?.links?.some((link) => link.index === index);
    });
  }
}
