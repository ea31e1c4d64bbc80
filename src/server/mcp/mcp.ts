// The MCP server of one connection: tools, resources and prompts over the shared services.
import { randomUUID } from 'node:crypto';
import { McpServer } from '@modelcontextprotocol/server';
import type { Front } from '../front.js';
import { instructions } from './instructions.js';
import { registerPrompts } from './prompts.js';
import { registerResources } from './resources.js';
import { serveTools } from './serve-tools.js';

/** What is offered does not change while a server runs. */
const FIXED = { listChanged: false };

/** Builds the server of one connection. Cheap and without side effects: it is also built for mere probes. */
export function createMcpServer(front: Front): McpServer {
  const connection = randomUUID();
  const server = new McpServer(
    { name: 'netns-mcp', title: 'Linux network namespaces', version: front.version },
    {
      instructions: instructions(front),
      capabilities: { tools: FIXED, resources: FIXED, prompts: FIXED, completions: {} },
      requestState: { verify: async (state, context) => (await front.services()).approvals.codec.verify(state, context) },
      inputRequired: { legacyShim: false },
    },
  );
  serveTools(server, front, connection);
  registerResources(server, front, connection);
  registerPrompts(server, front);
  return server;
}
