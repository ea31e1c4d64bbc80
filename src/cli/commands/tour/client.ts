// The tour's client: a real one, which starts the real server in the sandbox and calls its tools over stdio.
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { z } from 'zod';
import { sandboxSupport } from '../../../exec/sandbox.js';
import { fail, toNetnsError } from '../../../model/errors.js';
import { DECISION_META_KEY, ERROR_META_KEY } from '../../../server/mcp/result.js';
import { VERSION } from '../../version.js';
import type { ToolCall } from './step.js';

/** What the policy decided about a call. */
export interface Decision {
  effect: string;
  rule: string | null;
}

/** What came of a call. */
export interface Answer {
  /** The structured content, or the error. */
  value: unknown;
  isError: boolean;
  text: string;
  /** null: refused before the policy was asked. */
  decision: Decision | null;
  /** As they ran; for a dry run, as they would. */
  commands: readonly (readonly string[])[];
}

const Commands = z.array(z.array(z.string()));
const Meta = z.looseObject({
  [DECISION_META_KEY]: z.looseObject({ effect: z.string(), rule: z.string().nullable() }).optional(),
  [ERROR_META_KEY]: z.unknown().optional(),
});
const Changed = z.looseObject({ change: z.looseObject({ commands: Commands }) });
const AuditLog = z.looseObject({
  entries: z.array(
    z.looseObject({ event: z.string(), tool: z.string(), outcome: z.string().optional(), commands: z.array(z.looseObject({ argv: z.array(z.string()) })) }),
  ),
});

const LONGEST_COMPLAINT = 4_000;

/** A connected client; close it, and the sandbox is gone. */
export class TourClient {
  readonly #client: Client;
  /** How many tools the server offers. */
  readonly tools: number;

  private constructor(client: Client, tools: number) {
    this.#client = client;
    this.tools = tools;
  }

  /** Starts the server and greets it. @throws NetnsError KERNEL_UNSUPPORTED when there can be no sandbox here, with the ways out. */
  static async open(program: string, signal: AbortSignal): Promise<TourClient> {
    const transport = new StdioClientTransport({ command: process.execPath, args: [program, 'serve', '--sandbox'], stderr: 'pipe' });
    let complaint = '';
    transport.stderr?.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk}`.slice(-LONGEST_COMPLAINT);
    });
    const client = new Client({ name: 'netns-mcp-tour', version: VERSION }, { versionNegotiation: { mode: 'auto' } });
    try {
      await client.connect(transport, { signal });
      const { tools } = await client.listTools({}, { signal });
      return new TourClient(client, tools.length);
    } catch (error) {
      await client.close();
      signal.throwIfAborted();
      const support = await sandboxSupport();
      if (!support.ok) return fail('KERNEL_UNSUPPORTED', `The tour needs a sandbox, and none can be made here. ${support.why}`, support.hint);
      return fail('INTERNAL', `The server did not start: ${complaint.trim() || toNetnsError(error).message}`, 'netns-mcp doctor looks for what is in the way.');
    }
  }

  /** Calls a tool. @throws when the server broke the protocol, or the call was cancelled. */
  async call({ tool, arguments: args }: ToolCall, signal: AbortSignal): Promise<Answer> {
    const { structuredContent, isError = false, content, _meta } = await this.#client.callTool({ name: tool, arguments: args }, { signal });
    const meta = Meta.parse(_meta ?? {});
    const value = isError ? meta[ERROR_META_KEY] : structuredContent;
    const change = Changed.safeParse(value);
    return {
      value,
      isError,
      text: content.map((block) => (block.type === 'text' ? block.text : '')).join('\n'),
      decision: meta[DECISION_META_KEY] ?? null,
      commands: change.success ? change.data.change.commands : isError ? [] : await this.#recorded(tool, signal),
    };
  }

  /** The commands of the last call of a tool, from the audit log: only there are they named where the answer does not. */
  async #recorded(tool: string, signal: AbortSignal): Promise<string[][]> {
    const { contents } = await this.#client.readResource({ uri: 'netns://audit/recent' }, { signal });
    const [first] = contents;
    const { entries } = AuditLog.parse(JSON.parse(first && 'text' in first ? first.text : ''));
    const last = entries.findLast((entry) => entry.event === 'ended' && entry.tool === tool && entry.outcome === 'done');
    return last?.commands.map(({ argv }) => argv) ?? [];
  }

  /** Ends the server, and with it the sandbox and all that is in it. */
  async close(): Promise<void> {
    await this.#client.close();
  }
}
