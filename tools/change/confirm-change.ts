// confirm_change
import { z } from 'zod';
import { ChangeSummary, findChange, refuseState, summaryOf } from '../../src/change/past/history.js';
import { prepareJournalCall } from '../../src/server/journal-calls.js';
import { defineTool } from '../../src/server/tool.js';

export const confirmChange = defineTool({
  name: 'confirm_change',
  title: 'Confirm a change',
  description: 'Keeps a change that was made with confirm_within_seconds. Only when it came too late the change is taken back: the answer says which.',
  toolset: 'change',
  effect: 'change',
  idempotent: true,
  action: 'change.confirm',
  input: z.strictObject({ id: z.string().min(1).max(64).describe('Of the change') }),
  output: z.strictObject({ changed: z.boolean(), change: ChangeSummary.nullable() }),
  async prepare({ id }, context) {
    const entry = findChange(context.services.journal, id);
    return prepareJournalCall('change.confirm', [entry], context, async () => {
      const { won, state } = entry.transition(['armed'], 'confirmed');
      if (!won && state !== 'confirmed') return refuseState(entry, state, 'confirmed');
      return {
        output: { changed: won, change: summaryOf(entry) },
        text: won ? `Change ${entry.id} is confirmed: it stays.` : `Change ${entry.id} was confirmed before.`,
      };
    });
  },
});
