// Tools over MCP: what is listed, and how a call gets its answer.
import {
  type CallToolResult,
  type InputRequiredResult,
  inputRequired,
  isInputRequiredResult,
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { errorText, toNetnsError } from '../../model/errors.js';
import { APPROVAL_FORM, isApproval } from '../call/approval.js';
import type { Caller } from '../call/call.js';
import { findTool, offered } from '../call/registry.js';
import type { Front } from '../front.js';
import type { Services } from '../services.js';
import type { Tool } from '../tool.js';
import { APPROVE, callerOf } from './caller.js';
import { doneResult, ERROR_META_KEY, errorResult } from './result.js';

/** Older clients give up on a call after 60 s: a question stays open for as long. */
const QUESTION_MS = 60_000;

const WARM_UP_MS = 20;

/**
 * Serves `tools/list` and `tools/call`. Not by `registerTool`: a tool that is not listed must be refused with the reason,
 * and wrong arguments with a hint out of our own table, where the library would answer by itself.
 */
export function serveTools(server: McpServer, front: Front, connection: string): void {
  server.server.setRequestHandler('tools/list', async () => {
    const tools = offered(await front.offers(), front).map(({ listed }) => listed);
    // Who lists will call: what that needs is loaded once the list is on its way.
    setTimeout(() => front.services().catch(() => {}), WARM_UP_MS).unref();
    return { tools };
  });
  server.server.setRequestHandler('tools/call', async ({ params }, context) => {
    const services = await front.services();
    const result = await answer(services, known(services, params.name), params.arguments, callerOf(server, connection, context), context);
    return isInputRequiredResult(result) ? result : server.server.projectCallToolResult(result, undefined);
  });
}

/** The protocol has an error of its own for a tool that is unknown. */
function known(services: Services, name: string): Tool {
  try {
    return findTool(services, name);
  } catch (thrown) {
    const error = toNetnsError(thrown).toValue();
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, errorText(error), { [ERROR_META_KEY]: error });
  }
}

/** Answers a call; both eras by the same path, but for how a question gets to the human. */
async function answer(services: Services, tool: Tool, args: unknown, caller: Caller, context: ServerContext): Promise<CallToolResult | InputRequiredResult> {
  const { call } = await import('../call/call.js');
  const outcome = await call(services, tool, args, caller);
  switch (outcome.kind) {
    case 'done':
      return doneResult(outcome.answer, outcome.decision);
    case 'failed':
      return errorResult(outcome.error);
    case 'ask': {
      const { message, state } = outcome;
      if (context.mcpReq.envelope !== undefined) {
        return inputRequired({ inputRequests: { [APPROVE]: inputRequired.elicit({ message, requestedSchema: APPROVAL_FORM }) }, requestState: state });
      }
      const approved = await askNow(message, services, context);
      return await answer(services, tool, args, { ...caller, answer: { approved, state: await services.approvals.codec.verify(state, context) } }, context);
    }
  }
}

/**
 * Asks on a connection of the earlier era, where the call waits for the answer. The library could do it, but a human who does not answer in
 * time, or a client that fails to ask, is a no, and not an error outside our table.
 */
async function askNow(message: string, { log }: Services, { mcpReq }: ServerContext): Promise<boolean> {
  try {
    const given = await mcpReq.elicitInput({ message, requestedSchema: APPROVAL_FORM }, { timeout: QUESTION_MS, signal: mcpReq.signal });
    return given.action === 'accept' && isApproval(given.content);
  } catch (error) {
    log.warn(`no answer to a question: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}
