// A change that did not come to its end left no word of how it left the world: what of its reach is its own is told by what was foreseen.
import type { HeldNamespace } from '../../kernel/kernel.js';
import type { NamespaceState } from '../../model/snapshot.js';
import { OBJECT_KINDS } from '../objects/table.js';
import { recapture } from '../restore/capture.js';
import { type Captured, type CapturedObject, type CapturedPlace, type Ids, objectId, sameIn } from '../restore/captured.js';
import type { Reading } from '../restore/restore.js';
import { isForeseeable } from './report.js';

const idsOf = (place: CapturedPlace, objects: readonly CapturedObject[] = []) => objects.map((object) => objectId(place, object));

/** Namespaces that outlast the taking back of the change, with something of theirs in its reach: in all others nothing of anybody else's is. */
function outlasting({ places }: Captured): CapturedPlace[] {
  return places.filter(({ existed, objects }) => existed && objects.length > 0);
}

/** Only what can be foreseen exactly: a link has hundreds of other objects. */
function foreseeableOf({ links, addresses, rules, vlans, firewall }: NamespaceState): NamespaceState {
  return { ...(links && { links }), ...(addresses && { addresses }), ...(rules && { rules }), ...(vlans && { vlans }), ...(firewall && { firewall }) };
}

/** Ids of what the change may have made at any moment, of the kinds of which that can be foreseen. @param states All that there is at any moment of it, by inode. */
export function foreseenIds(before: Captured, places: ReadonlyMap<string, HeldNamespace>, states: () => ReadonlyMap<number, NamespaceState>): string[] {
  const stays = ({ references }: CapturedPlace) => references.some((reference) => places.has(reference));
  const lasting = {
    places: outlasting(before)
      .filter(stays)
      .map((was) => ({ ...was, objects: was.objects.filter(isForeseeable) })),
  };
  if (lasting.places.length === 0) return [];
  const foreseen = recapture(lasting, places, new Map([...states()].map(([inode, state]) => [inode, foreseeableOf(state)])));
  return lasting.places.flatMap((was) => {
    const known = new Set(idsOf(was, was.objects));
    return idsOf(was, sameIn(foreseen, was)?.objects.filter(isForeseeable)).filter((id) => !known.has(id));
  });
}

/** All in the reach of the change but what others have made there since: it was not there before, was not foreseen, and does not come by itself. */
export function reachUnfinished(before: Captured, { now, states }: Reading, foreseen: readonly string[]): Ids {
  const foreign = new Set<string>();
  const ours = new Set(foreseen);
  for (const was of outlasting(before)) {
    const known = new Set(idsOf(was, was.objects));
    const is = sameIn(now, was);
    const state = states.get(is?.inode ?? 0) ?? {};
    for (const object of is?.objects ?? []) {
      const id = objectId(was, object);
      const isForeign = isForeseeable(object) && !known.has(id) && !ours.has(id) && !OBJECT_KINDS[object.kind].isDerived?.(object.value, state);
      if (isForeign) foreign.add(id);
    }
  }
  return { has: (id) => !foreign.has(id) };
}
