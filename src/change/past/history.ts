// What the journal tells of past changes: in a line each, and one of them whole.
import { z } from 'zod';
import { fail } from '../../model/errors.js';
import { nearest, visible } from '../../model/text.js';
import { STATES, type State } from '../journal/records.js';
import type { ChangeEntry, ChangeJournal } from './record.js';

/** A change in a line. */
export const ChangeSummary = z.strictObject({
  id: z.string(),
  at: z.string(),
  tool: z.string(),
  summary: z.string(),
  state: z.enum(STATES),
  /** Until then it has to be confirmed. */
  expires_at: z.string().optional(),
  /** The host was started anew since: what it did is gone. */
  of_earlier_boot: z.boolean().optional(),
});
export type ChangeSummary = z.infer<typeof ChangeSummary>;

/** What a change says of itself; null when it has been removed meanwhile. */
export function summaryOf(entry: ChangeEntry): ChangeSummary | null {
  const state = entry.state();
  if (state === null) return null;
  const { id, at, tool, summary } = entry.plan;
  const guard = state === 'armed' ? entry.guard() : null;
  return {
    ...{ id, at, tool, summary, state },
    ...(guard ? { expires_at: guard.expires_at } : {}),
    ...(entry.isOfThisBoot ? {} : { of_earlier_boot: true }),
  };
}

/**
 * The change with that id, or with an id that begins so.
 * @throws NetnsError CHANGE_NOT_FOUND, JOURNAL_NEWER.
 */
export function findChange(journal: ChangeJournal, id: string): ChangeEntry {
  const found = journal.find(id);
  if (found) return found;
  const { entries } = journal.list();
  const [only, ...others] = id.length >= 6 ? entries.filter((entry) => entry.id.startsWith(id)) : [];
  if (only && others.length === 0) return only;
  const near = nearest(
    id,
    entries.map((entry) => entry.id),
  );
  return fail(
    'CHANGE_NOT_FOUND',
    `The journal has no change "${visible(id)}".`,
    near.length > 0 ? `Did you mean ${near.join(' or ')}? list_changes lists them.` : 'list_changes lists them.',
    { near },
  );
}

/** Says that a change is in a state in which that cannot be done. @throws NetnsError CHANGE_STATE always. */
export function refuseState({ id }: ChangeEntry, state: State | null, wish: string): never {
  const words: Record<State, string> = {
    running: 'it is being made at this moment',
    armed: 'it waits to be confirmed',
    applied: 'it was never armed, and stays as it is',
    confirmed: 'it is confirmed',
    undoing: 'it is being taken back at this moment',
    undone: 'it has been taken back',
    failed: 'it failed, and was taken back as far as that could be',
  };
  return fail(
    'CHANGE_STATE',
    `Change ${id} cannot be ${wish}: ${state === null ? 'it has left the journal' : words[state]}.`,
    `show_change {"id": "${id}"} tells all of it.`,
    { id, state },
  );
}
