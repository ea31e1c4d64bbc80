// list_changes
import { z } from 'zod';
import { ChangeSummary, summaryOf } from '../../src/change/past/history.js';
import type { ChangeEntry } from '../../src/change/past/record.js';
import { mayJudge } from '../../src/server/journal-calls.js';
import { prepareReading } from '../../src/server/reading.js';
import { defineTool } from '../../src/server/tool.js';

/** A line for a person. */
export function summaryLine({ id, at, state, summary, expires_at, of_earlier_boot }: ChangeSummary): string {
  return `${id} ${at} ${state}${expires_at === undefined ? '' : ` until ${expires_at}`}${of_earlier_boot ? ' (before the last boot)' : ''}: ${summary}`;
}

export const listChanges = defineTool({
  name: 'list_changes',
  title: 'List changes',
  description: 'The journal, newest first: what was changed, and whether it stands, waits to be confirmed, or was taken back.',
  toolset: 'change',
  effect: 'read',
  idempotent: true,
  action: 'change.list',
  input: z.strictObject({
    limit: z.number().int().min(1).max(500).default(20).describe('Most entries'),
    before: z.string().optional().describe('Id: only older ones'),
  }),
  output: z.strictObject({ changes: z.array(ChangeSummary), more: z.boolean(), unreadable: z.array(z.string()).optional() }),
  prepare: ({ limit, before }, context) =>
    prepareReading('change.list', [], context, async () => {
      const { journal, policy } = context.services;
      const { entries, newer } = journal.list();
      const newestFirst = entries.toReversed().filter((entry: ChangeEntry) => mayJudge(policy, 'change.list', entry));
      const from = before === undefined ? 0 : newestFirst.findIndex(({ id }) => id === before) + 1;
      const shown = newestFirst.slice(from, from + limit);
      const changes = shown.flatMap((entry) => summaryOf(entry) ?? []);
      const unreadable = newer.map(({ id, newer_version }) => `${id} was written by a newer version of this server (journal version ${newer_version})`);
      const more = newestFirst.length > from + limit;
      return {
        output: { changes, more, ...(unreadable.length > 0 ? { unreadable } : {}) },
        text: [
          changes.length === 0 ? 'No changes.' : changes.map(summaryLine).join('\n'),
          ...(more ? [`There are older ones: list_changes {"before": "${shown.at(-1)?.id}"}.`] : []),
          ...unreadable,
        ].join('\n'),
      };
    }),
});
