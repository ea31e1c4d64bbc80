// Reading the namespaces of a change: before it, and after it, once the kernel has told all that follows.
import { setTimeout } from 'node:timers/promises';
import { MANY_JOBS } from '../../exec/many.js';
import { sideBySide } from '../../exec/shares.js';
import { isSettling } from '../../kernel/explain.js';
import type { HeldNamespace } from '../../kernel/kernel.js';
import { readMany } from '../../kernel/reading/feeder.js';
import { isBatchSection, queryOf } from '../../kernel/reading/query.js';
import { readNamespace, readWhole } from '../../kernel/reading/read.js';
import { type Command, type Plan, pathInto, type ResolvedNamespace } from '../../model/change.js';
import { isPlainLinkName } from '../../model/names.js';
import type { NamespaceState, Section } from '../../model/snapshot.js';

/** The kernel tells of a carrier once a second at the latest (net/core/link_watch.c). */
const CARRIER_ROUNDS = 20;
/** Namespaces that died are cleaned up one after the other, of the whole machine (cleanup_net, net/core/net_namespace.c): that can take seconds. */
const GONE_ROUNDS = 500;
const GONE_PAUSE_MS = 20;
const SETTLE_PAUSE_MS = 100;

type Places = ReadonlyMap<string, HeldNamespace>;
type States = ReadonlyMap<number, NamespaceState>;

/** What is to be read of a namespace. */
interface Wish {
  sections: readonly Section[];
  /** As of `queryOf`. */
  fresh?: readonly string[];
}

/** Namespaces of which the same is to be read. */
interface Alike extends Wish {
  places: HeldNamespace[];
}

async function readOneByOne(
  places: readonly HeldNamespace[],
  wishOf: (place: HeldNamespace) => Wish,
  states: Map<number, NamespaceState>,
  signal?: AbortSignal,
) {
  await sideBySide(places, async (place) => {
    const { sections, fresh = [] } = wishOf(place);
    states.set(place.inode, (await readNamespace(pathInto(place), sections, { signal, fresh })).state);
  });
}

async function readTogether({ places, sections, fresh = [] }: Alike, states: Map<number, NamespaceState>, signal?: AbortSignal): Promise<void> {
  const inodes = new Map(places.map(({ path, inode }) => [path, inode]));
  const paths = [...inodes.keys()];
  const query = sections.every(isBatchSection) ? queryOf(sections, fresh) : null;
  for (const [path, state] of query ? await readMany(paths, query, { signal }) : await readWhole(paths, sections, { signal, fresh })) {
    const inode = inodes.get(path);
    if (inode !== undefined) states.set(inode, state);
  }
}

/** Reads places, each once, and those of which the same is wanted together. */
async function readAll(places: Iterable<HeldNamespace>, wishOf: (place: HeldNamespace) => Wish, signal?: AbortSignal): Promise<Map<number, NamespaceState>> {
  const distinct = [...new Map([...places].map((place) => [place.inode, place])).values()];
  const alike = new Map<string, Alike>();
  for (const place of distinct) {
    const { sections, fresh = [] } = wishOf(place);
    // Many are entered by their paths; the server's own need not be entered.
    const key = place.isHost ? 'host' : JSON.stringify([[...sections].sort(), fresh]);
    const group = alike.get(key) ?? { sections, fresh, places: [] };
    group.places.push(place);
    alike.set(key, group);
  }
  const many = [...alike.values()].filter((group) => group.places.length >= MANY_JOBS);
  const few = [...alike.values()].filter((group) => group.places.length < MANY_JOBS).flatMap((group) => group.places);
  const states = new Map<number, NamespaceState>();
  await Promise.all([...many.map((group) => readTogether(group, states, signal)), readOneByOne(few, wishOf, states, signal)]);
  // Where something failed, reading by itself says what it was.
  const rest = distinct.filter(({ inode }) => !states.has(inode));
  await readOneByOne(rest, wishOf, states, signal);
  return states;
}

/** Reads of all places the sections that each is needed for; of the host also what tells which links are protected. */
export async function readPlaces(
  places: Places,
  needs: (place: HeldNamespace) => readonly Section[],
  signal?: AbortSignal,
): Promise<Map<number, NamespaceState>> {
  const needed = [...places.values()].filter((place) => needs(place).length > 0);
  return await readAll(needed, (place) => ({ sections: place.isHost ? [...needs(place), 'addresses', 'routes'] : needs(place) }), signal);
}

/**
 * Links that the steps bring up in a namespace, by their names (only by its name can a link be asked for by itself: `ifN` will not do), but for
 * those that are called otherwise or are elsewhere afterwards.
 */
function broughtUp(steps: readonly Command[]): string[] {
  const sets = steps.flatMap(({ program, args: [object, verb, , device, ...what] }) =>
    program === undefined && object === 'link' && verb === 'set' && typeof device === 'string' ? [{ device, what }] : [],
  );
  const goes = new Set(sets.filter(({ what: [word] }) => word === 'name' || word === 'netns').map(({ device }) => device));
  return sets.filter(({ device, what: [word] }) => word === 'up' && !goes.has(device) && isPlainLinkName(device)).map(({ device }) => device);
}

/** By namespace, the links that a plan brings up. */
export class BroughtUp {
  readonly #steps = new Map<ResolvedNamespace, Command[]>();

  constructor({ steps }: Pick<Plan, 'steps'>) {
    for (const step of steps) {
      const own = this.#steps.get(step.place);
      if (own) own.push(step);
      else this.#steps.set(step.place, [step]);
    }
  }

  in({ inode }: Pick<ResolvedNamespace, 'inode'>): string[] {
    return broughtUp([...this.#steps].flatMap(([place, steps]) => (place.inode === inode ? steps : [])));
  }
}

/**
 * Reads the world after a change, until it has settled: a link that has just got carrier may not show it yet, and is asked for by itself;
 * the links of a deleted namespace go a moment after it.
 * @param gone Links that the kernel is about to remove.
 */
export async function readSettled(
  places: Places,
  needs: (place: HeldNamespace) => readonly Section[],
  upcoming: BroughtUp,
  known: States,
  gone: readonly { namespace: string; index: number }[],
): Promise<Map<number, NamespaceState>> {
  const needed = new Map([...places].filter(([, place]) => needs(place).length > 0));
  await untilGone(needed, gone);
  const stale = gone.flatMap(({ namespace, index }) => {
    const inode = needed.get(namespace)?.inode ?? 0;
    return known.get(inode)?.links?.some((link) => link.index === index) ? [inode] : [];
  });
  const states = new Map([...known].filter(([inode]) => !stale.includes(inode)));
  const unknown = [...needed.values()].filter(({ inode }) => !states.has(inode));
  for (const [inode, state] of await readAll(unknown, (place) => ({ sections: needs(place), fresh: upcoming.in(place) }))) states.set(inode, state);
  const unsettledIn = ({ inode }: HeldNamespace) => states.get(inode)?.links?.filter(isSettling) ?? [];
  for (let round = 0; round < CARRIER_ROUNDS; round++) {
    const awaited = [...needed.values()].filter((place) => unsettledIn(place).length > 0);
    if (awaited.length === 0) break;
    if (round > 0) await setTimeout(SETTLE_PAUSE_MS);
    const wishOf = (place: HeldNamespace) => {
      const plain = unsettledIn(place).filter(({ name }) => isPlainLinkName(name));
      return { sections: needs(place), fresh: plain.map(({ name }) => name) };
    };
    for (const [inode, state] of await readAll(awaited, wishOf)) states.set(inode, state);
  }
  return states;
}

/** Waits for links to go, as long as that takes. Only where some are awaited is looked, and only at the links. */
export async function untilGone(places: Places, gone: readonly { namespace: string; index: number }[]): Promise<void> {
  let awaited = gone.filter(({ namespace }) => places.has(namespace));
  for (let round = 0; awaited.length > 0 && round < GONE_ROUNDS; round++) {
    if (round > 0) await setTimeout(GONE_PAUSE_MS);
    const where = new Set(awaited.flatMap(({ namespace }) => places.get(namespace) ?? []));
    const states = await readAll(where, () => ({ sections: ['links'] }));
    awaited = awaited.filter(({ namespace, index }) => {
      const place = places.get(namespace);
      return place && states.get(place.inode)?.links?.some((link) => link.index === index);
    });
  }
}
