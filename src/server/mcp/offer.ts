// A tool as it is offered: what `tools/list` shows of it, and what decides whether it does.
import type { Tool as Listed } from '@modelcontextprotocol/server';
import { type Listable, listableOf } from '../call/registry.js';
import type { Tool } from '../tool.js';
import { annotationsOf } from './result.js';
import { jsonSchemaOf } from './schema.js';

/** One tool, without what is needed to run it. */
export interface Offer extends Listable {
  listed: Listed;
}

/** How a tool is listed. */
export function offerOf(tool: Tool): Offer {
  const { name, title, description } = tool;
  const [inputSchema, outputSchema] = [jsonSchemaOf(tool.input, 'input'), jsonSchemaOf(tool.output, 'output')];
  return {
    ...listableOf(tool),
    listed: {
      name,
      title,
      description,
      inputSchema: { ...inputSchema, type: 'object' },
      outputSchema: { ...outputSchema, type: 'object' },
      annotations: annotationsOf(tool),
    },
  };
}

/** Written in by the build: the offers of all tools, in JSON. Without them the tools have to be loaded to be listed. */
declare const NETNS_MCP_OFFERS: string | undefined;

/** What the build found; null when this is no build. */
export function builtOffers(): readonly Offer[] | null {
  return typeof NETNS_MCP_OFFERS === 'string' ? JSON.parse(NETNS_MCP_OFFERS) : null;
}
