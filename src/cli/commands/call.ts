// netns-mcp call: one tool from a shell, through the same gate and into the same audit log.
import { text } from 'node:stream/consumers';
import { type ErrorCode, toNetnsError } from '../../model/errors.js';
import { invokeTool } from '../../server/call/invoke.js';
import { findTool } from '../../server/call/registry.js';
import type { Services } from '../../server/services.js';
import type { Tool } from '../../server/tool.js';
import type { Invocation } from '../commands.js';
import { EXIT, print, printError, printJson, UsageError } from '../output.js';
import { demandSandboxFor, servicesFor } from '../services.js';

/** @throws UsageError for an unknown tool, or arguments that are no JSON. */
export async function call(invocation: Invocation): Promise<number> {
  const { operands, json, loadTools } = invocation;
  const tools = await loadTools();
  const [name = '', given = '{}'] = operands;
  demandKnown(tools, name);
  demandSandboxFor(invocation.settings);
  const args = readJson(given === '-' ? await text(process.stdin) : given);
  return await callTool(await servicesFor(invocation), name, args, json);
}

/** @throws UsageError with near names when there is no such tool. */
function demandKnown(tools: readonly Tool[], name: string): void {
  try {
    findTool({ tools }, name);
  } catch (error) {
    const { message, hint } = toNetnsError(error);
    throw new UsageError(message, hint);
  }
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
