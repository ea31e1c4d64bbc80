// The one way by which anything is changed: planned on what is there, judged whole, made as one transaction, read back.
import type { z } from 'zod';
import { hostInode } from '../kernel/discover.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Marks } from '../kernel/marks.js';
import type { ChangeRecord, Plan } from '../model/change.js';
import { fail } from '../model/errors.js';
import { Held } from '../model/held.js';
import type { Permit, Work } from '../model/permit.js';
import type { Effect, Judged, Redaction, Subject } from '../model/policy.js';
import { acquireServerLocks, isAnyLockLeft } from './journal/server-locks.js';
import { isGuarded } from './past/guard.js';
import type { ChangeJournal } from './past/record.js';
import type { ServicesInside } from './plan/inhabitants.js';
import { Locks } from './plan/locks.js';
import { type Asked, type Planned, planList } from './plan/planning.js';
import { clientAddress, cutsOff } from './plan/protected.js';
import { World } from './plan/world.js';
import { shownCommand, workOf } from './run/command.js';
import { transact } from './run/transaction.js';

/** What became, or would become, of one operation of a list. */
export interface OperationOutcome {
  op: string;
  changed: boolean;
  commands: string[][];
}

/** A change that is planned and not yet made. It holds its namespaces open and locked until it is disposed. */
export interface PreparedChange extends Disposable {
  /** What the policy judges: each operation's actions on its own subjects, and the end of services. */
  judged: Judged[];
  subjects: Subject[];
  work: Work;
  plan: Plan;
  /** What a dry run reports. */
  foreseen: ChangeRecord;
  outcomes: OperationOutcome[];
  /** What was read: before `make` the world as it is, after it as it was read back. */
  world(): World;
  /** Makes the change. @throws NetnsError after taking back what it had begun. */
  make(permit: Permit): Promise<ChangeRecord>;
}

export interface ChangeRequest {
  /** Name of the tool that asks, for the journal. */
  tool: string;
  list: readonly Asked[];
  signal: AbortSignal;
  dryRun: boolean;
  /** It takes itself back unless it is confirmed in this time. */
  confirmWithinSeconds: number | null;
  /** What the policy says before anything is looked at. Throws when it denies. */
  beforeReading(judged: Judged[]): Effect;
}

export interface ChangeEngineOptions {
  kernel: Kernel;
  marks: Marks;
  journal: ChangeJournal;
  /** Where locks are kept. */
  stateDirectory: string;
  /** What errors leave out. */
  redacts?: ReadonlySet<Redaction>;
  /** Long-running commands, where there are any. */
  services?: ServicesInside;
  /** Starts the guard of a change, given its id; null where there is no program that could be one. */
  guardCommand?: ((id: string) => [string, ...string[]]) | null;
}

/** How long a change waits for other servers. */
const LOCK_WAIT_MS = 20_000;

/** An operation with its own types, as one of a list of any. */
export function asked<Input extends z.ZodObject, Result extends z.ZodRawShape>(operation: Asked<Input, Result>['operation'], input: z.output<Input>): Asked {
  return { operation, input } as unknown as Asked;
}

/** Carries out operations. One per server: it holds the locks. */
export class ChangeEngine {
  readonly options: ChangeEngineOptions;
  readonly #locks = new Locks();
  /** What servers before this one left half done is taken back once, and again whenever another ends in the midst of a change. */
  #recovery: Promise<unknown> | null = null;
  /** Ids of the changes of this server that wait, or waited, to be confirmed. */
  readonly #armed = new Set<string>();

  constructor(options: ChangeEngineOptions) {
    this.options = options;
  }

  /** Waits for namespaces, in this server and across servers. @throws NetnsError CANCELLED, CHANGE_BUSY, STATE_UNWRITABLE. */
  async lock(keys: Iterable<string>, signal?: AbortSignal): Promise<Disposable & { waited: boolean }> {
    const held = new Held();
    try {
      const wanted = [...new Set(keys)];
      const own = held.keep(await this.#locks.acquire(wanted, signal));
      const across = held.keep(await acquireServerLocks(this.options.stateDirectory, wanted, signal, LOCK_WAIT_MS));
      return { waited: own.waited || across.waited, [Symbol.dispose]: () => held[Symbol.dispose]() };
    } catch (error) {
      held[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Resolves, reads and plans. The caller disposes what it gets, whether it makes the change or not.
   * @throws NetnsError when the policy denies it, or it cannot be done: nothing was changed.
   */
  async prepare(request: ChangeRequest): Promise<PreparedChange> {
    if (!request.dryRun) await this.#recover();
    const held = new Held();
    try {
      return await this.#prepare(request, held);
    } catch (error) {
      held[Symbol.dispose]();
      throw error;
    }
  }

  async #recover(): Promise<void> {
    if (this.#recovery === null || isAnyLockLeft(this.options.stateDirectory) || this.#isAnyUnguarded()) {
      const { recover } = await import('./past/recovery.js');
      this.#recovery = recover(this);
    }
    await this.#recovery;
  }

  /** True when the guard of a change of this server has ended before its time. */
  #isAnyUnguarded(): boolean {
    return [...this.#armed].some((id) => {
      const entry = this.options.journal.find(id);
      const isArmed = entry?.state() === 'armed';
      if (!isArmed) this.#armed.delete(id);
      return isArmed && !isGuarded(entry);
    });
  }

  async #prepare({ tool, list, signal, dryRun, confirmWithinSeconds, beforeReading }: ChangeRequest, held: Held): Promise<PreparedChange> {
    const { kernel, marks, redacts = new Set(), services } = this.options;
    // A dry run holds up nobody.
    const lock = dryRun ? async () => NO_LOCK : (keys: Iterable<string>) => this.lock(keys, signal);
    const mustLook = dryRun || confirmWithinSeconds !== null;
    const planned = await planList(list, { kernel, marks, redacts, services, lock, beforeReading, mustLook, signal }, held);
    const { operations } = planned;
    const plan: Plan = {
      steps: operations.flatMap(({ decided }) => decided.steps),
      loses: [...new Set(operations.flatMap(({ decided }) => decided.loses))],
      undoable: operations.every(({ decided }) => decided.undoable),
    };
    const cuts = whatIsCut(planned);
    if (cuts.length > 0 && !dryRun && confirmWithinSeconds === null) demandConfirmation(cuts);
    const first = list[0]?.operation.action;
    if (first === undefined) throw new Error('an empty list of operations');
    const work = workOf(first, plan);
    const foreseen: ChangeRecord = {
      id: null,
      changed: plan.steps.length > 0,
      dry_run: dryRun,
      commands: plan.steps.map(shownCommand),
      undoable: plan.undoable,
      loses: plan.loses,
      ...(cuts.length > 0 ? { cuts } : {}),
    };
    const outcomes = operations.map(({ operation, decided }) => ({
      op: operation.name,
      changed: decided.steps.length > 0,
      commands: decided.steps.map(shownCommand),
    }));
    let world = new World(planned.places, planned.states);
    return {
      judged: operations.flatMap(({ judged, alsoJudged }) => [judged, ...alsoJudged]),
      subjects: operations.flatMap(({ judged }) => judged.subjects),
      work,
      plan,
      foreseen,
      outcomes,
      world: () => world,
      make: async (permit) => {
        permit.demand(work);
        if (plan.steps.length === 0) return foreseen;
        const made = await transact({ tool, planned, plan, foreseen, outcomes, confirmWithinSeconds, signal, engine: this.options });
        world = made.world;
        if (made.record.expires_at !== undefined && made.record.id !== null) this.#armed.add(made.record.id);
        return made.record;
      },
      [Symbol.dispose]: () => held[Symbol.dispose](),
    };
  }
}

const NO_LOCK: Disposable & { waited: boolean } = { waited: false, [Symbol.dispose]: () => {} };

/** Why the list would cut somebody off: the host loses a default route, or what the client came in by. */
function whatIsCut({ states, foreseen, operations }: Planned): string[] {
  const host = states.get(hostInode());
  const after = foreseen.find('host') ? foreseen.state('host') : null;
  return [...(host && after ? cutsOff(host, after, clientAddress()) : []), ...operations.flatMap(({ decided }) => decided.cuts ?? [])];
}

function demandConfirmation(cuts: readonly string[]): never {
  return fail(
    'CONFIRM_REQUIRED',
    `This would cut somebody off: ${cuts.join('; ')}. Nothing was changed.`,
    'Call again with confirm_within_seconds, e.g. 60: without confirm_change in that time the change takes itself back, even when this server is gone.',
    { cuts },
  );
}
