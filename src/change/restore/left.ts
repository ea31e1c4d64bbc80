// What a restoration could not bring back, in sentences.
import type { NamespaceState } from '../../model/snapshot.js';
import { OBJECT_KINDS } from '../objects/table.js';
import { type Captured, type CapturedPlace, captureName, type Ids, objectId, placeId } from './captured.js';
import { differingFacts, isSame } from './compare.js';
import type { Reopened } from './places.js';

interface Why {
  only: Ids | null;
  /** By id. */
  complaints: ReadonlyMap<string, string>;
  /** What was read last, by inode. */
  states: ReadonlyMap<number, NamespaceState>;
}

/** Why a namespace is not as it shall be; null when it is. */
function placeRemains(was: CapturedPlace, { place, takenBy, namesLost }: Reopened): string | null {
  const name = captureName(was);
  if (!was.existed) return place === null ? null : `namespace ${name} is still there`;
  if (place) return namesLost.length > 0 ? `namespace ${name} has no name ${namesLost.join(', ')}` : null;
  if (takenBy !== null) return `the name ${takenBy} leads to another namespace now`;
  return was.names.length > 0 ? `namespace ${name} is missing` : `namespace ${name} is gone, and had no name by which it could be made again`;
}

function objectRemains(was: CapturedPlace, is: CapturedPlace | undefined, { only, complaints, states }: Why): string[] {
  const where = `in ${captureName(was)}`;
  const state = (is?.inode !== null && is?.inode !== undefined && states.get(is.inode)) || {};
  const isMeant = (id: string) => only?.has(id) ?? true;
  const wanted = new Map(was.objects.map((object) => [objectId(was, object), object]));
  const found = new Map((is?.objects ?? []).map((object) => [objectId(was, object), object]));
  const missing = [...wanted].flatMap(([id, object]) => {
    const now = found.get(id);
    if (!isMeant(id) || isSame(object, now)) return [];
    const kind = OBJECT_KINDS[object.kind];
    const what = `${kind.tell(object.value)} ${where}`;
    const why = complaints.get(id) ?? (now ? null : (kind.lacks?.(object.value) ?? null));
    const how = now ? `differs (${differingFacts(object, now).join(', ')})` : 'is missing';
    return [`${what} ${how}${why === null ? '' : `: ${why}`}`];
  });
  const extra = [...found].flatMap(([id, object]) => {
    // What the kernel makes by itself, and nobody takes away, is no difference.
    if (!isMeant(id) || wanted.has(id) || OBJECT_KINDS[object.kind].remove(object.value, { state, name: was.names[0] ?? null }).length === 0) return [];
    const why = complaints.get(id);
    return [`${OBJECT_KINDS[object.kind].tell(object.value)} ${where} is still there${why === undefined ? '' : `: ${why}`}`];
  });
  return [...missing, ...extra];
}

/** What differs from what shall be. @param now From `recapture`. @param open The namespaces as they were found, in the order of the capture. */
export function remains(shall: Captured, now: Captured, open: readonly Reopened[], why: Why): string[] {
  return shall.places.flatMap((was, i) => {
    const found = open[i];
    const isMeant = why.only?.has(placeId(was)) ?? true;
    const self = found && isMeant ? placeRemains(was, found) : null;
    const complaint = why.complaints.get(placeId(was));
    // Without its namespace nothing of it can be there.
    if (self !== null) return [`${self}${complaint === undefined ? '' : `: ${complaint}`}.`];
    return objectRemains(was, now.places[i], why).map((sentence) => `${sentence}.`);
  });
}
