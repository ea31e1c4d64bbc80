// Namespaces that an undo made, or named, anew: what was captured of the old one, in any change of the journal, is from then on about the new one.
import { statSync } from 'node:fs';
import { z } from 'zod';
import { NAMES_DIRECTORY } from '../../kernel/sources/names.js';
import { linkOf } from '../objects/link.js';
import type { Captured, CapturedObject, CapturedPlace } from '../restore/captured.js';
import type { ChangeEntry, ChangeJournal, OutcomeBody } from './record.js';

const Birth = z.strictObject({ inode: z.number(), born: z.string().nullable() });

/** One namespace before it was deleted, and after it was made anew. */
export const Rebirth = z.strictObject({ was: Birth, is: Birth });
export type Rebirth = z.infer<typeof Rebirth>;

/** One of its names leads nowhere, or to a file of another number or birth. */
function isMissing({ existed, is_host, names, inode, born }: CapturedPlace): boolean {
  if (!existed || is_host) return false;
  return names.some((name) => {
    const now = statSync(`${NAMES_DIRECTORY}/${name}`, { throwIfNoEntry: false, bigint: true });
    return Number(now?.ino) !== inode || (born !== null && String(now?.ctimeNs) !== born);
  });
}

/** All that were made anew since a time, in their order. What was captured later is about the new ones already. */
function rebirthsIn(journal: ChangeJournal, since: string): Rebirth[] {
  return journal
    .list(['undone', 'failed'])
    .entries.flatMap((entry) => entry.outcome()?.body.taken_back ?? [])
    .filter(({ at }) => at > since)
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .flatMap(({ reborn }) => reborn);
}

function withOther(object: CapturedObject, { was, is }: Rebirth): CapturedObject {
  if (object.kind !== 'link') return object;
  const link = linkOf(object.value);
  return link.other?.inode === was.inode ? { ...object, value: { ...link, other: { ...link.other, inode: is.inode } } } : object;
}

function renewed({ places }: Captured, rebirth: Rebirth): Captured {
  const { was, is } = rebirth;
  return {
    places: places.map((place) => ({
      ...place,
      ...(place.inode === was.inode && place.born === was.born ? is : {}),
      objects: place.objects.map((object) => withOther(object, rebirth)),
    })),
  };
}

/** What the journal keeps of a change, about the namespaces as they are known now. */
export interface Recorded {
  before: Captured;
  /** As the change left it; null when that is not known. */
  after: Captured | null;
  /** As it was written down; null when it did not come that far. */
  outcome: OutcomeBody | null;
}

/** Reads the journal: a large change takes its time. */
export function recordedOf(entry: ChangeEntry, journal: ChangeJournal): Recorded {
  const { before } = entry.plan.body;
  const outcome = entry.outcome()?.body ?? null;
  const after = outcome?.after ?? null;
  const rebirths = [...before.places, ...(after?.places ?? [])].some(isMissing) ? rebirthsIn(journal, entry.plan.at) : [];
  return { before: rebirths.reduce(renewed, before), after: after && rebirths.reduce(renewed, after), outcome };
}
