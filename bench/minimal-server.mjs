// The peer that our server is measured against: the smallest server on the same SDK, with one tool that answers what it gets.
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

serveStdio(() => {
  const server = new McpServer({ name: 'minimal', version: '1.0.0' });
  const text = z.strictObject({ text: z.string() });
  server.registerTool('echo', { description: 'Answers what it gets.', inputSchema: text, outputSchema: text }, (args) => ({
    content: [{ type: 'text', text: args.text }],
    structuredContent: args,
  }));
  return server;
});
