// show_change
import { z } from 'zod';
import { ChangeSummary, findChange, refuseState, summaryOf } from '../../src/change/past/history.js';
import { AlteredObject } from '../../src/model/change.js';
import { commandLine } from '../../src/model/text.js';
import { prepareJournalCall } from '../../src/server/journal-calls.js';
import { brief, fitting } from '../../src/server/reading.js';
import { defineTool } from '../../src/server/tool.js';
import { summaryLine } from './list-changes.js';

const ROOM = 4_000;

export const showChange = defineTool({
  name: 'show_change',
  title: 'Show a change',
  description: 'One change of the journal whole: what was asked, the commands, each object before and afterwards, and how it was taken back.',
  toolset: 'change',
  effect: 'read',
  idempotent: true,
  listed: 'named',
  action: 'change.list',
  input: z.strictObject({ id: z.string().min(1).max(64).describe('Of the change') }),
  output: z.strictObject({
    change: ChangeSummary,
    operations: z.array(z.strictObject({ op: z.string(), input: z.unknown() })),
    commands: z.array(z.array(z.string())),
    altered: z.array(AlteredObject),
    differs: z.array(z.string()),
    loses: z.array(z.string()),
    undoable: z.boolean(),
    taken_back: z.looseObject({ at: z.string(), why: z.string() }).nullable(),
    left_out: z.record(z.string(), z.number()).optional(),
  }),
  async prepare({ id }, context) {
    const entry = findChange(context.services.journal, id);
    return prepareJournalCall('change.list', [entry], context, async () => {
      const summary = summaryOf(entry);
      if (!summary) return refuseState(entry, null, 'shown');
      const { operations, commands, loses, undoable } = entry.plan.body;
      const outcome = entry.outcome()?.body;
      const { altered = [], differs = [], taken_back = null } = outcome ?? {};
      const { lists, left_out } = fitting({ operations, commands, altered });
      const lines = [
        ...operations.map(({ op, input }) => `asked: ${op} ${JSON.stringify(input)}`),
        ...commands.map((argv) => `ran: ${commandLine(argv)}`),
        ...altered.map(({ object, before, now }) => `${object}: ${before ?? 'not there'} -> ${now ?? 'not there'}`),
        ...(taken_back ? taken_back.commands.map((argv) => `took back: ${commandLine(argv)}`) : []),
        ...(taken_back ? taken_back.left.map((sentence) => `could not be brought back: ${sentence}`) : []),
      ];
      const { shown, more } = brief(lines, ROOM);
      return {
        output: { change: summary, ...lists, differs, loses, undoable, taken_back, ...(Object.keys(left_out).length > 0 ? { left_out } : {}) },
        text: [summaryLine(summary), ...shown, ...(more > 0 ? [`… ${more} more in the structured content`] : [])].join('\n'),
      };
    });
  },
});
