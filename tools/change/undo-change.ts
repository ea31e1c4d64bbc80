// undo_change
import { z } from 'zod';
import { ChangeSummary, findChange, summaryOf } from '../../src/change/past/history.js';
import type { ChangeEntry } from '../../src/change/past/record.js';
import { undoChange as undo } from '../../src/change/past/undo.js';
import { AlteredObject } from '../../src/model/change.js';
import { commandLine } from '../../src/model/text.js';
import { prepareJournalCall } from '../../src/server/journal-calls.js';
import { brief, fitting } from '../../src/server/reading.js';
import { defineTool } from '../../src/server/tool.js';

const ROOM = 3_000;
const STANDING = ['applied', 'confirmed', 'armed'];

export const undoChange = defineTool({
  name: 'undo_change',
  title: 'Undo a change',
  description: 'Brings back what a change altered, and nothing else. Refused with the reason where the world has moved on.',
  toolset: 'change',
  effect: 'destroy',
  idempotent: true,
  action: 'change.undo',
  input: z.strictObject({
    id: z.string().min(1).max(64).describe('Of the change'),
    and_later: z.boolean().default(false).describe('First all later ones, newest first'),
    partial: z.boolean().default(false).describe('Undo what still can be'),
  }),
  output: z.strictObject({
    changed: z.boolean(),
    changes: z.array(ChangeSummary),
    commands: z.array(z.array(z.string())),
    altered: z.array(AlteredObject),
    left: z.array(z.string()),
    left_out: z.record(z.string(), z.number()).optional(),
  }),
  async prepare({ id, and_later, partial }, context) {
    const { journal, changes } = context.services;
    const wanted = findChange(journal, id);
    const isStanding = (entry: ChangeEntry) => STANDING.includes(entry.state() ?? '') && entry.isOfThisBoot;
    const all = and_later ? journal.list().entries : [];
    const later = all.slice(all.findIndex((entry) => entry.id === wanted.id) + 1).filter(isStanding);
    const isDone = wanted.state() === 'undone' && later.length === 0;
    const entries = isDone ? [wanted] : [...later.toReversed(), ...(isStanding(wanted) || later.length === 0 ? [wanted] : [])];
    return prepareJournalCall('change.undo', entries, context, async () => {
      const reports = [];
      // Each stands for itself: when one cannot be undone, those that were are told in the journal.
      if (!isDone) for (const entry of entries) reports.push(await undo(entry, changes, partial, context.signal));
      const commands = reports.flatMap((report) => report.commands);
      const altered = reports.flatMap((report) => report.altered);
      const left = reports.flatMap((report) => [...report.left, ...report.moved]);
      const summaries = entries.flatMap((entry) => summaryOf(entry) ?? []);
      const { lists, left_out } = fitting({ commands, altered });
      const { shown, more } = brief(
        commands.map((argv) => `  ${commandLine(argv)}`),
        ROOM,
      );
      return {
        output: { changed: !isDone, changes: summaries, ...lists, left, ...(Object.keys(left_out).length > 0 ? { left_out } : {}) },
        text: [
          isDone ? `Change ${wanted.id} is undone already.` : summaries.map((each) => `${each.state}: ${each.id} ${each.summary}`).join('\n'),
          ...(commands.length > 0 ? ['Ran:', ...shown] : []),
          ...(more > 0 ? [`  … ${more} more`] : []),
          ...left.map((sentence) => `Not brought back: ${sentence}`),
        ].join('\n'),
      };
    });
  },
});
