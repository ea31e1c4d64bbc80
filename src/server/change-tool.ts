// From an operation to its published tool: the input gains dry_run, the answer gains the change record.
import { z } from 'zod';
import type { Operation } from '../change/operation.js';
import { ChangeRecord } from '../model/change.js';
import type { Decision } from '../model/policy.js';
import { commandLine } from '../model/text.js';
import { decideAll, refuseDenied } from './call/gate.js';
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

/** What the policy would say to the real call; nothing when it would let it through. */
function verdictText({ effect, rule, reason }: Decision): string[] {
  const by = rule === null ? 'no rule covers it' : `rule ${rule}`;
  return { allow: [], ask: [`A human would be asked first (${by}): ${reason}`], deny: [`The policy would refuse it (${by}): ${reason}`] }[effect];
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
      const actions = [action, ...alsoActs];
      const change = await services.changes.prepare({
        operation,
        input,
        signal,
        dryRun: dry_run,
        beforeReading: (subjects) => refuseDenied(services.policy, dry_run ? ['namespace.read'] : actions, subjects),
      });
      return {
        subjects: change.subjects,
        alsoActs,
        work: change.work,
        plan: change.plan,
        dryRun: dry_run,
        async run(permit) {
          const record = dry_run ? change.foreseen : await change.make(permit);
          const shown = operation.show(input, change.world().redacted(services.policy.redacts));
          const told = dry_run
            ? verdictText(decideAll(services.policy, actions, change.subjects))
            : [operation.tell(z.strictObject(operation.result).parse(shown), input)];
          return { output: { change: record, ...shown }, text: [recordText(record), ...told].join('\n') };
        },
        [Symbol.dispose]: () => change[Symbol.dispose](),
      };
    },
  };
}
