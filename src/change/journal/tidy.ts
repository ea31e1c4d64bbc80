// Keeping the journal small: the oldest finished changes go, and what killed servers left unfinished in its folder.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Entry } from './entry.js';
import { stateIn } from './entry.js';
import { identityInTag, livenessOf } from './process-identity.js';
import { namesIn, readFolder } from './reading.js';
import { FINISHED, type State } from './records.js';

/** How much of the journal is kept, counting what is finished. */
export interface Limits {
  entries: number;
  bytes: number;
}
export const LIMITS: Limits = { entries: 1_000, bytes: 64 * 1024 * 1024 };

/** The journal is looked through once in so many changes, and so many entries below its limit are kept then. */
export const LOOK_EVERY = 50;

const ANY_BODY = { plan: z.unknown(), outcome: z.unknown() };

interface Finished {
  entry: Entry;
  state: State;
  bytes: number;
}

function sizeOf(folder: string, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** True for a folder that a server which is no longer there had begun to make. */
function isAbandoned(name: string): boolean {
  const maker = identityInTag(name.slice(1));
  return maker !== null && livenessOf(maker) === 'dead';
}

/** True for a change that can still be undone, as far as its state tells. */
function isUndoable({ entry, state }: Finished): boolean {
  return state === 'applied' && entry.isOfThisBoot;
}

/** What has to go so that the limits hold: first what cannot be undone any more, and of it the oldest. */
function beyond(limits: Limits, finished: readonly Finished[]): Finished[] {
  let count = finished.length;
  let bytes = finished.reduce((sum, one) => sum + one.bytes, 0);
  const isOver = () => count > Math.max(0, limits.entries - LOOK_EVERY) || bytes > limits.bytes;
  return [...finished.filter((one) => !isUndoable(one)), ...finished.filter(isUndoable)].filter((one) => {
    if (!isOver()) return false;
    count--;
    bytes -= one.bytes;
    return true;
  });
}

/** Looks through the folder of all changes. Unfinished ones, those of a newer version and unreadable ones stay. @throws Error of the system. */
export function tidy(changes: string, limits: Limits): void {
  const finished: { folder: string; names: string[]; bytes: number }[] = [];
  for (const name of readdirSync(changes).sort()) {
    const folder = join(changes, name);
    if (name.startsWith('.')) {
      if (isAbandoned(name)) rmSync(folder, { recursive: true, force: true });
      continue;
    }
    const names = namesIn(folder);
    if (names === null) continue;
    const state = stateIn(names);
    if (state !== null && FINISHED.has(state)) finished.push({ folder, names, bytes: sizeOf(folder, names) });
    else if (readFolder(folder, names, ANY_BODY).is === 'leftover') rmSync(folder, { recursive: true, force: true });
  }
  // Reading them all takes longer, and they seldom are too many.
  if (finished.length <= limits.entries - LOOK_EVERY && finished.reduce((sum, { bytes }) => sum + bytes, 0) <= limits.bytes) return;
  const entries = finished.flatMap(({ folder, names, bytes }) => {
    const found = readFolder(folder, names, ANY_BODY);
    return found.is === 'entry' ? { entry: found.entry, state: found.state, bytes } : [];
  });
  for (const { entry, state } of beyond(limits, entries)) entry.remove(state);
}
