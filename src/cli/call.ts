// netns-mcp call: one tool from a shell, through the same gate and into the same audit log.
import { text } from 'node:stream/consumers';
import { type ErrorCode, toNetnsError } from '../model/errors.js';
import { nearest } from '../model/text.js';
import { invokeTool } from '../server/invoke.js';
import type { Services } from '../server/services.js';
import type { Invocation } from './commands.js';
import { EXIT, print, printError, printJson, UsageError } from './output.js';
import { demandSandboxFor, servicesFor } from './services.js';

export async function call(invocation: Invocation): Promise<number> {
  const { operands, json, loadTools } = invocation;
  const tools = await loadTools();
  const [name = '', given = '{}'] = operands;
  if (!tools.some((tool) => tool.name === name)) {
    const near = nearest(
      name,
      tools.map((tool) => tool.name),
    );
    throw new UsageError(`There is no tool "${name}".`, near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'netns-mcp tools lists them.');
  }
  demandSandboxFor(invocation.settings);
  const args = readJson(given === '-' ? await text(process.stdin) : given);
  return await callTool(await servicesFor(invocation), name, args, json);
}

/** Calls the tool, prints what it answers, and gives the exit code. */
export async function callTool(services: Services, name: string, args: unknown, json: boolean): Promise<number> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const result = await invokeTool(services, name, args, abort.signal);
    if (result.ok) {
      if (json) printJson(result.output);
      else print(result.text);
      return EXIT.done;
    }
    if (json) printJson(result.error);
    else printError(result.text);
    return isRefusal(result.error.code) ? EXIT.refused : EXIT.failed;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** @throws UsageError when it is no JSON. */
export function readJson(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch (error) {
    throw new UsageError(`The arguments are no JSON: ${toNetnsError(error).message}.`, `Write an object in single quotes: '{"namespace":"host"}'.`);
  }
}

/** The policy, the list of commands or a human said no; in distinction to what went wrong. */
function isRefusal(code: ErrorCode): boolean {
  return code === 'POLICY_DENIED' || code === 'COMMAND_REFUSED' || code.startsWith('APPROVAL_');
}
