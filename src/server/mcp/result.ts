// What a client gets of an outcome, in the words of MCP.
import type { CallToolResult, ToolAnnotations } from '@modelcontextprotocol/server';
import { errorText, type NetnsError } from '../../model/errors.js';
import type { Decision } from '../../model/policy.js';
import type { Answer, Tool, ToolEffect } from '../tool.js';

/** Keys of what we add to a result's `_meta`. */
export const ERROR_META_KEY = 'netns-mcp/error';
export const DECISION_META_KEY = 'netns-mcp/decision';

/** An answer: the text and the structured content say the same. */
export function doneResult({ output, text }: Answer<unknown>, { effect, rule }: Decision): CallToolResult {
  return {
    content: [{ type: 'text', text }],
    structuredContent: output as Record<string, unknown>,
    _meta: { [DECISION_META_KEY]: { effect, rule } },
  };
}

/** An error. Its text stands alone; no structured content, for older clients check that against the output schema even here. */
export function errorResult(error: NetnsError): CallToolResult {
  const value = error.toValue();
  return { isError: true, content: [{ type: 'text', text: errorText(value) }], _meta: { [ERROR_META_KEY]: value } };
}

type Hints = Required<Pick<ToolAnnotations, 'readOnlyHint' | 'openWorldHint'>> & Pick<ToolAnnotations, 'destructiveHint'>;

/** Whether it destroys is only of meaning for what does not merely look. */
const HINTS: Record<ToolEffect, Hints> = {
  read: { readOnlyHint: true, openWorldHint: false },
  probe: { readOnlyHint: true, openWorldHint: true },
  change: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
  destroy: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
  // The closed list of programs only looks and probes; but who reads the hints must not take it for a plain reading.
  run: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
};

/** MCP's hints, from the tool's effect. */
export function annotationsOf({ effect, idempotent }: Pick<Tool, 'effect' | 'idempotent'>): ToolAnnotations {
  const hints = HINTS[effect];
  return hints.readOnlyHint ? hints : { ...hints, idempotentHint: idempotent };
}
