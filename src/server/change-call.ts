// A call that changes something: prepared by the change engine, judged whole, and told to the model and to a person.
import { z } from 'zod';
import type { OperationOutcome, PreparedChange } from '../change/engine.js';
import type { Asked } from '../change/plan/planning.js';
import type { AlteredObject, ChangeRecord } from '../model/change.js';
import type { Decision } from '../model/policy.js';
import { commandLine, count } from '../model/text.js';
import { decideAll, refuseDeniedWhole } from './call/gate.js';
import { brief } from './reading.js';
import type { Answer, CallContext, PreparedCall } from './tool.js';

/** What every changing tool takes besides. */
export const CHANGE_OPTIONS = {
  dry_run: z.boolean().default(false),
  confirm_within_seconds: z.number().int().min(1).max(86_400).optional().describe('Undo itself unless confirm_change comes'),
};
export type ChangeOptions = z.output<z.ZodObject<typeof CHANGE_OPTIONS>>;

/** Characters of commands, and of altered objects, in the text; the structured content has all. */
const COMMANDS_ROOM = 2_000;
const ALTERED_ROOM = 1_200;

function alteredLine({ object, before, now }: AlteredObject): string {
  if (before === null) return `+ ${object}${now === null || now === '' ? '' : `: ${now}`}`;
  return now === null ? `- ${object}` : `~ ${object}: ${before} -> ${now}`;
}

function indented(lines: readonly string[], room: number): string[] {
  const { shown, more } = brief(lines, room);
  return [...shown.map((line) => `  ${line}`), ...(more > 0 ? [`  … ${more} more`] : [])];
}

/** What was done, or would be, in a few lines: the commands as a person would type them, and what is lost. */
export function recordText(record: ChangeRecord, commands: readonly string[][]): string {
  const { id, changed, dry_run, loses, undoable, cuts = [], expires_at, altered = [], differs = [] } = record;
  if (!changed) return 'Nothing to do: it is so already.';
  const lines = [dry_run ? 'Would run:' : 'Ran:', ...indented(commands.map(commandLine), COMMANDS_ROOM)];
  if (altered.length > 0) lines.push(`Altered, as read back (${count(altered.length, 'object')}):`, ...indented(altered.map(alteredLine), ALTERED_ROOM));
  if (differs.length > 0) lines.push(`Otherwise than foreseen: ${differs.join('; ')}.`);
  if (loses.length > 0) lines.push(`${dry_run ? 'Would be lost' : 'Lost'}: ${loses.join('; ')}.`);
  if (cuts.length > 0)
    lines.push(`${dry_run ? 'It would cut somebody off, and wants confirm_within_seconds' : 'It may cut somebody off'}: ${cuts.join('; ')}.`);
  if (!undoable) lines.push('Cannot be undone wholly.');
  if (expires_at !== undefined) lines.push(`Confirm with confirm_change {"id": "${id}"} before ${expires_at}, or it takes itself back.`);
  else if (id !== null) lines.push(`Change ${id}.`);
  return lines.join('\n');
}

/** What the policy would say to the real call; nothing when it would let it through. */
function verdictText({ effect, rule, reason }: Decision): string[] {
  const by = rule === null ? 'no rule covers it' : `rule ${rule}`;
  return { allow: [], ask: [`A human would be asked first (${by}): ${reason}`], deny: [`The policy would refuse it (${by}): ${reason}`] }[effect];
}

/** What an answer is made from. */
export interface Told {
  record: ChangeRecord;
  outcomes: readonly OperationOutcome[];
  change: PreparedChange;
  dryRun: boolean;
  /** What the policy would say to the real call. */
  verdict: readonly string[];
}

/** Prepares a call that carries out operations. @param answer Makes the answer of what was done, or would be. */
export async function prepareChange<Output>(
  tool: string,
  list: readonly Asked[],
  { dry_run, confirm_within_seconds }: ChangeOptions,
  { services, signal }: CallContext,
  answer: (told: Told) => Answer<Output>,
): Promise<PreparedCall<Output>> {
  const { policy, changes } = services;
  const change = await changes.prepare({
    tool,
    list,
    signal,
    dryRun: dry_run,
    confirmWithinSeconds: confirm_within_seconds ?? null,
    beforeReading: (judged) => refuseDeniedWhole(policy, dry_run ? judged.map(({ subjects }) => ({ actions: ['namespace.read'], subjects })) : judged),
  });
  const { subjects, judged, work, plan } = change;
  return {
    subjects,
    judged,
    work,
    plan,
    dryRun: dry_run,
    async run(permit) {
      const record = dry_run ? change.foreseen : await change.make(permit);
      const outcomes = change.outcomes.map((outcome) => ({ ...outcome, changed: outcome.changed && record.changed }));
      const verdict = dry_run ? verdictText(decideAll(policy, judged)) : [];
      return answer({ record, outcomes, change, dryRun: dry_run, verdict });
    },
    [Symbol.dispose]: () => change[Symbol.dispose](),
  };
}
