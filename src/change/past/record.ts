// What the journal keeps of a change: what was to be done, what the world was before and after, and how it was taken back.
import { z } from 'zod';
import { ALL_ACTIONS } from '../../model/actions.js';
import { AlteredObject } from '../../model/change.js';
import { Subject } from '../../model/policy.js';
import { ALL_SECTIONS } from '../../model/snapshot.js';
import type { Entry } from '../journal/entry.js';
import { Journal } from '../journal/journal.js';
import { Captured } from '../restore/captured.js';
import { Rebirth } from './reborn.js';

/** What is known before the first step. */
export const PlanBody = z.strictObject({
  operations: z.array(z.strictObject({ op: z.string(), input: z.unknown() })),
  /** As a person would type them. */
  commands: z.array(z.array(z.string())),
  undoable: z.boolean(),
  loses: z.array(z.string()),
  /** What the policy judged: who takes the change back needs to be allowed to do that to the same. */
  judged: z.array(z.strictObject({ actions: z.array(z.enum(ALL_ACTIONS)), subjects: z.array(Subject) })),
  /** Keys of the locks under which it was made. */
  locks: z.array(z.string()),
  /** What has to be read to know how it is. */
  sections: z.array(z.enum(ALL_SECTIONS)),
  before: Captured,
  /** Ids of objects that were not there before and may be there once it has begun, of the kinds of which that is foreseen exactly. */
  foreseen: z.array(z.string()).default([]),
  /** What of that was made by this server: what is made anew gets its mark back. */
  owned: z.strictObject({ namespaces: z.array(z.string()), links: z.array(z.strictObject({ namespace: z.string(), name: z.string() })) }),
});
export type PlanBody = z.infer<typeof PlanBody>;

/** How a change was taken back. */
const TakenBack = z.strictObject({
  at: z.string(),
  why: z.enum(['asked', 'not confirmed', 'server ended', 'failed']),
  commands: z.array(z.array(z.string())),
  /** What could not be brought back, a sentence each. */
  left: z.array(z.string()),
  /** Namespaces that were made anew. */
  reborn: z.array(Rebirth),
});
export type TakenBack = z.infer<typeof TakenBack>;

/** What is known afterwards. */
export const OutcomeBody = z.strictObject({
  /** null: the change did not come to its end. */
  after: Captured.nullable(),
  altered: z.array(AlteredObject),
  differs: z.array(z.string()),
  taken_back: TakenBack.nullable(),
});
export type OutcomeBody = z.infer<typeof OutcomeBody>;

export type ChangeJournal = Journal<PlanBody, OutcomeBody>;
export type ChangeEntry = Entry<PlanBody, OutcomeBody>;

/** The journal of a state directory. */
export function journalOf(stateDirectory: string): ChangeJournal {
  return new Journal(stateDirectory, { plan: PlanBody, outcome: OutcomeBody });
}
