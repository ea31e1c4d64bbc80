// Taking a change back: by a caller, by the guard that was not told to stay its hand, or after a crash.
import { discover } from '../../kernel/discover.js';
import { fail } from '../../model/errors.js';
import type { ChangeEngine, ChangeEngineOptions } from '../engine.js';
import type { State } from '../journal/records.js';
import { type Captured, type CapturedPlace, type Ids, objectId, sameIn } from '../restore/captured.js';
import { isSame, undoable } from '../restore/compare.js';
import { type Restored, restore } from '../restore/restore.js';
import { refuseState } from './history.js';
import { type Observed, observe } from './observe.js';
import { endProcessesOf } from './orphans.js';
import { type Rebirth, type Recorded, recordedOf } from './reborn.js';
import type { ChangeEntry, PlanBody, TakenBack } from './record.js';
import { alteredObjects } from './report.js';
import { reachUnfinished } from './unfinished.js';

export interface TakeBackOptions {
  /** The states from which it may be taken back. */
  from: readonly State[];
  why: TakenBack['why'];
  /** What becomes of it when all is back. */
  to?: 'undone' | 'failed';
  /** Ids of the objects that stay as they are. */
  except?: ReadonlySet<string>;
  /** It was being taken back already by somebody who has ended. */
  resumes?: boolean;
  /** As it was found just before, and what the journal has of it. */
  known?: { observed: Observed; recorded: Recorded };
}

export interface Undone {
  /** False when somebody else was quicker: nothing was done. `state` says what it is now. */
  won: boolean;
  state: State | null;
  commands: string[][];
  /** What could not be brought back, a sentence each. */
  left: string[];
  /** As it is now; null when nothing was done. */
  now: Captured | null;
}

/**
 * Brings the part of the world that a change touched back to what it was. The caller holds its locks.
 * It goes through with a full disk: states change by rename(2), and what cannot be written down is left out.
 */
export async function takeBack(
  entry: ChangeEntry,
  { kernel, marks, journal }: Pick<ChangeEngineOptions, 'kernel' | 'marks' | 'journal'>,
  { from, why, to = 'undone', except = new Set(), resumes = false, known }: TakeBackOptions,
): Promise<Undone> {
  const { won, state } = entry.transition(from, 'undoing');
  if (!won && !(resumes && state === 'undoing')) return { won: false, state, commands: [], left: [], now: null };
  if (why === 'server ended') await endProcessesOf(entry.id);
  const { owned, sections, foreseen } = entry.plan.body;
  const { before, after, outcome } = known?.recorded ?? recordedOf(entry, journal);
  // In the midst of a change that failed nobody else had the time to do anything.
  const reading = known?.observed ?? (why === 'failed' ? null : await observe(before, after, sections));
  const only = reading && (after ? reachOf(before, after, reading.now, except) : reachUnfinished(before, reading, foreseen));
  const { commands, left, madeAnew, now } = await restore({
    shall: before,
    sections,
    ...(after && { made: after }),
    ...(only && { only }),
    ...(reading && { reading }),
  });
  const reborn = await markAgain(madeAnew, before, owned, { kernel, marks });
  forgetGone(before, after, marks);
  try {
    const untold = { after: null, altered: [], differs: [] };
    entry.writeOutcome({ ...(outcome ?? untold), taken_back: { at: new Date().toISOString(), why, commands, left, reborn } });
  } catch {
    // The world is as it was, and the state will say so.
  }
  const end = left.length > 0 ? 'failed' : to;
  return { ...entry.transition(['undoing'], end), commands, left, now };
}

/**
 * All in the reach of a change, but what others have altered since and the change had not: that is none of its business. What the kernel makes
 * along with what is brought back has nobody seen yet, and it counts.
 */
function reachOf(before: Captured, after: Captured, now: Captured, except: ReadonlySet<string>): Ids {
  const others = new Set(except);
  for (const was of before.places) {
    const byId = (place: CapturedPlace | undefined) => new Map((place?.objects ?? []).map((object) => [objectId(was, object), object]));
    const [old, left, is] = [byId(was), byId(sameIn(after, was)), byId(sameIn(now, was))];
    for (const id of [...old.keys(), ...left.keys(), ...is.keys()]) {
      if (isSame(old.get(id), left.get(id)) && !isSame(left.get(id), is.get(id))) others.add(id);
    }
  }
  return { has: (id) => !others.has(id) };
}

/** The namespaces that the change had made are gone, and their marks with them. */
function forgetGone(before: Captured, after: Captured | null, marks: ChangeEngineOptions['marks']): void {
  const made = before.places.flatMap((was) => (was.existed ? [] : ((after && sameIn(after, was)?.inode) ?? [])));
  const found = made.length === 0 ? null : discover().found;
  for (const inode of made) if (!found?.has(inode)) marks.forget(inode);
}

/** What was made anew is ours again, if it was. @returns The namespaces that were made anew. */
async function markAgain(
  { namespaces, links }: Restored['madeAnew'],
  before: Captured,
  owned: PlanBody['owned'],
  { kernel, marks }: Pick<ChangeEngineOptions, 'kernel' | 'marks'>,
): Promise<Rebirth[]> {
  const reborn: Rebirth[] = [];
  const ours = links.filter((link) => owned.links.some(({ namespace, name }) => namespace === link.namespace && name === link.name));
  for (const reference of new Set([...namespaces.map(({ name }) => name), ...ours.map(({ namespace }) => namespace)])) {
    using place = await kernel.resolve(reference);
    const old = namespaces.find(({ name }) => name === reference);
    const was = old && before.places.find(({ inode }) => inode === old.inode);
    if (old) reborn.push({ was: { inode: old.inode, born: was?.born ?? null }, is: { inode: place.inode, born: String(place.handle.bornNs) } });
    if (old && owned.namespaces.includes(reference)) marks.markNamespace(place.handle);
    const { state } = await kernel.read(place, ['links']);
    const there = state.links ?? [];
    const indices = ours.flatMap(({ namespace, name }) => (namespace === reference ? (there.find((link) => link.name === name)?.index ?? []) : []));
    if (indices.length > 0) marks.markLinks(place.handle, indices, new Set(there.map(({ index }) => index)));
  }
  return reborn;
}

/** What an undo found, and did. */
export interface UndoReport extends Undone {
  /** What was brought back, as it is now. */
  altered: ReturnType<typeof alteredObjects>;
  /** What somebody has altered since, and so stays as it is. */
  moved: string[];
}

const UNDOABLE_STATES: readonly State[] = ['applied', 'confirmed', 'armed'];

function sentences(differences: readonly { why: string }[]): string[] {
  return [...new Set(differences.map(({ why }) => why))];
}

/**
 * Undoes a change of the journal, as a caller asks.
 * @param partial Bring back what can be, where others have altered the rest since.
 * @throws NetnsError CHANGE_STATE, CHANGE_NOT_UNDOABLE: nothing was changed.
 */
export async function undoChange(entry: ChangeEntry, engine: ChangeEngine, partial: boolean, signal: AbortSignal): Promise<UndoReport> {
  if (!entry.isOfThisBoot) {
    return fail(
      'CHANGE_NOT_UNDOABLE',
      `The host was started anew since change ${entry.id}: what it did is gone.`,
      'list_changes shows what was changed since.',
    );
  }
  using _ = await engine.lock(entry.plan.body.locks, signal);
  const state = entry.state();
  if (state === null || !UNDOABLE_STATES.includes(state)) return refuseState(entry, state, 'undone');
  const { sections } = entry.plan.body;
  const recorded = recordedOf(entry, engine.options.journal);
  const { before, after } = recorded;
  const observed = await observe(before, after, sections, signal);
  const verdict = after && undoable(before, after, observed.now, observed.processes);
  const taken = observed.taken.map((name) => ({ id: '', namespace: name, what: `namespace ${name}`, why: `Another namespace has taken the name ${name}.` }));
  const moved = [...(verdict?.moved ?? []), ...taken];
  if (moved.length > 0 && !partial) {
    const rest = (verdict?.restore ?? []).filter(({ namespace }) => !observed.taken.includes(namespace));
    const offer =
      rest.length > 0
        ? `With partial: true the rest is undone: ${rest.map(({ what, namespace }) => `${what} in ${namespace}`).join(', ')}.`
        : 'Nothing of it can be undone any more; take back what is left of it by hand.';
    return fail('CHANGE_NOT_UNDOABLE', `Change ${entry.id} cannot be undone: ${sentences(moved).join(' ')} Nothing was changed.`, offer, {
      moved: moved.map(({ what, namespace, why }) => ({ object: `${what} in ${namespace}`, why })),
      can_be_undone: rest.map(({ what, namespace }) => `${what} in ${namespace}`),
    });
  }
  const except = new Set(moved.map(({ id }) => id));
  const done = await takeBack(entry, engine.options, { from: [state], why: 'asked', known: { observed, recorded }, except });
  if (!done.won) return refuseState(entry, done.state, 'undone');
  return { ...done, altered: done.now ? alteredObjects(observed.now, done.now) : [], moved: sentences(moved) };
}
