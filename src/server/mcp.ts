// The MCP server of one connection: tools, resources and prompts over the shared services.
import { randomUUID } from 'node:crypto';
import {
  acceptedContent,
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { visible } from '../model/text.js';
import { APPROVAL_FORM } from './approval.js';
import { type Caller, call } from './call.js';
import { instructions } from './instructions.js';
import { registerPrompts } from './prompts.js';
import { listedTools } from './registry.js';
import { registerResources } from './resources.js';
import { annotationsOf, doneResult, errorResult } from './result.js';
import { inputJsonSchema, outputJsonSchema } from './schema.js';
import type { Services } from './services.js';
import type { Tool } from './tool.js';

/** The key of our question among a call's input requests. */
const APPROVE = 'approve';

/** Older clients give up on a call after 60 s: a question stays open for as long. */
const LEGACY_QUESTION_MS = 60_000;

const ClientInfo = z.looseObject({ name: z.string(), version: z.string() });
const Capabilities = z.looseObject({ elicitation: z.looseObject({}).optional() });
const Envelope = z.looseObject({ [CLIENT_INFO_META_KEY]: z.unknown().optional(), [CLIENT_CAPABILITIES_META_KEY]: z.unknown().optional() }).default({});

/** Builds the server of one connection. Cheap and without side effects: it is also built for mere probes. */
export function createMcpServer(services: Services): McpServer {
  const connection = randomUUID();
  const server = new McpServer(
    { name: 'netns-mcp', title: 'Linux network namespaces', version: services.version },
    {
      instructions: instructions(services),
      capabilities: { tools: {}, resources: {}, prompts: {}, completions: {} },
      requestState: { verify: (state, context) => services.approvals.codec.verify(state, context) },
      inputRequired: { roundTimeoutMs: LEGACY_QUESTION_MS, maxRounds: 2 },
    },
  );
  for (const tool of listedTools(services)) registerTool(server, tool, services, connection);
  registerResources(server, services, connection);
  registerPrompts(server, services);
  return server;
}

function registerTool(server: McpServer, tool: Tool, services: Services, connection: string): void {
  server.registerTool(
    tool.name,
    {
      title: tool.title,
      description: tool.description,
      inputSchema: inputJsonSchema(tool.input),
      outputSchema: outputJsonSchema(tool.output),
      annotations: annotationsOf(tool),
    },
    (args, context) => answer(tool, args, services, callerOf(server, connection, context)),
  );
}

/** Answers a call; both eras by the same path. */
async function answer(tool: Tool, args: unknown, services: Services, caller: Caller): Promise<CallToolResult | InputRequiredResult> {
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

/** Who calls, as far as the protocol tells. */
export function callerOf(server: McpServer, connection: string, context: ServerContext): Caller {
  const { mcpReq } = context;
  const envelope = Envelope.parse(mcpReq.envelope);
  const info = ClientInfo.safeParse(envelope[CLIENT_INFO_META_KEY] ?? server.server.getClientVersion());
  const capabilities = Capabilities.safeParse(envelope[CLIENT_CAPABILITIES_META_KEY] ?? server.server.getClientCapabilities());
  const token = mcpReq._meta?.progressToken;
  return {
    name: info.success ? visible(`${info.data.name} ${info.data.version}`).slice(0, 200) : 'unknown',
    connection,
    canAsk: capabilities.success && capabilities.data.elicitation !== undefined,
    answer: answerIn(mcpReq),
    signal: mcpReq.signal,
    progress(message, done, total) {
      if (token === undefined) return;
      // A client that went away needs no progress.
      mcpReq.notify({ method: 'notifications/progress', params: { progressToken: token, progress: done, total, message } }).catch(() => {});
    },
  };
}

/** The human's answer in a call that comes back. One without a state of ours is taken for an answer too, and found invalid. */
function answerIn({ inputResponses, requestState }: ServerContext['mcpReq']): Caller['answer'] {
  const state = requestState();
  if (inputResponses === undefined && state === undefined) return null;
  const given = inputResponse(inputResponses, APPROVE);
  const approved = given.kind === 'elicit' && given.action === 'accept' && acceptedContent(inputResponses, APPROVE, APPROVAL_FORM)?.approve === true;
  return { approved, state };
}
