// The journal: what every change leaves on disk before its first step, so that it can be taken back whatever ends the server.
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../exec/folder.js';
import { syncFolder, writeSynced } from './durable.js';
import { Entry, markerOf, refuseNewer, stateIn } from './entry.js';
import { ownIdentity, ownTag } from './process-identity.js';
import { namesIn, readFolder } from './reading.js';
import { type Bodies, JOURNAL_VERSION, type Plan, PlanId, type State } from './records.js';
import { LIMITS, type Limits, LOOK_EVERY, tidy } from './tidy.js';
import { writing } from './unwritable.js';

/** What the caller tells of a change; the journal adds the rest. */
export type NewPlan<Body> = Pick<Plan<Body>, 'id' | 'tool' | 'summary' | 'confirm_within_seconds' | 'body'>;

/** What the journal holds; the oldest first. */
export interface Listing<PlanBody, OutcomeBody> {
  entries: Entry<PlanBody, OutcomeBody>[];
  /** Written by a newer version of this server: never touched. */
  newer: { id: string; newer_version: number }[];
  /** Folders that hold neither an entry nor what a crash may leave. */
  unreadable: string[];
}

/** Thirteen digits of milliseconds, so that names sort by time, and the id. */
const FOLDER_NAME = /^(\d{13})-(.+)$/;

/** A plan of so many characters has the journal look at its size at once. */
const LARGE = 1024 * 1024;

function idIn(name: string): string {
  return FOLDER_NAME.exec(name)?.[2] ?? name;
}

/** Now, or what comes after the newest name: the order of changes holds even when the clock is set back. */
function nextStamp(names: readonly string[]): string {
  const newest = Number(FOLDER_NAME.exec(names.at(-1) ?? '')?.[1] ?? 0);
  return String(Math.max(Date.now(), newest + 1)).padStart(13, '0');
}

/** The journal of one state directory, shared by all servers that use it. Reading it changes nothing. */
export class Journal<PlanBody, OutcomeBody> {
  readonly #changes: string;
  readonly #bodies: Bodies<PlanBody, OutcomeBody>;
  readonly #limits: Limits;

  constructor(stateDirectory: string, bodies: Bodies<PlanBody, OutcomeBody>, limits: Limits = LIMITS) {
    this.#changes = join(stateDirectory, 'changes');
    this.#bodies = bodies;
    this.#limits = limits;
  }

  /**
   * Writes down what is about to be done, in the state `running`; it is on the disk when this returns. The folder is made under another name and
   * then renamed, so that nobody ever sees half of it.
   * @throws NetnsError STATE_UNWRITABLE: then nothing may be changed, and nothing is left behind.
   */
  begin(plan: NewPlan<PlanBody>): Entry<PlanBody, OutcomeBody> {
    const whole: Plan<PlanBody> = { version: JOURNAL_VERSION, at: new Date().toISOString(), server: ownIdentity(), ...plan };
    const temporary = join(this.#changes, `.${ownTag()}.${PlanId.parse(plan.id)}`);
    const text = JSON.stringify(whole);
    return writing('The record of the change could not be written, and nothing was changed', this.#changes, () => {
      makeFolder(this.#changes);
      const names = this.#names();
      if (names.length % LOOK_EVERY === 0 || text.length > LARGE) this.#tidy();
      const folder = join(this.#changes, `${nextStamp(names)}-${plan.id}`);
      let made = temporary;
      try {
        mkdirSync(temporary, { mode: 0o700 });
        writeSynced(join(temporary, 'plan.json'), text);
        writeSynced(join(temporary, markerOf('running')), '');
        syncFolder(temporary);
        renameSync(temporary, folder);
        made = folder;
        syncFolder(this.#changes);
      } catch (error) {
        rmSync(made, { recursive: true, force: true });
        throw error;
      }
      return new Entry(folder, whole, this.#bodies.outcome);
    });
  }

  /**
   * What is there.
   * @param states Only entries in one of these, which is quick: of the others not even the plan is read.
   * @throws Error of the system.
   */
  list(states?: readonly State[]): Listing<PlanBody, OutcomeBody> {
    const listing: Listing<PlanBody, OutcomeBody> = { entries: [], newer: [], unreadable: [] };
    for (const name of this.#names()) {
      const folder = join(this.#changes, name);
      const files = namesIn(folder);
      const state = stateIn(files ?? []);
      if (files === null || (states && state !== null && !states.includes(state))) continue;
      const found = readFolder(folder, files, this.#bodies);
      if (found.is === 'entry') listing.entries.push(found.entry);
      if (found.is === 'newer') listing.newer.push({ id: idIn(name), newer_version: found.version });
      if (found.is === 'unreadable') listing.unreadable.push(folder);
    }
    return listing;
  }

  /** The entry of a change; null when there is none that can be read. @throws NetnsError JOURNAL_NEWER. */
  find(id: string): Entry<PlanBody, OutcomeBody> | null {
    for (const name of this.#names()) {
      const folder = join(this.#changes, name);
      const files = idIn(name) === id ? namesIn(folder) : null;
      if (files === null) continue;
      const found = readFolder(folder, files, this.#bodies);
      if (found.is === 'newer') refuseNewer(id, found.version);
      if (found.is === 'entry') return found.entry;
    }
    return null;
  }

  #tidy(): void {
    try {
      tidy(this.#changes, this.#limits);
    } catch {
      // What cannot be removed keeps no change from being made; whether the journal can be written to shows at once.
    }
  }

  /** Folders of changes, the oldest first; those that are being made are left out. */
  #names(): string[] {
    return (namesIn(this.#changes) ?? []).filter((name) => FOLDER_NAME.test(name)).sort();
  }
}
