// What differs between captures: what a change altered, and what of that can still be taken back.
import { isGiven, linkKind, linkOf } from '../objects/link.js';
import { carriersOf, goesWith, type ObjectName } from '../objects/object.js';
import { OBJECT_KINDS } from '../objects/table.js';
import { type Captured, type CapturedObject, type CapturedPlace, captureName, objectId, placeId, sameIn } from './captured.js';

/** An object in which captures differ; kind `namespace` is the namespace itself. */
export interface Difference {
  id: string;
  /** Name of its namespace, for a person. */
  namespace: string;
  kind: ObjectName | 'namespace';
  key: string;
  /** In a few words for a person. */
  what: string;
}

/** A difference, with the object as one and the other capture has it; of a namespace itself, and where it is not there, nothing. */
export interface Altered extends Difference {
  was: CapturedObject | undefined;
  is: CapturedObject | undefined;
}

/** What is to become of each object that a change altered. */
export interface Undoable {
  /** As the change left it: it can be made again what it was. */
  restore: Difference[];
  /** It is already what it was before. */
  already: Difference[];
  /** Somebody has altered it since. */
  moved: (Difference & { why: string })[];
}

/** Where the other end is, and how link-local addresses are made (iproute2 tells that only of links, not of links with their addresses), count only when both times it could be told. */
function comparable({ kind, value }: CapturedObject, against: CapturedObject): unknown {
  if (kind !== 'link') return OBJECT_KINDS[kind].facts(value);
  const [link, other] = [linkOf(value), linkOf(against.value)];
  return linkKind.facts({ ...link, other: other.other && link.other, addr_gen_mode: other.addr_gen_mode && link.addr_gen_mode });
}

/** JSON with the keys of records in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

/** True when two objects of the same key are the same, or both are not there. */
export function isSame(a: CapturedObject | undefined, b: CapturedObject | undefined): boolean {
  if (!a || !b) return a === b;
  // Mostly they are: then even the order of their keys is the same.
  if (JSON.stringify(a.value) === JSON.stringify(b.value)) return true;
  return canonical(comparable(a, b)) === canonical(comparable(b, a));
}

/** Names of the facts in which two objects differ. */
export function differingFacts(a: CapturedObject, b: CapturedObject): string[] {
  const [one, other] = [comparable(a, b), comparable(b, a)].map((facts) => Object.entries(facts ?? {}));
  const values = new Map(other);
  return (one ?? []).flatMap(([name, value]) => (canonical(value) === canonical(values.get(name)) ? [] : [name]));
}

function byId(place: CapturedPlace | undefined, as: CapturedPlace): Map<string, CapturedObject> {
  return new Map((place?.objects ?? []).map((object) => [objectId(as, object), object]));
}

function told(place: CapturedPlace, id: string, { kind, key, value }: CapturedObject): Difference {
  return { id, namespace: captureName(place), kind, key, what: OBJECT_KINDS[kind].tell(value) };
}

function toldPlace(place: CapturedPlace): Difference {
  const name = captureName(place);
  return { id: placeId(place), namespace: name, kind: 'namespace', key: name, what: `namespace ${name}` };
}

const isThere = (place: CapturedPlace | undefined): boolean => place?.existed ?? false;

/** Every object that the change altered. @param after The same part of the world, from `recapture`. */
export function changed(before: Captured, after: Captured): Altered[] {
  return before.places.flatMap((was) => {
    const is = sameIn(after, was);
    const [old, now] = [byId(was, was), byId(is, was)];
    const ids = new Set([...old.keys(), ...now.keys()]);
    return [
      ...(isThere(was) === isThere(is) ? [] : [{ ...toldPlace(was), was: undefined, is: undefined }]),
      ...[...ids].flatMap((id) => {
        const [a, b] = [old.get(id), now.get(id)];
        const object = b ?? a;
        return object && !isSame(a, b) ? [{ ...told(was, id, object), was: a, is: b }] : [];
      }),
    ];
  });
}

/** How somebody has altered an object since, as a sentence. */
function movedOn(place: CapturedPlace, left: CapturedObject | undefined, now: CapturedObject | undefined): string {
  const where = `in ${captureName(place)}`;
  const tell = ({ kind, value }: CapturedObject) => OBJECT_KINDS[kind].tell(value);
  if (!now) return `${left ? tell(left) : 'it'} ${where} was deleted meanwhile.`;
  if (!left) return `${tell(now)} ${where} was made meanwhile, with other properties.`;
  if (tell(left) !== tell(now)) return `${tell(left)} ${where} is now ${tell(now)}.`;
  return `${tell(left)} ${where} was changed meanwhile: ${differingFacts(left, now).join(', ')}.`;
}

function sameNamespace(a: CapturedPlace | undefined, b: CapturedPlace | undefined): boolean {
  return a?.inode === b?.inode && (a?.born === b?.born || !a?.born || !b?.born);
}

/** Why a namespace that the change made, deleted or kept is no longer as the change left it; null when it is. */
function placeMovedOn(was: CapturedPlace, left: CapturedPlace | undefined, is: CapturedPlace | undefined, processes: number): string | null {
  const name = captureName(was);
  if (!isThere(left)) return isThere(is) ? `Another namespace ${name} was made meanwhile.` : null;
  if (!isThere(is)) return `Namespace ${name} was deleted meanwhile.`;
  if (!sameNamespace(left, is)) return `Another namespace has taken the name ${name}.`;
  if (was.existed) return null;
  if (processes > 0) return `Namespace ${name}, which this change made, now has processes in it.`;
  const made = byId(left, was);
  const foreign = (is?.objects ?? []).find((object) => object.kind === 'link' && !isGiven(linkOf(object.value)) && !made.has(objectId(was, object)));
  return foreign ? `Namespace ${name} holds ${OBJECT_KINDS['link'].tell(foreign.value)}, which this change did not make.` : null;
}

/**
 * Three-way: of what the change altered, what can be made again what it was. Pure.
 * @param before Before the change. @param after Right after it, and `now` as it is, from `recapture`.
 * @param processes How many live in a namespace, by its reference, where that was looked at.
 */
export function undoable(before: Captured, after: Captured, now: Captured, processes: ReadonlyMap<string, number> = new Map()): Undoable {
  const result: Undoable = { restore: [], already: [], moved: [] };
  for (const was of before.places) {
    const [left, is] = [sameIn(after, was), sameIn(now, was)];
    const self = toldPlace(was);
    const wasAltered = isThere(was) !== isThere(left);
    if (wasAltered && isThere(was) === isThere(is) && (!isThere(is) || sameNamespace(was, is))) result.already.push(self);
    const inhabitants = Math.max(0, ...was.references.map((reference) => processes.get(reference) ?? 0));
    const why = isThere(was) || isThere(left) ? placeMovedOn(was, left, is, inhabitants) : null;
    const isBack = wasAltered && result.already.includes(self);
    if (why !== null && !isBack) {
      // What was in it is not there any more, or not to be touched.
      const objects = changed({ places: [was] }, { places: left ? [left] : [] }).filter(({ id }) => id !== self.id);
      for (const difference of [self, ...objects]) result.moved.push({ ...difference, why });
      continue;
    }
    if (wasAltered && !isBack) result.restore.push(self);
    // With a namespace that the change made all goes that is in it.
    const [a, b, c] = was.existed ? [was, left, is] : [was, left, is].map((place) => place && { ...place, objects: place.objects.filter(outlives) });
    if (a) undoableObjects(a, b, c, result);
  }
  return result;
}

const outlives = ({ kind }: CapturedObject): boolean => OBJECT_KINDS[kind].outlives ?? false;

/** The link that was lost with which an object goes. */
function lostCarrier({ kind: name, value }: CapturedObject, lost: ReadonlyMap<string, string>): string | undefined {
  const kind = OBJECT_KINDS[name];
  const isLost = (link: string) => lost.has(link);
  return name !== 'link' && goesWith(kind, value, isLost) ? carriersOf(kind, value).find(isLost) : undefined;
}

function undoableObjects(was: CapturedPlace, left: CapturedPlace | undefined, is: CapturedPlace | undefined, result: Undoable): void {
  const [old, done, current] = [byId(was, was), byId(left, was), byId(is, was)];
  const lost = new Map<string, string>();
  // Links come first: what hangs on one that somebody altered stays as it is.
  for (const id of new Set([...old.keys(), ...done.keys()])) {
    const [a, b, c] = [old.get(id), done.get(id), current.get(id)];
    const object = b ?? a;
    if (!object || isSame(a, b)) continue;
    const difference = told(was, id, object);
    const carrier = lostCarrier(object, lost);
    if (isSame(a, c)) result.already.push(difference);
    else if (isSame(b, c) && carrier === undefined) result.restore.push(difference);
    else {
      const why = carrier === undefined ? movedOn(was, b, c) : (lost.get(carrier) ?? '');
      result.moved.push({ ...difference, why });
      if (object.kind === 'link') lost.set(object.key, why);
    }
  }
}
