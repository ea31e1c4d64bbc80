// Reading the folder of one change, and judging it: an entry, one of a newer version, one that cannot be read, or what a crash left.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Entry, stateIn } from './entry.js';
import { type Bodies, type FileContent, PlanFile, readContent, type State } from './records.js';
import { systemCode } from './unwritable.js';

/** Every file that this version writes; temporary ones begin with a dot. */
const KNOWN_FILE = /^((plan|outcome|guard)\.json|state\.(running|armed|applied|confirmed|undoing|undone|failed)|\..*)$/;

/**
 * What a folder is. `leftover`: of a change that never acted, or one that was being removed.
 * `unreadable`: neither that nor an entry, so it is for a person to look at.
 */
export type Found<P, O> =
  | { is: 'entry'; entry: Entry<P, O>; state: State }
  | { is: 'newer'; version: number }
  | { is: 'unreadable' }
  | { is: 'leftover' }
  | { is: 'gone' };

/** The names in a folder; null when it is gone, or is no folder. */
export function namesIn(folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return null;
    throw error;
  }
}

/** Reads one folder of the journal. @param names The files in it. */
export function readFolder<P, O>(folder: string, names: readonly string[], bodies: Bodies<P, O>): Found<P, O> {
  let content: FileContent;
  try {
    content = readContent(join(folder, 'plan.json'));
  } catch {
    return { is: 'unreadable' };
  }
  if (content.is === 'newer') return content;
  const state = stateIn(names);
  if (content.is === 'known' && state !== null) {
    const { data: plan } = PlanFile.safeParse(content.json);
    const { data: body, success } = bodies.plan.safeParse(plan?.body);
    return plan && success ? { is: 'entry', entry: new Entry(folder, { ...plan, body }, bodies.outcome), state } : { is: 'unreadable' };
  }
  if (namesIn(folder) === null) return { is: 'gone' };
  // The plan is whole on the disk before anything is done: a torn one never acted. The marker goes first when an entry is removed.
  const neverActed = content.is !== 'known' && state === 'running' && !names.includes('outcome.json');
  return (neverActed || state === null) && names.every((name) => KNOWN_FILE.test(name)) ? { is: 'leftover' } : { is: 'unreadable' };
}
