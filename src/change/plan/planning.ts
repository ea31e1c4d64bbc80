// From what was asked to what would be done: every namespace opened and locked, the world read, and each operation planned on what those before it leave.
import type { z } from 'zod';
import { hostInode } from '../../kernel/discover.js';
import type { HeldNamespace, Kernel } from '../../kernel/kernel.js';
import type { Marks } from '../../kernel/marks.js';
import { namespaceSubject, type ResolvedNamespace } from '../../model/change.js';
import { Held } from '../../model/held.js';
import type { Effect, Judged, Redaction } from '../../model/policy.js';
import type { NamespaceState, Section } from '../../model/snapshot.js';
import { type Decided, type Operation, sectionsOf } from '../operation.js';
import { Foreseen } from './foreseen.js';
import { addIdsWhereNeeded, withoutIds } from './ids.js';
import { type Census, inhabitantsOf, NOBODY, type ServicesInside, takeCensus } from './inhabitants.js';
import { readPlaces } from './look.js';
import { isPlanned, type Places, PlannedNamespace, resolveInto, resolvePerhaps, stillThere } from './places.js';
import { withProtection } from './protected.js';
import { type ServiceInside, World } from './world.js';

/** One operation of a list, with its input as its schema parsed it. */
export interface Asked<Input extends z.ZodObject = z.ZodObject, Result extends z.ZodRawShape = z.ZodRawShape> {
  operation: Operation<Input, Result>;
  input: z.output<Input>;
}

/** An operation, planned. */
export interface PlannedOperation extends Asked {
  decided: Decided;
  judged: Judged;
  /** What else it takes: to end services. */
  alsoJudged: readonly Judged[];
}

/** A list of operations, planned. Its namespaces are open, and locked, as long as what it was made with is held. */
export interface Planned {
  places: Places;
  /** What was read before. Empty when it is planned blind. */
  states: Map<number, NamespaceState>;
  operations: PlannedOperation[];
  foreseen: Foreseen;
  /** Keys of the locks that are held. */
  locks: string[];
  /** Nothing was read: the kernel refuses where something is in the way. */
  isBlind: boolean;
}

export interface PlanningOptions {
  kernel: Kernel;
  marks: Marks;
  redacts: ReadonlySet<Redaction>;
  services?: ServicesInside | undefined;
  /** Waits for what nobody else may change meanwhile, and holds it until disposed. */
  lock(keys: Iterable<string>, signal?: AbortSignal): Promise<Disposable & { waited: boolean }>;
  /** What the policy says before anything is looked at. Throws when it denies. */
  beforeReading(judged: Judged[]): Effect;
  /** It has to be known how things are: somebody is told, or asked. */
  mustLook: boolean;
  signal: AbortSignal;
}

/** The kernel can be asked for further namespaces only so often before what they lead to is taken as it is. */
const MOST_ROUNDS = 4;

function actionsOf({ operation, input }: Asked): Judged['actions'] {
  return [operation.action, ...(operation.alsoActs?.(input) ?? [])];
}

function judgedIn(asked: Asked, world: World): Judged {
  return { actions: actionsOf(asked), subjects: asked.operation.subjects(asked.input, world) };
}

/** Ending services, as the policy judges it: each with the namespace it runs in, and its command. */
function endings(home: HeldNamespace, services: readonly ServiceInside[]): Judged[] {
  return services.map(({ program, argv }) => ({
    actions: ['service.stop'],
    subjects: [namespaceSubject(home), { kind: 'command', program, argv: [...argv], targets: [] }],
  }));
}

/** The places of a list, and the namespaces that its operations are going to make. */
class Opened {
  readonly places: Places = new Map();
  readonly planned = new Map<string, PlannedNamespace>();
  readonly held: Held;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, held: Held) {
    this.#kernel = kernel;
    this.held = held;
  }

  async open(list: readonly Asked[], signal?: AbortSignal): Promise<void> {
    const kernel = this.#kernel.withNames();
    for (const { operation, input } of list) {
      for (const reference of operation.perhaps?.(input) ?? []) {
        if (!this.planned.has(reference)) await resolvePerhaps(this.places, kernel, reference, this.held, signal);
      }
      for (const reference of operation.namespaces(input)) {
        if (!this.planned.has(reference)) await resolveInto(this.places, kernel, reference, this.held, signal);
      }
      for (const name of operation.makes?.(input) ?? []) {
        if (!this.places.has(name)) this.planned.set(name, this.planned.get(name) ?? new PlannedNamespace(name, this.planned.size + 1));
      }
    }
  }

  /** Whoever held the locks before may have made or deleted what is there perhaps. */
  async openAgain(list: readonly Asked[], waited: boolean, signal: AbortSignal): Promise<void> {
    const unsure = list.flatMap(({ operation, input }) => operation.perhaps?.(input) ?? []);
    if (waited) for (const [reference, place] of this.places) if (!unsure.includes(reference)) await stillThere(place, this.#kernel, reference, signal);
    for (const reference of unsure) {
      // What is held open would not go when its name does.
      this.places.get(reference)?.[Symbol.dispose]();
      this.places.delete(reference);
    }
    this.planned.clear();
    await this.open(list, signal);
  }

  lockKeys(list: readonly Asked[]): string[] {
    const names = list.flatMap(({ operation, input }) => [...(operation.perhaps?.(input) ?? []), ...(operation.makes?.(input) ?? [])]);
    return [...names.map((name) => `name:${name}`), ...[...this.places.values()].map(({ inode }) => `inode:${inode}`)];
  }

  all(): Places {
    return new Map<string, HeldNamespace>([...this.places, ...this.planned]);
  }
}

/** References of what an operation reads: those where it only runs a command need no look. */
export function referencesIn({ operation, input }: Asked): string[] {
  const onlyToRun = operation.runsIn?.(input) ?? [];
  return [...operation.namespaces(input), ...(operation.perhaps?.(input) ?? [])].filter((reference) => !onlyToRun.includes(reference));
}

/** Which sections each namespace is read for: those of all operations that have to do with it. @param referencesOf Those of one operation. */
export function sectionsByPlace<T extends Asked>(
  list: readonly T[],
  referencesOf: (asked: T) => readonly string[],
  find: (reference: string) => Pick<ResolvedNamespace, 'inode'> | null | undefined,
): (place: Pick<ResolvedNamespace, 'inode'>) => Section[] {
  const sections = new Map<number, Set<Section>>();
  for (const asked of list) {
    const wanted = sectionsOf(asked.operation, asked.input);
    for (const reference of new Set(referencesOf(asked))) {
      const place = find(reference);
      if (place) sections.set(place.inode, new Set([...(sections.get(place.inode) ?? []), ...wanted]));
    }
  }
  return ({ inode }) => [...(sections.get(inode) ?? [])];
}

/**
 * Plans a list of operations. @param held Keeps the namespaces open and locked.
 * @throws NetnsError when the policy denies it, or it cannot be done: nothing was changed.
 */
export async function planList(list: readonly Asked[], options: PlanningOptions, held: Held): Promise<Planned> {
  const further = new Set<string>();
  for (let round = 1; ; round++) {
    const attempt = new Held();
    try {
      const { planned, unlocked } = await planOnce(list, options, attempt, further);
      if (unlocked.length === 0 || round === MOST_ROUNDS) {
        held.keep(attempt);
        return planned;
      }
      for (const key of unlocked) further.add(key);
    } catch (error) {
      attempt[Symbol.dispose]();
      throw error;
    }
    // What it leads to has to be locked as well, and in one order with the rest: from the beginning.
    attempt[Symbol.dispose]();
  }
}

/** Sections by which the other ends of links are told. */
const OF_OTHER_ENDS: readonly Section[] = ['links', 'nsids'];

/**
 * Most of what operations touch besides is on the host: it is read along with the rest, when there are several of them, for what they need of it.
 */
async function withHost(
  list: readonly Asked[],
  needs: (place: HeldNamespace) => Section[],
  places: Places,
  { kernel, signal }: Pick<PlanningOptions, 'kernel' | 'signal'>,
  held: Held,
): Promise<(place: HeldNamespace) => Section[]> {
  const touching = list.filter(({ operation }) => operation.alsoTouches);
  if (list.length === 1 || touching.length === 0) return needs;
  if (![...places.values()].some(({ isHost }) => isHost)) places.set('host', held.keep(await kernel.resolve('host', signal)));
  const further = touching.flatMap(({ operation, input }) => sectionsOf(operation, input));
  return (place) => (place.isHost ? [...new Set([...needs(place), ...OF_OTHER_ENDS, ...further])] : needs(place));
}

async function planOnce(
  list: readonly Asked[],
  { kernel, marks, redacts, services, lock, beforeReading, mustLook, signal }: PlanningOptions,
  held: Held,
  further: ReadonlySet<string>,
): Promise<{ planned: Planned; unlocked: string[] }> {
  const opened = new Opened(kernel, held);
  await opened.open(list, signal);
  const unread = new World(opened.all(), new Map());
  const effect = beforeReading(list.map((asked) => judgedIn(asked, unread)));
  const keys = new Set([...opened.lockKeys(list), ...further]);
  const { waited } = held.keep(await lock(keys, signal));
  await opened.openAgain(list, waited, signal);

  const { places } = opened;
  const [only, ...others] = list;
  const looks = mustLook || only?.operation.mustLook?.(only.input) === true;
  const isBlind = only?.operation.refusedWith !== undefined && others.length === 0 && effect === 'allow' && !looks;
  const isList = others.length > 0;
  const needs = await withHost(
    list,
    sectionsByPlace(list, referencesIn, (reference) => places.get(reference)),
    places,
    { kernel, signal },
    held,
  );
  const lean = (place: HeldNamespace) => (isList && !place.isHost ? withoutIds(needs(place)) : needs(place));
  const states = isBlind ? new Map<number, NamespaceState>() : await readPlaces(places, lean, signal);
  if (isList) await addIdsWhereNeeded(places.values(), states, (place) => needs(place).includes('nsids'), signal);
  const foreseen = new Foreseen(places, states, opened.planned, ({ handle }) => marks.ownedLinks(handle));
  const unlocked: string[] = [];
  const operations: PlannedOperation[] = [];
  let taken: Census | null = null;
  const census = () => {
    taken ??= takeCensus();
    return taken;
  };
  for (const asked of list) {
    const { operation, input } = asked;
    for (const reference of operation.alsoTouches?.(input, foreseen) ?? []) {
      if (!foreseen.find(reference)) await resolvePerhaps(places, kernel, reference, held, signal);
      const place = foreseen.find(reference) ?? places.get(reference);
      if (!place || isPlanned(place)) continue;
      if (!keys.has(`inode:${place.inode}`)) unlocked.push(`inode:${place.inode}`);
      // It may be open for an operation that needed less of it.
      const known = states.get(place.inode) ?? {};
      const wanted = states.has(place.inode) && isList ? withoutIds(sectionsOf(operation, input)) : sectionsOf(operation, input);
      const missing = wanted.filter((section) => known[section] === undefined);
      const read = missing.length > 0 ? await readPlaces(new Map([[reference, place]]), () => missing, signal) : new Map<number, NamespaceState>();
      const state = { ...read.get(place.inode), ...known };
      states.set(place.inode, state);
      foreseen.admit(reference, place, state);
    }
    const home = operation.inhabitantsOf ? foreseen.find(operation.inhabitantsOf(input)) : null;
    const isThere = home && !isPlanned(home);
    const inhabitants = isThere ? inhabitantsOf(home, census(), foreseen.ownedLinks(home), redacts, services?.in(home.inode)) : NOBODY;
    const first = operation.plan(input, foreseen, inhabitants);
    const decided = (await operation.check?.(input, foreseen, first, signal)) ?? first;
    const { actions, subjects } = judgedIn(asked, foreseen);
    operations.push({
      ...asked,
      decided,
      judged: { actions, subjects: withProtection(subjects, states.get(hostInode()) ?? {}) },
      alsoJudged: home && decided.ends ? endings(home, decided.ends.services) : [],
    });
    if (decided.steps.length > 0) operation.foresee(input, foreseen, decided);
  }
  return { planned: { places, states, operations, foreseen, locks: [...keys], isBlind }, unlocked };
}
