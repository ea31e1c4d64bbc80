// One change, all or nothing: written down, carried out, read back; at the first failure everything is as it was before.
import { randomUUID } from 'node:crypto';
import { discover } from '../../kernel/discover.js';
import type { HeldNamespace } from '../../kernel/kernel.js';
import { isBatchSection, queryOf } from '../../kernel/reading/query.js';
import type { ChangeRecord, Plan, ResolvedNamespace } from '../../model/change.js';
import { NetnsError, toNetnsError } from '../../model/errors.js';
import { Held } from '../../model/held.js';
import type { NamespaceState, Section } from '../../model/snapshot.js';
import type { ChangeEngineOptions, OperationOutcome } from '../engine.js';
import { writing } from '../journal/unwritable.js';
import { sectionsOf } from '../operation.js';
import { armGuard, startCountdown } from '../past/guard.js';
import type { ChangeEntry } from '../past/record.js';
import { alteredObjects, differences } from '../past/report.js';
import { takeBack } from '../past/undo.js';
import { addIdsWhereNeeded, withoutIds } from '../plan/ids.js';
import { NOBODY } from '../plan/inhabitants.js';
import { BroughtUp, readPlaces, readSettled, untilGone } from '../plan/look.js';
import { openMade, type Places, resolvePerhaps } from '../plan/places.js';
import type { Planned } from '../plan/planning.js';
import { World } from '../plan/world.js';
import { capture, recapture } from '../restore/capture.js';
import type { Captured } from '../restore/captured.js';
import { withKeepers } from '../restore/keepers.js';
import { type Executed, executeSteps } from './execute.js';
import { failureError, withEnded } from './failure.js';
import { planBodyOf, summaryOf } from './plan-body.js';
import { likeRead, onlyOf, sectionsReadBack, touchesOf } from './reach.js';
import type { Wave } from './schedule.js';

/** A change that is planned and permitted. */
export interface Transaction {
  tool: string;
  planned: Planned;
  plan: Plan;
  foreseen: ChangeRecord;
  outcomes: readonly OperationOutcome[];
  confirmWithinSeconds: number | null;
  signal: AbortSignal;
  engine: ChangeEngineOptions;
}

/** Of the altered objects an answer tells so many; the journal has all. */
const MOST_TOLD = 30;
const LOOK_FIRST = 'Look with inspect_namespace before you call again.';

class Running {
  readonly #transaction: Transaction;
  readonly #before: Captured;
  /** By reference; those that the change makes come in as they are made. */
  readonly #places: Places;
  readonly #made = new Held();
  /** What is read back of each reference. */
  readonly #wanted: ReadonlyMap<string, Section[]>;
  /** The same by inode, of those that are there. */
  readonly #sections = new Map<number, Section[]>();
  readonly #upcoming: BroughtUp;
  /** Links elsewhere that go with namespaces that were deleted, and have not been waited for. */
  #going: { namespace: string; index: number }[] = [];

  constructor(transaction: Transaction) {
    const { planned } = transaction;
    this.#transaction = transaction;
    this.#places = new Map(planned.places);
    const touches = touchesOf(planned.operations);
    // Asked for while those that are only planned still go by their placeholders.
    const sections = sectionsReadBack(planned);
    const states = new Map([...planned.states].map(([inode, state]) => [inode, onlyOf(state, sections({ inode }))]));
    this.#before = withKeepers(capture(planned.places, states, touches), touches);
    const isList = planned.operations.length > 1;
    const lean = (place: HeldNamespace) => (isList && !place.isHost ? withoutIds(sections(place)) : sections(place));
    this.#wanted = new Map([...planned.foreseen.all()].map(([reference, place]) => [reference, lean(place)]));
    for (const [reference, { inode }] of [...planned.places, ...planned.foreseen.all()]) this.#readBack(inode, reference);
    this.#upcoming = new BroughtUp(transaction.plan);
  }

  #readBack(inode: number, reference: string): void {
    const wanted = this.#wanted.get(reference);
    if (wanted && inode > 0) this.#sections.set(inode, [...new Set([...(this.#sections.get(inode) ?? []), ...wanted])]);
  }

  async run(): Promise<{ record: ChangeRecord; world: World }> {
    const { planned, plan, confirmWithinSeconds, engine, signal } = this.#transaction;
    const entry = this.#begin();
    if (confirmWithinSeconds !== null) await armGuard(entry, engine);
    let executed: Executed;
    try {
      for (const { decided } of planned.operations) if (decided.ends) await engine.services?.end(decided.ends.inode);
      executed = await executeSteps(plan.steps, {
        id: entry.id,
        queryOf: (place) => this.#queryFor(place),
        onMade: (name) => this.#admit(name),
        onUnnamed: (name) => this.#letGo(name),
        before: (wave) => this.#untilGone(wave),
        signal,
      });
    } catch (error) {
      return this.#takenBack(error, await this.#backOut(entry));
    }
    const { failure, states } = executed;
    if (failure) {
      const isUntouched = failure.ran.size === 0 && failure.uncertain < 2 && failure.because !== 'cancelled';
      const left = isUntouched ? this.#close(entry) : await this.#backOut(entry);
      const error = withEnded(failureError(plan.steps, failure, left), this.#endedServices());
      if (!planned.isBlind || error.code !== planned.operations[0]?.operation.refusedWith) throw error;
      return await this.#explain(entry, error);
    }
    return await this.#finish(entry, states);
  }

  #begin(): ChangeEntry {
    const { tool, planned, confirmWithinSeconds, engine } = this.#transaction;
    return engine.journal.begin({
      id: randomUUID(),
      tool,
      summary: summaryOf(planned.operations),
      confirm_within_seconds: confirmWithinSeconds,
      body: planBodyOf(this.#transaction, this.#before),
    });
  }

  /** What the process that runs the last step of a namespace is asked besides; null when one process could not answer all. */
  #queryFor(place: ResolvedNamespace) {
    const sections = this.#sections.get(place.inode) ?? [];
    return sections.every(isBatchSection) ? queryOf(sections, this.#upcoming.in(place)) : null;
  }

  /** A namespace that the change has made: from now on by its handle. */
  #admit(name: string): void {
    const { planned, engine } = this.#transaction;
    const held = this.#made.keep(openMade(name));
    planned.foreseen.planned.get(name)?.become(held);
    writing('What the change made could not be marked', engine.stateDirectory, () => engine.marks.markNamespace(held.handle));
    this.#places.set(name, held);
    this.#readBack(held.inode, name);
  }

  /** A namespace that was deleted dies only when nobody holds it any more, and the other ends of its links with it. */
  #release(inodes: readonly number[]): void {
    for (const place of this.#places.values()) if (inodes.includes(place.inode)) place[Symbol.dispose]();
  }

  #letGo(name: string): void {
    for (const { decided } of this.#transaction.planned.operations) {
      const { gone, steps } = decided;
      const inode = gone && this.#places.get(gone.namespace)?.inode;
      if (!gone || gone.livesOn || !steps.some(({ named }) => named?.name === name)) continue;
      if (inode) this.#release([inode]);
      this.#going.push(...gone.links);
    }
  }

  /** What is to be done where links are about to go with their other ends is not to meet them. */
  async #untilGone(wave: Wave): Promise<void> {
    const isHere = ({ namespace }: { namespace: string }) => wave.some(({ place }) => place.inode === this.#places.get(namespace)?.inode);
    const awaited = this.#going.filter(isHere);
    if (awaited.length === 0) return;
    this.#going = this.#going.filter((link) => !isHere(link));
    await untilGone(this.#places, awaited);
  }

  /** Nothing was done. */
  #close(entry: ChangeEntry): string[] {
    entry.transition(['running'], 'failed');
    return [];
  }

  /** @returns What could not be taken back. */
  async #backOut(entry: ChangeEntry): Promise<string[]> {
    const { engine, planned } = this.#transaction;
    const made = [...planned.foreseen.planned.values()].map(({ inode }) => inode).filter((inode) => inode > 0);
    const deleted = planned.operations.flatMap(({ decided }) => (decided.gone ? (this.#places.get(decided.gone.namespace)?.inode ?? []) : []));
    this.#release(deleted);
    this.#made[Symbol.dispose]();
    const { left } = await takeBack(entry, engine, { from: ['running'], why: 'failed', to: 'failed' });
    const found = made.length === 0 ? null : discover().found;
    for (const inode of made) if (!found?.has(inode)) engine.marks.forget(inode);
    return left;
  }

  /** Says that what was done is undone, because of something else than a step. @throws NetnsError always. */
  #takenBack(error: unknown, left: readonly string[]): never {
    const { code, message, hint, details } = toNetnsError(error);
    const takenBack = new NetnsError(
      left.length > 0 ? 'ROLLBACK_INCOMPLETE' : code,
      `${message} The change was taken back${left.length > 0 ? `, but for: ${left.join('; ')}` : ''}.`,
      hint,
      { ...details, left },
      error,
    );
    throw withEnded(takenBack, this.#endedServices());
  }

  /** Services that were to end first, and have. */
  #endedServices(): string[] {
    const { planned, engine } = this.#transaction;
    return planned.operations.flatMap(({ decided: { ends, gone } }) => {
      const running = ends ? engine.services?.in(ends.inode).map(({ name }) => name) : [];
      return (ends?.services ?? []).flatMap(({ name }) => (running?.includes(name) ? [] : [`${name} in ${gone?.namespace ?? `inode:${ends?.inode}`}`]));
    });
  }

  /** The kernel refused what was planned blind: it is so already, or this tells what is in the way. */
  async #explain(entry: ChangeEntry, error: NetnsError): Promise<{ record: ChangeRecord; world: World }> {
    const { planned, foreseen } = this.#transaction;
    const [only] = planned.operations;
    if (!only) throw error;
    const { operation, input } = only;
    const world = new World(planned.places, await readPlaces(planned.places, () => sectionsOf(operation, input)));
    const { steps } = operation.plan(input, world, NOBODY);
    if (steps.length > 0) throw error;
    entry.remove('failed');
    return { record: { ...foreseen, id: null, changed: false, commands: [] }, world };
  }

  async #finish(entry: ChangeEntry, readBack: Map<number, NamespaceState>): Promise<{ record: ChangeRecord; world: World }> {
    const { planned, plan, foreseen, confirmWithinSeconds, engine } = this.#transaction;
    try {
      const { places, states } = await this.#look(readBack);
      const world = new World(places, states);
      writing('What the change made could not be marked', engine.stateDirectory, () => this.#mark(world));
      const after = recapture(this.#before, places, states);
      const altered = alteredObjects(this.#before, after);
      const expected = recapture(this.#before, planned.foreseen.all(), likeRead(planned.foreseen.allStates(), states));
      const differs = planned.isBlind ? [] : differences(expected, after);
      entry.writeOutcome({ after, altered, differs, taken_back: null });
      const expires_at = confirmWithinSeconds === null ? null : startCountdown(entry, confirmWithinSeconds);
      if (expires_at === null) entry.transition(['running'], 'applied');
      const record: ChangeRecord = {
        ...foreseen,
        id: entry.id,
        altered: altered.slice(0, MOST_TOLD),
        ...(differs.length > 0 ? { differs } : {}),
        ...(expires_at === null ? {} : { expires_at }),
        undoable: plan.undoable,
      };
      return { record, world };
    } catch (error) {
      const { code, message } = toNetnsError(error);
      if (code === 'STATE_UNWRITABLE') return this.#takenBack(error, await this.#backOut(entry));
      entry.transition(['running'], 'applied');
      throw new NetnsError('READ_FAILED', `The change was made, but what came of it could not be read: ${message}`, LOOK_FIRST, { id: entry.id }, error);
    }
  }

  /** The places as they are now, read back: what was there perhaps may be gone, or just have come. */
  async #look(readBack: Map<number, NamespaceState>): Promise<{ places: Places; states: Map<number, NamespaceState> }> {
    const { planned, engine } = this.#transaction;
    const { operations } = planned;
    const places: Places = new Map(this.#places);
    const gone = operations.flatMap(({ decided }) => (decided.gone ? [decided.gone] : []));
    const perhaps = operations.flatMap(({ operation, input }) => operation.perhaps?.(input) ?? []);
    const dead = gone.flatMap(({ namespace }) => places.get(namespace)?.inode ?? []);
    for (const [reference, place] of [...places]) {
      if (!dead.includes(place.inode)) continue;
      place[Symbol.dispose]();
      places.delete(reference);
    }
    for (const reference of new Set([...perhaps, ...gone.map(({ namespace }) => namespace)])) {
      if (!places.has(reference)) await resolvePerhaps(places, engine.kernel, reference, this.#made);
    }
    const links = gone.flatMap((each) => each.links);
    const states = await readSettled(places, ({ inode }) => this.#sections.get(inode) ?? [], this.#upcoming, readBack, links);
    if (operations.length > 1) await addIdsWhereNeeded(places.values(), states, ({ isHost }) => !isHost);
    if (dead.length > 0) {
      const { found } = discover();
      for (const inode of dead) if (!found.has(inode)) engine.marks.forget(inode);
    }
    return { places, states };
  }

  /** Marks what the change made as ours, and lets the marks of what it moved go along. */
  #mark(world: World): void {
    const { planned, engine } = this.#transaction;
    const { marks } = engine;
    const linksIn = (reference: string) => new Set(world.links(reference).map((link) => link.index));
    const decided = planned.operations.map((each) => each.decided).filter(({ steps }) => steps.length > 0);
    for (const { from, index, to, name } of decided.flatMap(({ moved = [] }) => moved)) {
      const [source, target] = [world.find(from), world.find(to)];
      const link = target && world.findLink(to, name);
      if (source && target && link) marks.moveLink(source.handle, index, target.handle, link.index, linksIn(to));
    }
    const byPlace = new Map<HeldNamespace, { reference: string; names: string[] }>();
    for (const { namespace, name } of decided.flatMap(({ made }) => made?.links ?? [])) {
      const place = world.find(namespace);
      if (!place) continue;
      const known = byPlace.get(place) ?? { reference: namespace, names: [] };
      known.names.push(name);
      byPlace.set(place, known);
    }
    for (const [place, { reference, names }] of byPlace) {
      const indices = names.flatMap((name) => world.findLink(reference, name)?.index ?? []);
      marks.markLinks(place.handle, indices, linksIn(reference));
    }
  }

  [Symbol.dispose](): void {
    this.#made[Symbol.dispose]();
  }
}

/** Carries out a change. @throws NetnsError after everything was taken back, or saying what could not be. */
export async function transact(transaction: Transaction): Promise<{ record: ChangeRecord; world: World }> {
  using running = new Running(transaction);
  return await running.run();
}
