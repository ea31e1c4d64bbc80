// Tools over MCP: what is listed, and how a call gets its answer.
import {
  type CallToolResult,
  type InputRequiredResult,
  inputRequired,
  isInputRequiredResult,
  type Tool as Listed,
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
} from '@modelcontextprotocol/server';
import { errorText, toNetnsError } from '../model/errors.js';
import { APPROVAL_FORM } from './approval.js';
import { type Caller, call } from './call.js';
import { APPROVE, callerOf } from './caller.js';
import { findTool, listedTools } from './registry.js';
import { annotationsOf, doneResult, ERROR_META_KEY, errorResult } from './result.js';
import { jsonSchemaOf } from './schema.js';
import type { Services } from './services.js';
import type { Tool } from './tool.js';

/** A tool as `tools/list` shows it. */
export function listed(tool: Tool): Listed {
  const { name, title, description } = tool;
  const [inputSchema, outputSchema] = [jsonSchemaOf(tool.input, 'input'), jsonSchemaOf(tool.output, 'output')];
  return {
    name,
    title,
    description,
    inputSchema: { ...inputSchema, type: 'object' },
    outputSchema: { ...outputSchema, type: 'object' },
    annotations: annotationsOf(tool),
  };
}

/**
 * Serves `tools/list` and `tools/call`. Not by `registerTool`: a tool that is not listed must be refused with the reason,
 * and wrong arguments with a hint out of our own table, where the library would answer by itself.
 */
export function serveTools(server: McpServer, services: Services, connection: string): void {
  server.server.setRequestHandler('tools/list', () => ({ tools: listedTools(services).map(listed) }));
  server.server.setRequestHandler('tools/call', async ({ params }, context) => {
    const result = await answer(services, known(services, params.name), params.arguments, callerOf(server, connection, context));
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

/** Answers a call; both eras by the same path. */
async function answer(services: Services, tool: Tool, args: unknown, caller: Caller): Promise<CallToolResult | InputRequiredResult> {
  const outcome = await call(services, tool, args, caller);
  switch (outcome.kind) {
    case 'done':
      return doneResult(outcome.answer, outcome.decision);
    case 'failed':
      return errorResult(outcome.error);
    case 'ask':
      return inputRequired({
        inputRequests: { [APPROVE]: inputRequired.elicit({ message: outcome.message, requestedSchema: APPROVAL_FORM }) },
        requestState: outcome.state,
      });
  }
}
