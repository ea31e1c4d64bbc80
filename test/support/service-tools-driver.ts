// Calls of the tools for services, through the same gate as any, inside a sandbox: a policy and a list of calls on standard input, their outcomes on standard output.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { loadPolicy } from '../../src/policy/load.js';
import { invokeTool } from '../../src/server/call/invoke.js';
import { Log } from '../../src/server/log.js';
import { createServices } from '../../src/server/services.js';
import type { Tool } from '../../src/server/tool.js';
import { listServices } from '../../tools/exec/list-services.js';
import { startService } from '../../tools/exec/start-service.js';
import { stopService } from '../../tools/exec/stop-service.js';

const Asked = z.strictObject({ policy: z.string(), calls: z.array(z.strictObject({ tool: z.string(), args: z.record(z.string(), z.unknown()) })) });

const { policy, calls } = Asked.parse(JSON.parse(readFileSync(0, 'utf8')));
const tools: readonly Tool[] = [startService, stopService, listServices];
const services = createServices({ policy: loadPolicy(policy), toolsets: null, audit: null, log: new Log('error'), tools, running: new Set() });
/** `$ID` in an argument is the id of the service that was told of last. */
let last = '';
const outcomes: unknown[] = [];
for (const { tool, args } of calls) {
  const filled = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, value === '$ID' ? last : value]));
  const outcome = await invokeTool(services, tool, filled);
  const told = z.object({ output: z.object({ service: z.object({ id: z.string() }) }) }).safeParse(outcome);
  last = told.data?.output.service.id ?? last;
  outcomes.push(outcome);
}
process.stdout.write(JSON.stringify(outcomes));
process.exit(0);
