// The MCP server of one connection: tools, resources and prompts over the shared services.
import { randomUUID } from 'node:crypto';
import { McpServer } from '@modelcontextprotocol/server';
import { instructions } from './instructions.js';
import { registerPrompts } from './prompts.js';
import { registerResources } from './resources.js';
import { serveTools } from './serve-tools.js';
import type { Services } from './services.js';

/** Older clients give up on a call after 60 s: a question stays open for as long. */
const LEGACY_QUESTION_MS = 60_000;

/** What is offered does not change while a server runs. */
const FIXED = { listChanged: false };

/** Builds the server of one connection. Cheap and without side effects: it is also built for mere probes. */
export function createMcpServer(services: Services): McpServer {
  const connection = randomUUID();
  const server = new McpServer(
    { name: 'netns-mcp', title: 'Linux network namespaces', version: services.version },
    {
      instructions: instructions(services),
      capabilities: { tools: FIXED, resources: FIXED, prompts: FIXED, completions: {} },
      requestState: { verify: (state, context) => services.approvals.codec.verify(state, context) },
      inputRequired: { roundTimeoutMs: LEGACY_QUESTION_MS, maxRounds: 2 },
    },
  );
  serveTools(server, services, connection);
  registerResources(server, services, connection);
  registerPrompts(server, services);
  return server;
}
