// One change in the journal: a folder with what was planned, what came of it, its guard, and one empty file whose name is its state.
import { readdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { fail } from '../../model/errors.js';
import { replaceDurably, syncFolder } from './durable.js';
import { type Liveness, livenessOf, ownIdentity } from './process-identity.js';
import { type Bodies, type Guard, GuardFile, JOURNAL_VERSION, type Outcome, OutcomeFile, type Plan, readContent, STATES, type State } from './records.js';
import { systemCode, writing } from './unwritable.js';

/** Name of the marker file of a state. */
export function markerOf(state: State): string {
  return `state.${state}`;
}

/** The state that is marked among the names of a folder; null when none that we know is. */
export function stateIn(names: readonly string[]): State | null {
  return STATES.find((state) => names.includes(markerOf(state))) ?? null;
}

/** What came of a wish to change the state. `state`: what it is now; null when the entry has been removed. */
export interface Transition {
  won: boolean;
  state: State | null;
}

/** @throws NetnsError JOURNAL_NEWER always. */
export function refuseNewer(id: string, version: number): never {
  return fail(
    'JOURNAL_NEWER',
    `Change ${id} was written by a newer version of netns-mcp: its journal has version ${version}, and this server knows ${JOURNAL_VERSION}.`,
    'Use the newer version for this change; it was left as it is.',
    { id, version, known: JOURNAL_VERSION },
  );
}

/** An entry that could be read. What is written to it reaches the disk before the method returns. */
export class Entry<PlanBody = unknown, OutcomeBody = unknown> {
  readonly folder: string;
  readonly plan: Plan<PlanBody>;
  readonly #outcome: Bodies<PlanBody, OutcomeBody>['outcome'];

  constructor(folder: string, plan: Plan<PlanBody>, outcome: Bodies<PlanBody, OutcomeBody>['outcome']) {
    this.folder = folder;
    this.plan = plan;
    this.#outcome = outcome;
  }

  get id(): string {
    return this.plan.id;
  }

  /** False when the kernel has been started anew since: all that the change did to it is gone. */
  get isOfThisBoot(): boolean {
    return this.plan.server.boot_id === ownIdentity().boot_id;
  }

  /** Whether the server that made the change still runs. */
  serverLiveness(): Liveness {
    return livenessOf(this.plan.server);
  }

  /** What has become of the change; null when the entry has been removed. */
  state(): State | null {
    try {
      return stateIn(readdirSync(this.folder));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return null;
      throw error;
    }
  }

  /**
   * Goes to another state if the present one is among `from`. Of several processes that want this at once one wins: rename(2) is atomic, and
   * takes no room on the disk.
   * @throws NetnsError STATE_UNWRITABLE: then the state is what it was.
   */
  transition(from: readonly State[], to: State): Transition {
    for (;;) {
      const state = this.state();
      if (state === null || state === to || !from.includes(state)) return { won: false, state };
      if (!this.#move(state, to)) continue;
      try {
        syncFolder(this.folder);
      } catch {
        // Won all the same: every process sees it, and only a power cut could still take it back.
      }
      return { won: true, state: to };
    }
  }

  /** @returns False when the state was no longer that one. */
  #move(from: State, to: State): boolean {
    return writing(`The state of change ${this.id} could not be recorded`, this.folder, () => {
      try {
        renameSync(join(this.folder, markerOf(from)), join(this.folder, markerOf(to)));
        return true;
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return false;
        throw error;
      }
    });
  }

  /** What came of the change; null when that was never written. @throws NetnsError JOURNAL_NEWER. */
  outcome(): Outcome<OutcomeBody> | null {
    const file = this.#read('outcome.json', OutcomeFile);
    return file && { ...file, body: this.#outcome.parse(file.body) };
  }

  /** @throws NetnsError STATE_UNWRITABLE: then what was written before is still there. */
  writeOutcome(body: OutcomeBody): void {
    this.#write('outcome.json', { version: JOURNAL_VERSION, ended_at: new Date().toISOString(), body } satisfies Outcome<OutcomeBody>);
  }

  /** The process that undoes the change unless it is confirmed; null when none was ever armed. @throws NetnsError JOURNAL_NEWER. */
  guard(): Guard | null {
    return this.#read('guard.json', GuardFile);
  }

  /** @throws NetnsError STATE_UNWRITABLE. */
  writeGuard(guard: Omit<Guard, 'version'>): void {
    this.#write('guard.json', { version: JOURNAL_VERSION, ...guard } satisfies Guard);
  }

  /**
   * Removes the entry, if its state is still that one. Taking the marker away comes first: whoever wants another state then finds none.
   * @returns False when the state was another.
   * @throws NetnsError STATE_UNWRITABLE.
   */
  remove(state: State): boolean {
    return writing(`Change ${this.id} could not be removed from the journal`, this.folder, () => {
      try {
        unlinkSync(join(this.folder, markerOf(state)));
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return false;
        throw error;
      }
      rmSync(this.folder, { recursive: true, force: true });
      return true;
    });
  }

  /** A file of the entry; null when it is not there, or torn: then whoever wrote it had not come to its end. */
  #read<T>(name: string, schema: z.ZodType<T>): T | null {
    const content = readContent(join(this.folder, name));
    if (content.is === 'newer') refuseNewer(this.id, content.version);
    return content.is === 'known' ? schema.parse(content.json) : null;
  }

  #write(name: string, value: object): void {
    writing(`${name} of change ${this.id} could not be written`, this.folder, () => replaceDurably(join(this.folder, name), JSON.stringify(value)));
  }
}
