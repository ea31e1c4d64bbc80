// The one way by which anything is changed: resolve, look, plan, be judged, act as one transaction, read back.
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { discover, hostInode } from '../kernel/discover.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Marks } from '../kernel/marks.js';
import { queryOf } from '../kernel/read.js';
import { scanNames } from '../kernel/sources/names.js';
import { redactNamespace } from '../kernel/view.js';
import type { ChangeRecord } from '../model/change.js';
import { NetnsError, toNetnsError } from '../model/errors.js';
import { Held } from '../model/held.js';
import type { Permit, Work } from '../model/permit.js';
import type { Effect, Redaction, Subject } from '../model/policy.js';
import type { NamespaceState } from '../model/snapshot.js';
import { shownCommand, workOf } from './command.js';
import { executeSteps } from './execute.js';
import { recordInFlight } from './in-flight.js';
import { Locks } from './locks.js';
import { broughtUp, readPlaces, readSettled } from './look.js';
import type { Decided, Operation } from './operation.js';
import { type Places, resolveInto, resolvePerhaps, stillThere } from './places.js';
import { withProtection } from './protected.js';
import { type Inhabitants, World } from './world.js';

/** A change that is planned and not yet made. It holds its namespaces open and locked until it is disposed. */
export interface PreparedChange extends Disposable {
  subjects: Subject[];
  work: Work;
  plan: Decided;
  /** What a dry run reports. */
  foreseen: ChangeRecord;
  /** What was read: before `make` the world as it is, after it as it was read back. */
  world(): World;
  /** Makes the change. @throws NetnsError after taking back what it had begun. */
  make(permit: Permit): Promise<ChangeRecord>;
}

export interface ChangeRequest<Input extends z.ZodObject, Result extends z.ZodRawShape> {
  operation: Operation<Input, Result>;
  input: z.output<Input>;
  signal: AbortSignal;
  dryRun: boolean;
  /** What the policy says of these subjects, asked before anything is looked at. Throws when it denies. */
  beforeReading(subjects: Subject[]): Effect;
}

export interface ChangeEngineOptions {
  kernel: Kernel;
  marks: Marks;
  /** Where the record of a running change is kept. */
  stateDirectory: string;
  /** What errors leave out. */
  redacts?: ReadonlySet<Redaction>;
}

const LOOK_FIRST = 'Look with inspect_namespace before you call again.';

const NOBODY: Inhabitants = { processes: { count: 0, sample: [] }, ownedLinks: new Set(), keptBy: [], linkNames: new Set() };

/** Carries out operations. One per server: it holds the locks. */
export class ChangeEngine {
  readonly #options: ChangeEngineOptions;
  readonly #locks = new Locks();

  constructor(options: ChangeEngineOptions) {
    this.#options = options;
  }

  /**
   * Resolves, reads and plans. The caller disposes what it gets, whether it makes the change or not.
   * @throws NetnsError when the policy denies it, or it cannot be done: nothing was changed.
   */
  async prepare<Input extends z.ZodObject, Result extends z.ZodRawShape>(request: ChangeRequest<Input, Result>): Promise<PreparedChange> {
    const held = new Held();
    try {
      return await this.#prepare(request, held);
    } catch (error) {
      held[Symbol.dispose]();
      throw error;
    }
  }

  async #prepare<Input extends z.ZodObject, Result extends z.ZodRawShape>(request: ChangeRequest<Input, Result>, held: Held): Promise<PreparedChange> {
    const { operation, input, signal } = request;
    const { kernel } = this.#options;
    const perhaps = operation.perhaps?.(input) ?? [];
    const places: Places = new Map();
    const resolveAll = async (until?: AbortSignal) => {
      for (const reference of operation.namespaces(input)) await resolveInto(places, kernel, reference, held, until);
      for (const reference of perhaps) await resolvePerhaps(places, kernel, reference, held, until);
    };

    await resolveAll(signal);
    const effect = request.beforeReading(operation.subjects(input, new World(places, new Map())));
    const lock = held.keep(await this.#locks.acquire([...perhaps, ...[...places.values()].map(({ inode }) => `inode:${inode}`)], signal));
    if (lock.waited) for (const reference of operation.namespaces(input)) await stillThere(places.get(reference), kernel, reference, signal);
    // Whoever held the locks before may have made or deleted what is there perhaps.
    for (const reference of perhaps) places.delete(reference);
    await resolveAll(signal);

    // A human who is asked, or who wants to see what would be done, is told how it really is.
    const isBlind = operation.refusedWith !== undefined && effect === 'allow' && !request.dryRun;
    const states = isBlind ? new Map<number, NamespaceState>() : await readPlaces(places, operation.needs, signal);
    let world = new World(places, states);
    const touched = operation.alsoTouches?.(input, world) ?? [];
    for (const reference of touched) await resolvePerhaps(places, kernel, reference, held, signal);
    if (touched.length > 0) {
      for (const [inode, state] of await readPlaces(places, operation.needs, signal, states)) states.set(inode, state);
      world = new World(places, states);
    }

    const plan = operation.plan(input, world, await this.#inhabitants(operation, input, world));
    const subjects = withProtection(operation.subjects(input, world), states.get(hostInode()) ?? {});
    const work = workOf(operation.action, plan);
    const record = (changed: boolean, dryRun: boolean): ChangeRecord => ({
      id: changed && !dryRun ? id : null,
      changed,
      dry_run: dryRun,
      commands: plan.steps.map(shownCommand),
      undoable: plan.undoable,
      loses: plan.loses,
    });
    const id = randomUUID();

    return {
      subjects,
      work,
      plan,
      foreseen: record(plan.steps.length > 0, true),
      world: () => world,
      make: async (permit) => {
        permit.demand(work);
        const last = plan.steps.at(-1)?.place;
        if (!last) return record(false, false);
        const query = queryOf(operation.needs, broughtUp(plan, last.inode));
        const done = record(true, false);
        let readBack: NamespaceState | null;
        try {
          readBack = await this.#inFlight({ id, operation: operation.name, commands: done.commands }, () =>
            executeSteps(plan.steps, query && { place: last, query }, signal),
          );
        } catch (error) {
          if (!isBlind || !(error instanceof NetnsError) || error.code !== operation.refusedWith) throw error;
          world = new World(places, await readPlaces(places, operation.needs, signal));
          // It is so already, or this tells what is in the way.
          if (operation.plan(input, world, NOBODY).steps.length > 0) throw error;
          return { ...record(false, false), commands: [] };
        }
        try {
          // What was there perhaps may be gone now, or just have come.
          const unsure = [...perhaps, ...(plan.gone ? [plan.gone.namespace] : [])];
          const deleted = plan.gone && places.get(plan.gone.namespace)?.inode;
          for (const reference of unsure) {
            places.get(reference)?.[Symbol.dispose]();
            places.delete(reference);
          }
          for (const reference of unsure) await resolvePerhaps(places, kernel, reference, held);
          world = new World(places, await readSettled(places, operation.needs, plan, new Map(readBack ? [[last.inode, readBack]] : [])));
          this.#mark(plan, world);
          if (deleted !== undefined && !discover().found.has(deleted)) this.#options.marks.forget(deleted);
        } catch (error) {
          const { message } = toNetnsError(error);
          throw new NetnsError('READ_FAILED', `The change was made, but what came of it could not be read: ${message}`, LOOK_FIRST, { ...done }, error);
        }
        return done;
      },
      [Symbol.dispose]: () => held[Symbol.dispose](),
    };
  }

  /** Does the work with a record of it on disk, so that a crash does not pass unnoticed. Nothing is done when it cannot be written. */
  async #inFlight<T>(change: Parameters<typeof recordInFlight>[1], work: () => Promise<T>): Promise<T> {
    let record: Disposable;
    try {
      record = recordInFlight(this.#options.stateDirectory, change);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new NetnsError(
        'STATE_UNWRITABLE',
        `The record of the change could not be written: ${why}. Nothing was changed.`,
        `Make room or mend the permissions of ${this.#options.stateDirectory}.`,
      );
    }
    try {
      return await work();
    } finally {
      record[Symbol.dispose]();
    }
  }

  async #inhabitants<Input extends z.ZodObject, Result extends z.ZodRawShape>(
    operation: Operation<Input, Result>,
    input: z.output<Input>,
    world: World,
  ): Promise<Inhabitants> {
    const place = operation.inhabitantsOf ? world.find(operation.inhabitantsOf(input)) : null;
    if (!place) return NOBODY;
    const found = discover().found.get(place.inode)?.namespace;
    const { kept_alive_by, processes } = found ? redactNamespace(found, { redacts: this.#options.redacts ?? new Set() }) : { kept_alive_by: [], ...NOBODY };
    return {
      processes,
      ownedLinks: this.#options.marks.ownedLinks(place.handle),
      keptBy: kept_alive_by.flatMap(({ by, what }) => (by === 'bind' || by === 'descriptor' ? [what] : [])),
      linkNames: new Set(scanNames().flatMap(({ name, isLink }) => (isLink ? [name] : []))),
    };
  }

  /** Marks what the change made as ours, and lets the marks of what it moved go along. */
  #mark({ made, moved = [] }: Decided, world: World): void {
    const { marks } = this.#options;
    const linksIn = (reference: string) => new Set(world.links(reference).map((link) => link.index));
    for (const { from, index, to, name } of moved) {
      const link = world.findLink(to, name);
      if (link) marks.moveLink(world.at(from).handle, index, world.at(to).handle, link.index, linksIn(to));
    }
    for (const name of made?.namespaces ?? []) {
      const place = world.find(name);
      if (place) marks.markNamespace(place.handle);
    }
    const links = made?.links ?? [];
    for (const namespace of new Set(links.map((link) => link.namespace))) {
      const indices = links.flatMap((link) => (link.namespace === namespace ? (world.findLink(namespace, link.name)?.index ?? []) : []));
      marks.markLinks(world.at(namespace).handle, indices, linksIn(namespace));
    }
  }
}
