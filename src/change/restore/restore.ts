// Making a part of the world what it was: rollback, recovery, undo and the end of a confirmation that did not come are all this.
import { setTimeout } from 'node:timers/promises';
import type { HeldNamespace } from '../../kernel/kernel.js';
import type { Command } from '../../model/change.js';
import { Held } from '../../model/held.js';
import type { NamespaceState, Section } from '../../model/snapshot.js';
import { linkOf } from '../objects/link.js';
import { OBJECT_KINDS } from '../objects/table.js';
import { addIdsWhereNeeded } from '../plan/ids.js';
import { readPlaces } from '../plan/look.js';
import { shownCommand } from '../run/command.js';
import { recapture } from './capture.js';
import { type Captured, type CapturedPlace, captureName, type Ids, objectId, placeId, sameIn } from './captured.js';
import { contentsOf, type Step } from './contents.js';
import { remains } from './left.js';
import { nameAgain, openHost, type Reopened, reopen } from './places.js';
import { planRound } from './plan.js';
import { runTolerantly } from './run.js';

const ROUNDS = 4;
/** Namespaces that died are cleaned up one after the other, of the whole machine (cleanup_net, net/core/net_namespace.c). */
const GONE_ROUNDS = 100;
const GONE_PAUSE_MS = 10;

export interface RestoreRequest {
  /** What shall be. Nothing beside what its scopes reach is touched. */
  shall: Captured;
  /** As the change left it, when it came that far: a namespace of another birth is then not taken for one that the change made. */
  made?: Captured;
  /** Ids (of `compare`) of what is to be restored; without it all. */
  only?: Ids;
  /** In which something may have come that was not there; those of what was captured are read anyway. */
  sections: readonly Section[];
  /** As it was read just before, by whoever holds the locks: then it is not read again. */
  reading?: Reading;
  signal?: AbortSignal;
}

export interface Restored {
  /** What was run and did what it should, as a person would type it. */
  commands: string[][];
  /** What is not as it shall be, each a sentence. */
  left: string[];
  /** What was made anew: by its old number a namespace, by its namespace's name and its own a link. */
  madeAnew: { namespaces: { name: string; inode: number }[]; links: { namespace: string; name: string }[] };
  /** The same part of the world as it is now. */
  now: Captured;
}

/** The part of the world that counts, as it is. */
export interface Reading {
  now: Captured;
  states: Map<number, NamespaceState>;
}

/** One restoration at work. It holds the namespaces open. */
class Restoration {
  readonly request: RestoreRequest;
  readonly #held = new Held();
  readonly #host: HeldNamespace;
  #open: Reopened[] = [];
  /** Namespaces that were made anew: others now by their numbers. */
  readonly #anew = new Set<CapturedPlace>();
  /** As it was read last; null once something was run since. */
  #now: Reading | null = null;
  readonly commands: string[][] = [];
  /** The last complaint about each object, by id. */
  readonly complaints = new Map<string, string>();
  readonly madeAnew: Restored['madeAnew'] = { namespaces: [], links: [] };

  constructor(request: RestoreRequest) {
    this.request = request;
    this.#host = this.#held.keep(openHost());
  }

  [Symbol.dispose](): void {
    this.#release();
    this.#held[Symbol.dispose]();
  }

  #release(): void {
    for (const { place } of this.#open) place?.[Symbol.dispose]();
    this.#open = [];
  }

  #letGo(places: ReadonlySet<number>): void {
    for (const i of places) {
      const found = this.#open[i];
      found?.place?.[Symbol.dispose]();
      if (found) this.#open[i] = { ...found, place: null };
    }
  }

  #isWanted(place: CapturedPlace): boolean {
    return this.request.only?.has(placeId(place)) ?? true;
  }

  /** Finds all namespaces again, and gives those their names back that are still alive without. */
  async #reopen(): Promise<void> {
    this.#release();
    for (const was of this.request.shall.places) {
      const found = await (this.#anew.has(was)
        ? reopen({ ...was, inode: null, born: null })
        : reopen(was, this.request.made && sameIn(this.request.made, was)));
      this.#open.push(found);
      if (!found.place || was.is_host || !this.#isWanted(was)) continue;
      for (const name of found.namesLost) {
        const { shown, complaint } = await nameAgain(found.place, name);
        if (complaint === null) this.#noteNamed(was, name, found.place, shown);
        else this.complaints.set(placeId(was), complaint);
      }
    }
  }

  /** The kernel makes the file of a namespace anew that nothing held but processes: its birth is another then, though it is the same namespace. */
  #noteNamed(was: CapturedPlace, name: string, { handle }: HeldNamespace, shown: string[]): void {
    this.commands.push(shown);
    if (was.inode === null || was.born === null || was.born === String(handle.bornNs)) return;
    this.madeAnew.namespaces.push({ name, inode: was.inode });
    this.#anew.add(was);
  }

  /** What has to be read of a namespace to know how it is. */
  #sectionsOf({ existed, objects, scope }: CapturedPlace): Section[] {
    const captured = objects.map(({ kind }) => OBJECT_KINDS[kind].section);
    return [...new Set<Section>(['links', ...((existed ? scope.sections : null) ?? this.request.sections), ...captured])];
  }

  /** @param isNarrow Without the namespaces that shall not be. @param sections Only these. */
  async #read(isNarrow: boolean, sections?: readonly Section[]): Promise<Reading> {
    const { shall, signal } = this.request;
    const places = new Map<string, HeldNamespace>();
    const needs = new Map<number, readonly Section[]>();
    for (const [i, { place }] of this.#open.entries()) {
      const was = shall.places[i];
      if (!place || !was) continue;
      for (const reference of was.references) places.set(reference, place);
      if (!isNarrow || was.existed) needs.set(place.inode, sections ?? this.#sectionsOf(was));
    }
    const states = await readPlaces(places, ({ inode }) => needs.get(inode) ?? [], signal);
    if (!sections)
      await addIdsWhereNeeded(
        [...places.values()].filter(({ inode }) => needs.has(inode)),
        states,
        undefined,
        signal,
      );
    return { now: recapture(shall, places, states), states };
  }

  /** Places of the namespaces that are there and shall not be, and of those that shall be and are not. */
  #livesAndDeaths(): { dying: Set<number>; reborn: Set<number> } {
    const dying = new Set<number>();
    const reborn = new Set<number>();
    for (const [i, was] of this.request.shall.places.entries()) {
      const found = this.#open[i];
      if (!found || was.is_host || !this.#isWanted(was)) continue;
      if (!was.existed && found.place) dying.add(i);
      // What was touched only in part is not made anew: somebody else has taken it away.
      if (was.existed && was.scope.whole && !found.place && !found.takenBy && was.names.length > 0) reborn.add(i);
    }
    return { dying, reborn };
  }

  #commandOf({ place, about: _, args, ...words }: Step): Command | null {
    const find = (index: Step['place']) => (index === 'host' ? this.#host : (this.#open[index]?.place ?? null));
    const at = find(place);
    const filled = args.map((argument) => {
      if (typeof argument === 'string') return argument;
      const namespace = find(argument.place);
      return namespace && { namespace };
    });
    return at && filled.every((argument) => argument !== null) ? { ...words, place: at, args: filled } : null;
  }

  async #run(steps: readonly Step[]): Promise<void> {
    const runnable = steps.flatMap((step) => {
      const command = this.#commandOf(step);
      return command ? [{ step, command }] : [];
    });
    const complaints = await runTolerantly(
      runnable.map(({ command }) => command),
      this.request.signal,
    );
    for (const [i, { step, command }] of runnable.entries()) {
      const complaint = complaints[i] ?? null;
      if (complaint === null) this.commands.push(shownCommand(command));
      for (const id of step.about) {
        if (complaint === null) this.complaints.delete(id);
        else this.complaints.set(id, complaint);
      }
      if (complaint === null) this.#noteMade(step);
    }
  }

  #noteMade({ about, args, makes }: Step): void {
    for (const was of this.request.shall.places) {
      if (makes !== undefined && about.includes(placeId(was)) && was.inode !== null) {
        this.madeAnew.namespaces.push({ name: makes, inode: was.inode });
        this.#anew.add(was);
      }
      if (args[0] !== 'link' && args[0] !== 'tuntap') continue;
      if (args[1] !== 'add') continue;
      for (const { kind, key } of was.objects) {
        if (kind === 'link' && about.includes(objectId(was, { kind, key }))) this.madeAnew.links.push({ namespace: captureName(was), name: key });
      }
    }
  }

  /** @returns False when there is nothing more to do. */
  async #round(number: number): Promise<boolean> {
    await this.#reopen();
    const { shall, only = null } = this.request;
    const { dying, reborn } = this.#livesAndDeaths();
    if (reborn.size > 0) await this.#untilOldEndsAreGone(reborn);
    // What is in a namespace that goes matters only when something was moved into it.
    let reading = (number === 0 ? this.request.reading : undefined) ?? (await this.#read(true));
    const lacksLink = contentsOf(shall, reading.now, reading.states, only).some(({ wantedLinks, foundLinks }) =>
      [...wantedLinks.keys()].some((name) => !foundLinks.has(name)),
    );
    if (dying.size > 0 && lacksLink) reading = await this.#read(false);
    this.#now = reading;
    const round = planRound(shall, reading.now, reading.states, { only, number, keepsIndices: true, scaffolds: true, dying, reborn });
    for (const steps of round) {
      this.#now = null;
      // What we hold open would not die.
      if (steps.some(({ args }) => args[0] === 'netns' && args[1] === 'delete')) this.#letGo(dying);
      await this.#run(steps);
      // New namespaces are entered from now on, and those that were deleted let go.
      if (steps.some(({ place, args }) => place === 'host' && args[0] === 'netns')) await this.#reopen();
    }
    if (dying.size > 0) await this.#untilGone();
    return round.length > 0;
  }

  /** Waits until links that led to namespaces that were deleted are gone with them. */
  async #untilGone(): Promise<void> {
    for (let round = 0; round < GONE_ROUNDS; round++) {
      const { now, states } = await this.#read(true, ['links']);
      const isLingering = contentsOf(this.request.shall, now, states, this.request.only ?? null).some(({ foundLinks, wantedLinks }) =>
        [...foundLinks.values()].some(({ kind, name, link_netnsid }) => kind === 'veth' && link_netnsid !== null && !wantedLinks.has(name)),
      );
      if (!isLingering) return;
      await setTimeout(GONE_PAUSE_MS);
    }
  }

  /** Waits until the other ends of veths that were in namespaces which are gone have followed them: they would be taken for what shall be. */
  async #untilOldEndsAreGone(reborn: ReadonlySet<number>): Promise<void> {
    const { places } = this.request.shall;
    const gone = new Set([...reborn].map((i) => places[i]?.inode));
    for (let round = 0; round < GONE_ROUNDS; round++) {
      const { now } = await this.#read(true, ['links']);
      const isLingering = places.some((was, i) => {
        const found = new Map((now.places[i]?.objects ?? []).flatMap(({ kind, key, value }) => (kind === 'link' ? [[key, linkOf(value)] as const] : [])));
        return was.objects.some(({ kind, key, value }) => {
          if (kind !== 'link') return false;
          const { kind: type, index, other } = linkOf(value);
          return type === 'veth' && other !== null && gone.has(other.inode) && found.get(key)?.index === index;
        });
      });
      if (!isLingering) return;
      await setTimeout(GONE_PAUSE_MS);
    }
  }

  async work(): Promise<Restored> {
    // In the first round what comes along with other objects is not looked at.
    for (let number = 0; number < ROUNDS; number++) if (!(await this.#round(number)) && number > 0) break;
    if (this.#now === null) await this.#reopen();
    const { now, states } = this.#now ?? (await this.#read(true));
    const { shall, only = null } = this.request;
    return { commands: this.commands, left: remains(shall, now, this.#open, { only, complaints: this.complaints, states }), madeAnew: this.madeAnew, now };
  }
}

/**
 * Makes what was captured so again, as far as it differs. Whoever holds a handle on a namespace that is to go has to let it go before.
 * Never throws for what the kernel refuses: that is told in `left`.
 */
export async function restore(request: RestoreRequest): Promise<Restored> {
  using restoration = new Restoration(request);
  return await restoration.work();
}
