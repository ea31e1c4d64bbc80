// Calls of the tools that export and install, and of those that change, through the gate, inside a sandbox: a policy and a list of calls on standard input, their outcomes on standard output.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { loadPolicy } from '../../src/policy/load.js';
import { invokeTool } from '../../src/server/call/invoke.js';
import { Log } from '../../src/server/log.js';
import { createServices } from '../../src/server/services.js';
import type { Tool } from '../../src/server/tool.js';
import { applyChanges } from '../../tools/change/apply-changes.js';
import { exportChanges } from '../../tools/change/export-changes.js';
import { installConfiguration } from '../../tools/change/install-configuration.js';
import { undoChange } from '../../tools/change/undo-change.js';

const Asked = z.strictObject({ policy: z.string(), calls: z.array(z.strictObject({ tool: z.string(), args: z.record(z.string(), z.unknown()) })) });

const { policy, calls } = Asked.parse(JSON.parse(readFileSync(0, 'utf8')));
const tools: readonly Tool[] = [applyChanges, undoChange, exportChanges, installConfiguration];
const services = createServices({ policy: loadPolicy(policy), toolsets: null, audit: null, log: new Log('error'), tools, running: new Set() });
/** `$CHANGE` in an argument is the id of the change that was made last. */
let last = '';
const outcomes: unknown[] = [];
for (const { tool, args } of calls) {
  const filled = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, value === '$CHANGE' ? last : value]));
  const outcome = await invokeTool(services, tool, filled);
  const told = z.object({ output: z.object({ change: z.object({ id: z.string() }) }) }).safeParse(outcome);
  last = told.data?.output.change.id ?? last;
  outcomes.push(outcome);
}
process.stdout.write(JSON.stringify(outcomes));
process.exit(0);
