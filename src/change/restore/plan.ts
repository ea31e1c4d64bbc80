// One round of a restoration: from what shall be and what is to the steps that bring one to the other. Pure.
import type { NamespaceState } from '../../model/snapshot.js';
import { goesWith, type ObjectKind, type Site } from '../objects/object.js';
import { kindsInOrder } from '../objects/table.js';
import type { Captured, CapturedObject, Ids } from './captured.js';
import { placeId } from './captured.js';
import { isSame } from './compare.js';
import { type Contents, contentsOf, linksAfter, type PlaceIndex, type Step, stepsIn } from './contents.js';
import { type LinkPlan, planLinks } from './link-plan.js';

/** What is still missing then could not be made as it stands: the first round leaves some of what is needed for it to the kernel. */
const SCAFFOLD_ROUND = 2;

export interface RoundOptions {
  /** Ids of what is to be restored; null is all. */
  only: Ids | null;
  /** From 0. */
  number: number;
  /** Links that are made get the indices that they had, where those are free. */
  keepsIndices: boolean;
  /** What a route is reached by may be put up for a moment, where it is not there any more. */
  scaffolds: boolean;
  /** Places of namespaces that are there and shall not be. */
  dying: ReadonlySet<number>;
  /** Places of namespaces that shall be there and are not. */
  reborn: ReadonlySet<number>;
}

/** Lists of steps: each is begun when the one before it is done; within a list the namespaces are independent of each other. */
export type Round = Step[][];

type Entry = [id: string, object: CapturedObject];

/** Objects of one kind in one namespace: those that are to go, to come, to become another. */
interface Work {
  remove: Entry[];
  add: Entry[];
  /** What is there and has to come last, by id: each goes just before it comes, so that there is always another of its kind. */
  again: ReadonlyMap<string, CapturedObject>;
  change: [id: string, from: CapturedObject, to: CapturedObject][];
}

/** Of objects that keep an order those that are in it already: new ones can only come last. */
function inOrder(wanted: readonly Entry[], found: readonly Entry[]): number {
  const order = found.map(([id]) => id);
  let last = -1;
  const end = wanted.findIndex(([id]) => {
    const at = order.indexOf(id);
    const fits = at > last;
    last = at;
    return !fits;
  });
  return end === -1 ? wanted.length : end;
}

/** Ids of objects that are there but have to be made anew, for they would come out in another order else. */
function outOfOrder(kind: ObjectKind, wanted: readonly Entry[], found: readonly Entry[]): Set<string> {
  const groups = new Map<string, Entry[]>();
  for (const entry of kind.sequence ? wanted : []) {
    const group = kind.sequence?.(entry[1].value);
    if (group) groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  return new Set([...groups.values()].flatMap((group) => (group.length < 2 ? [] : group.slice(inOrder(group, found)).map(([id]) => id))));
}

/** @param isFirst What the kernel makes along with others is left to it. */
function workOn(kind: ObjectKind, { wanted, found, state }: Contents, lost: ReadonlySet<string>, isFirst: boolean): Work {
  const isOfKind = ([, { kind: name, value }]: Entry) => name === kind.name && !(isFirst && kind.isDerived?.(value, state));
  const hangsOnLost = ([, { value }]: Entry) => goesWith(kind, value, (name) => lost.has(name));
  const shall = [...wanted].filter(isOfKind);
  const is = [...found].filter((entry) => isOfKind(entry) && !hangsOnLost(entry));
  const there = new Map(is);
  const differ = shall.flatMap(([id, to]) => {
    const from = there.get(id);
    return from && !isSame(from, to) ? [[id, from, to] as Work['change'][number]] : [];
  });
  const different = new Set(differ.map(([id]) => id));
  const same = is.filter(([id]) => !different.has(id));
  const again = outOfOrder(kind, shall, same);
  const renewed = new Set(kind.change ? [] : different);
  return {
    remove: is.filter(([id]) => !wanted.has(id) || renewed.has(id) || (kind.isInTheWay && again.has(id))),
    add: shall.filter(([id]) => !there.has(id) || renewed.has(id) || again.has(id)),
    again: new Map(is.filter(([id]) => again.has(id) && !renewed.has(id) && !kind.isInTheWay)),
    change: differ.filter(([id]) => !renewed.has(id) && !again.has(id)),
  };
}

function siteOf(at: Contents, state: NamespaceState): Site {
  return { state, name: at.shall.names[0] ?? null };
}

function removals(at: Contents, where: PlaceIndex, kind: ObjectKind, { remove }: Work): Step[] {
  return remove.toReversed().flatMap(([id, { value }]) => stepsIn(where, kind.remove(value, siteOf(at, at.state)), id));
}

/** What is there when objects are added: what was found, but for what goes with links that go, with the links that are made. */
function stateAfter(at: Contents, { gone, made }: LinkPlan): NamespaceState {
  const links = linksAfter(at, gone.get(at.place) ?? new Set(), made.get(at.place) ?? new Set());
  return { ...at.state, links };
}

function additions(at: Contents, where: PlaceIndex, kind: ObjectKind, work: Work, plan: LinkPlan, mayScaffold: boolean): Step[] {
  const state = stateAfter(at, plan);
  const site = siteOf(at, state);
  const names = new Set((state.links ?? []).map(({ name }) => name));
  // What hangs on a link that could not be made would only fail.
  const canBe = (value: unknown) => !kind.lacks?.(value) && !goesWith(kind, value, (name) => !names.has(name));
  const renewal = (id: string) => {
    const old = work.again.get(id);
    return old ? kind.remove(old.value, site) : [];
  };
  const scaffolded = (value: unknown, steps: Step[]) => {
    const scaffold = mayScaffold ? kind.scaffold?.(value, site) : undefined;
    return scaffold ? [...stepsIn(where, scaffold.up), ...steps, ...stepsIn(where, scaffold.down)] : steps;
  };
  return [
    ...work.change.flatMap(([id, from, to]) => scaffolded(to.value, stepsIn(where, kind.change?.(from.value, to.value, site) ?? [], id))),
    ...work.add.flatMap(([id, { value }]) => (canBe(value) ? scaffolded(value, stepsIn(where, [...renewal(id), ...kind.add(value, site)], id)) : [])),
  ];
}

function deaths(shall: Captured, dying: ReadonlySet<number>): Step[] {
  return shall.places.flatMap((place, i): Step[] => {
    const [name] = place.names;
    return dying.has(i) && name !== undefined ? [{ place: 'host', args: ['netns', 'delete', name], about: [placeId(place)] }] : [];
  });
}

function births(shall: Captured, reborn: ReadonlySet<number>): Step[] {
  return shall.places.flatMap((place, i): Step[] => {
    const [name] = place.names;
    return reborn.has(i) && name !== undefined ? [{ place: 'host', args: ['netns', 'add', name], about: [placeId(place)], makes: name }] : [];
  });
}

/** Plans one round. @param now The same part of the world as it is, from `recapture`. @param states What was read, by inode. */
export function planRound(shall: Captured, now: Captured, states: ReadonlyMap<number, NamespaceState>, options: RoundOptions): Round {
  const { scaffolds, only, number, keepsIndices, dying, reborn } = options;
  const contents = contentsOf(shall, now, states, only);
  const plan = planLinks(contents, dying, number, keepsIndices);
  if (plan.moves.length > 0) return [births(shall, reborn), plan.moves].filter((steps) => steps.length > 0);
  const kinds = kindsInOrder().filter(({ name }) => name !== 'link');
  const work = contents.map((at) => {
    const isLiving = at.shall.existed && !dying.has(at.place);
    const seenTo = kinds.filter(({ outlives }) => isLiving || outlives);
    const all = seenTo.map((kind) => ({ kind, each: workOn(kind, at, plan.gone.get(at.place) ?? new Set(), number === 0) }));
    return { at, where: isLiving ? at.place : ('host' as const), all };
  });
  const removed = work.flatMap(({ at, where, all }) => all.toReversed().flatMap(({ kind, each }) => removals(at, where, kind, each)));
  const mayScaffold = scaffolds && number >= SCAFFOLD_ROUND;
  const added = work.flatMap(({ at, where, all }) => all.flatMap(({ kind, each }) => additions(at, where, kind, each, plan, mayScaffold)));
  // Namespaces go first: a bridge whose ports are on their way out is deleted in no time, one that has to let go of each is not.
  const rounds = [[...deaths(shall, dying), ...removed, ...plan.removals], births(shall, reborn), ...plan.creations, [...plan.changes, ...added]];
  return rounds.filter((steps) => steps.length > 0);
}
