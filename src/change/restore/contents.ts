// The common ground of the plan of a round: what shall be in each namespace of a capture beside what is, and the steps from one to the other.
import type { Link } from '../../model/objects.js';
import type { NamespaceState } from '../../model/snapshot.js';
import { type LinkObject, linkOf } from '../objects/link.js';
import type { Words } from '../objects/object.js';
import { type Captured, type CapturedObject, type CapturedPlace, type Ids, objectId } from './captured.js';

/** One namespace of a capture: what shall be and what is, of the objects that are to be restored. */
export interface Contents {
  place: number;
  shall: CapturedPlace;
  /** It is there, and its contents were read. */
  isThere: boolean;
  /** Of the namespace as it is now; null: it is not there. */
  inode: number | null;
  /** By id. */
  wanted: Map<string, CapturedObject>;
  found: Map<string, CapturedObject>;
  /** Links by name. */
  wantedLinks: Map<string, LinkObject>;
  foundLinks: Map<string, LinkObject>;
  state: NamespaceState;
}

function chosen(place: CapturedPlace, objects: readonly CapturedObject[], only: Ids | null): Map<string, CapturedObject> {
  const all = new Map(objects.map((object) => [objectId(place, object), object]));
  return only === null ? all : new Map([...all].filter(([id]) => only.has(id)));
}

function linksOf(objects: ReadonlyMap<string, CapturedObject>): Map<string, LinkObject> {
  return new Map([...objects.values()].flatMap(({ kind, key, value }) => (kind === 'link' ? [[key, linkOf(value)] as const] : [])));
}

/** @param only Ids of the objects that are to be restored; null is all. @param states By inode. */
export function contentsOf(shall: Captured, now: Captured, states: ReadonlyMap<number, NamespaceState>, only: Ids | null): Contents[] {
  return shall.places.map((place, i) => {
    const is = now.places[i];
    const wanted = chosen(place, place.objects, only);
    const found = chosen(place, is?.objects ?? [], only);
    const state = (is?.inode !== null && is?.inode !== undefined && states.get(is.inode)) || {};
    return {
      ...{ place: i, shall: place, isThere: is?.existed ?? false, inode: is?.inode ?? null, wanted, found, state },
      wantedLinks: linksOf(wanted),
      foundLinks: linksOf(found),
    };
  });
}

/** The index in the capture of the namespace with an inode. */
export function placeOf(contents: readonly Contents[], inode: number): Contents | undefined {
  return contents.find(({ shall }) => shall.inode === inode);
}

/** Links of a namespace as they will be: those that are there, but for some that go, and those that are made. */
export function linksAfter({ state, wantedLinks }: Contents, gone: ReadonlySet<string>, made: ReadonlySet<string>): Link[] {
  return [
    ...(state.links ?? []).filter(({ name }) => !gone.has(name) && !made.has(name)),
    ...[...wantedLinks.values()].filter(({ name }) => made.has(name)).map((link) => ({ ...link, up: false })),
  ];
}

/** A namespace by its place in the capture, or the host's, which is always there. */
export type PlaceIndex = number | 'host';

/** An argument: text, or a namespace. */
export type StepArgument = string | { place: PlaceIndex };

export interface Step extends Omit<Words, 'args'> {
  place: PlaceIndex;
  args: StepArgument[];
  /** Ids of the objects that it is about. */
  about: readonly string[];
  /** Name of the namespace that it makes. */
  makes?: string;
}

/** Commands of one place as steps. */
export function stepsIn(place: PlaceIndex, words: readonly Words[], ...about: string[]): Step[] {
  return words.map((each) => ({ ...each, place, about }));
}
