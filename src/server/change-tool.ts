// From an operation to its published tool: the input gains dry_run, the answer gains the change record.
import { z } from 'zod';
import type { Operation } from '../change/operation.js';
import { ChangeRecord } from '../model/change.js';
import { commandLine } from '../model/text.js';
import { refuseDenied } from './gate.js';
import type { Tool } from './tool.js';

const DRY_RUN = { dry_run: z.boolean().default(false) };

/** What was done, or would be, in a few lines: the commands as a person would type them, and what is lost. */
function recordText({ changed, dry_run, commands, loses, undoable }: ChangeRecord): string {
  if (!changed) return 'Nothing to do: it is so already.';
  const lines = [dry_run ? 'Would run:' : 'Ran:', ...commands.map((argv) => `  ${commandLine(argv)}`)];
  if (loses.length > 0) lines.push(`${dry_run ? 'Would be lost' : 'Lost'}: ${loses.join('; ')}.`);
  if (!undoable) lines.push('Cannot be undone.');
  return lines.join('\n');
}

/** The tool that publishes an operation. */
export function changeTool(operation: Operation): Tool {
  const { name, title, description, action, destroys } = operation;
  return {
    name,
    title,
    description,
    toolset: 'change',
    effect: destroys ? 'destroy' : 'change',
    idempotent: true,
    action,
    input: operation.input.safeExtend(DRY_RUN),
    output: z.strictObject({ change: ChangeRecord, ...operation.result }),
    async prepare({ dry_run: asked, ...input }, { services, signal }) {
      const dry_run = asked === true;
      const alsoActs = operation.alsoActs?.(input) ?? [];
      const change = await services.changes.prepare({
        operation,
        input,
        signal,
        dryRun: dry_run,
        beforeReading: (subjects) => refuseDenied(services.policy, [action, ...alsoActs], subjects),
      });
      return {
        subjects: change.subjects,
        alsoActs,
        work: change.work,
        plan: change.plan,
        dryRun: dry_run,
        async run(permit) {
          const record = dry_run ? change.foreseen : await change.make(permit);
          const shown = operation.show(input, change.world());
          const told = operation.tell(z.strictObject(operation.result).parse(shown), input);
          return { output: { change: record, ...shown }, text: [recordText(record), ...(dry_run ? [] : [told])].join('\n') };
        },
        [Symbol.dispose]: () => change[Symbol.dispose](),
      };
    },
  };
}
