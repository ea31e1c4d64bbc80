// Capturing the part of the world that a change may alter, from what was read: before the change, and again after it.
import type { HeldNamespace } from '../../kernel/kernel.js';
import { readFiles } from '../../kernel/sections/files.js';
import { ALL_SECTIONS, findLink, type NamespaceState } from '../../model/snapshot.js';
import { type LinkObject, linkOf } from '../objects/link.js';
import { goesWith } from '../objects/object.js';
import { kindsInOrder, OBJECT_KINDS } from '../objects/table.js';
import type { Touch } from '../operation.js';
import { type ReadPlace, readPlaceOf } from '../plan/pairs.js';
import { isPlanned } from '../plan/places.js';
import { type Captured, type CapturedObject, type CapturedPlace, type Scope, sameIn } from './captured.js';
import { OtherEnds } from './other-ends.js';

type Places = ReadonlyMap<string, HeldNamespace>;
type States = ReadonlyMap<number, NamespaceState>;

/** The namespaces of a change that are there, each once, with the references that lead to it. */
function distinct(places: Places): Map<number, { place: HeldNamespace; references: string[] }> {
  const found = new Map<number, { place: HeldNamespace; references: string[] }>();
  for (const [reference, place] of places) {
    if (isPlanned(place)) continue;
    const known = found.get(place.inode);
    if (known) known.references.push(reference);
    else found.set(place.inode, { place, references: [reference] });
  }
  return found;
}

/** The kernel makes the file of a namespace anew when nothing has held it: only a name keeps it. */
function birthOf({ isHost, names, handle }: HeldNamespace): string | null {
  return isHost || names.length === 0 ? null : String(handle.bornNs);
}

/** Names of the links that stand on some links, and on those: they go with them. */
function withUppers(names: readonly string[], inode: number, links: readonly LinkObject[]): string[] {
  const all = new Set(names);
  for (let size = -1; size !== all.size; ) {
    size = all.size;
    for (const { name, kind, other } of links) if (kind !== 'veth' && other?.inode === inode && all.has(other.name)) all.add(name);
  }
  return [...all];
}

function objectsOf(links: readonly LinkObject[], state: NamespaceState): CapturedObject[] {
  return kindsInOrder().flatMap((kind) => (kind.name === 'link' ? links : kind.of(state)).map((value) => ({ kind: kind.name, key: kind.key(value), value })));
}

function within(all: readonly CapturedObject[], scope: Scope): CapturedObject[] {
  const sections = scope.sections === null ? null : new Set<string>(scope.sections);
  const objects = sections === null ? all : all.filter(({ kind }) => sections.has(OBJECT_KINDS[kind].section));
  if (scope.whole) return [...objects];
  const links = new Set(scope.links);
  const keys = new Set(scope.objects.map(({ kind, key }) => `${kind} ${key}`));
  return objects.filter(({ kind, key, value }) => {
    const isOnLink = goesWith(OBJECT_KINDS[kind], value, (name) => links.has(name));
    // A key that stands for several objects names them all.
    return isOnLink || keys.has(`${kind} ${key}`) || keys.has(`${kind} ${key.replace(/ #\d+$/, '')}`);
  });
}

/** A namespace's own files lie under its name, whether it is there or not: of one that comes or goes they are read by that. */
function ownFiles(names: readonly string[], scope: Scope): CapturedObject[] {
  return within(objectsOf([], { files: readFiles(names) }), scope);
}

function absent(reference: string, scope: Scope): CapturedPlace {
  const names = /[:/]/.test(reference) ? [] : [reference];
  const nothing = { inode: null, born: null, is_host: false, existed: false };
  return { ...nothing, references: [reference], names, entry: { name: reference }, scope, objects: ownFiles(names, scope) };
}

function present({ place, references }: { place: HeldNamespace; references: string[] }): Omit<CapturedPlace, 'scope' | 'objects'> {
  const { inode, names, isHost, entry } = place;
  return { references, inode, born: birthOf(place), names: [...names], is_host: isHost, entry, existed: true };
}

function readPlaces(found: ReturnType<typeof distinct>, states: States): ReadPlace[] {
  return [...found.values()].map(({ place }) => readPlaceOf(place, states));
}

function scopeOf(touches: readonly Touch[], state: NamespaceState): Scope {
  const linkName = (reference: string) => findLink(state.links ?? [], reference)?.name ?? reference;
  return {
    whole: touches.some((touch) => 'whole' in touch),
    links: [...new Set(touches.flatMap((touch) => ('link' in touch ? [linkName(touch.link)] : [])))],
    objects: touches.flatMap((touch) => ('key' in touch ? [{ kind: touch.kind, key: touch.key }] : [])),
    sections: null,
  };
}

/**
 * Captures what some touches reach; nothing is read but the own files of namespaces that are not there. A link is taken with all that hangs or stands on it; a namespace that is not there is captured as such.
 * @param places By reference; of those that are not there nothing, or only a plan.
 */
export function capture(places: Places, states: States, touches: readonly Touch[]): Captured {
  const found = distinct(places);
  const ends = new OtherEnds(readPlaces(found, states));
  const byNamespace = new Map<string, Touch[]>();
  for (const touch of touches) byNamespace.set(touch.namespace, [...(byNamespace.get(touch.namespace) ?? []), touch]);
  const there = [...found].flatMap(([inode, each]): CapturedPlace[] => {
    const own = each.references.flatMap((reference) => byNamespace.get(reference) ?? []);
    for (const reference of each.references) byNamespace.delete(reference);
    if (own.length === 0) return [];
    const state = states.get(inode) ?? {};
    const links = ends.of({ inode, names: each.place.names, state });
    const scope = scopeOf(own, state);
    // Planned blind nothing is read: what is touched was not there, or the kernel refuses.
    const sections = states.has(inode) ? ALL_SECTIONS.filter((section) => state[section] !== undefined) : null;
    const wide = { ...scope, links: withUppers(scope.links, inode, links), sections };
    return [{ ...present(each), scope: wide, objects: within(objectsOf(links, state), wide) }];
  });
  return { places: [...there, ...[...byNamespace].map(([reference, own]) => absent(reference, scopeOf(own, {})))] };
}

/** Names by which links of a capture go now: the index of a link stays when it is renamed. */
function renamed(before: CapturedPlace, state: NamespaceState): string[] {
  return before.objects.flatMap(({ kind, value }) => {
    if (kind !== 'link') return [];
    const was = linkOf(value);
    const now = state.links?.find(({ index }) => index === was.index);
    return now && now.kind === was.kind ? [now.name] : [];
  });
}

/** What was captured counts also when it hangs on other links now. */
function withCaptured(scope: Scope, { objects }: CapturedPlace): Scope {
  return { ...scope, objects: [...scope.objects, ...objects.map(({ kind, key }) => ({ kind, key }))] };
}

/**
 * The same part of the world as it is now; nothing is read but the own files of namespaces that came or went. Other ends are told by the inodes that their namespaces had before, where those were made anew.
 * @param places By the references of the capture before.
 */
export function recapture(before: Captured, places: Places, states: States): Captured {
  const found = distinct(places);
  const ends = new OtherEnds(readPlaces(found, states));
  const byReference = new Map([...found.values()].flatMap((each) => each.references.map((reference) => [reference, each] as const)));
  const earlier = new Map([...found].map(([inode, each]) => [inode, sameIn(before, each)?.inode ?? inode]));
  const asBefore = (link: LinkObject): LinkObject => {
    const inode = link.other && earlier.get(link.other.inode);
    return link.other && inode !== null && inode !== undefined ? { ...link, other: { ...link.other, inode } } : link;
  };
  return {
    places: before.places.map((was) => {
      const each = was.references.map((reference) => byReference.get(reference)).find((place) => place !== undefined);
      const isOnlyNamed = !was.existed || was.scope.sections?.includes('files');
      if (!each) return { ...was, inode: null, born: null, existed: false, objects: isOnlyNamed ? ownFiles(was.names, withCaptured(was.scope, was)) : [] };
      const { inode, names } = each.place;
      const state = { ...(was.existed ? {} : { files: readFiles(was.names) }), ...states.get(inode) };
      const links = ends.of({ inode, names, state }).map(asBefore);
      const scope = { ...was.scope, links: [...new Set([...was.scope.links, ...renamed(was, state)])] };
      return { ...present(each), references: was.references, scope, objects: within(objectsOf(links, state), withCaptured(scope, was)) };
    }),
  };
}
