// Real MCP clients, of both SDK lines and both protocol eras, over real stdio to the real server in a sandbox.
import { join } from 'node:path';
import { Client as CurrentClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as CurrentTransport } from '@modelcontextprotocol/client/stdio';
import { Client as EarlierClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as EarlierTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { expect } from 'vitest';
import { z } from 'zod';
import { PROGRAM_PATH } from '../../src/exec/run.js';
import type { Sandbox } from './sandbox.js';

const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'netns-mcp.js');
const MOST_TEXT_TOKENS = 1_500;

/** Which SDK a client is built on, and which protocol era it speaks. */
export const LINES = ['current, modern', 'current, legacy', 'earlier'] as const;
export type Line = (typeof LINES)[number];

/** What the human answers to a question. */
export type Answer = { action: 'accept'; content: Record<string, boolean> } | { action: 'decline' } | { action: 'cancel' };

export interface SessionOptions {
  line?: Line;
  /** Arguments after `serve`. Default: the policy "sandbox". */
  args?: readonly string[];
  /** Without it the client has no elicitation. */
  elicit?: (question: string) => Answer | Promise<Answer>;
}

export interface CallOptions {
  signal?: AbortSignal;
  onprogress?: (progress: { progress: number; total?: number | undefined; message?: string | undefined }) => void;
}

const ErrorValue = z.strictObject({ code: z.string(), message: z.string(), hint: z.string(), details: z.record(z.string(), z.unknown()) });
export type ErrorValue = z.infer<typeof ErrorValue>;

const CallResult = z.looseObject({
  content: z.tuple([z.object({ type: z.literal('text'), text: z.string().min(1) })]),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  isError: z.boolean().optional(),
  _meta: z
    .looseObject({
      'netns-mcp/error': ErrorValue.optional(),
      'netns-mcp/decision': z.strictObject({ effect: z.string(), rule: z.string().nullable() }).optional(),
    })
    .optional(),
});
export type CallResult = z.infer<typeof CallResult>;

/** What any answer to a question looks like to the SDKs. */
type Elicited = { action: 'accept' | 'decline' | 'cancel'; content?: Record<string, boolean> };

const INFO = { name: 'netns-mcp-test', version: '1.0.0' };

/** The command line that serves, to be run inside a sandbox. */
export function serving(args: readonly string[]): string[] {
  return [process.execPath, PROGRAM, 'serve', ...args];
}

async function connect(
  sandbox: Sandbox,
  { line = 'current, modern', args = ['--policy', 'sandbox'], elicit }: SessionOptions,
): Promise<CurrentClient | EarlierClient> {
  const [command, ...rest] = sandbox.entering(serving(args));
  const server = { command, args: rest, env: { PATH: PROGRAM_PATH, LC_ALL: 'C' }, stderr: 'ignore' as const };
  const capabilities = elicit ? { elicitation: {} } : {};
  const answerTo = async (question: string): Promise<Elicited> => (await elicit?.(question)) ?? { action: 'cancel' };
  if (line === 'earlier') {
    const client = new EarlierClient(INFO, { capabilities });
    if (elicit) client.setRequestHandler(ElicitRequestSchema, ({ params }) => answerTo(params.message));
    // The library's transport is not declared for exact optional properties.
    await client.connect(new EarlierTransport(server) as Parameters<EarlierClient['connect']>[0]);
    return client;
  }
  const client = new CurrentClient(INFO, { capabilities, versionNegotiation: { mode: line === 'current, modern' ? { pin: '2026-07-28' } : 'legacy' } });
  if (elicit) client.setRequestHandler('elicitation/create', ({ params }) => answerTo(params.message));
  await client.connect(new CurrentTransport(server));
  return client;
}

/** One client and its server. */
export class Session implements AsyncDisposable {
  readonly client: CurrentClient | EarlierClient;
  readonly #schemas: ReadonlyMap<string, ValidateFunction>;

  private constructor(client: CurrentClient | EarlierClient, schemas: ReadonlyMap<string, ValidateFunction>) {
    this.client = client;
    this.#schemas = schemas;
  }

  /** Closed with the sandbox, unless before. */
  static async open(sandbox: Sandbox, options: SessionOptions = {}): Promise<Session> {
    const client = await connect(sandbox, options);
    const ajv = new Ajv2020({ strict: false });
    const { tools } = await client.listTools();
    return sandbox.keep(new Session(client, new Map(tools.map(({ name, outputSchema }) => [name, ajv.compile({ ...outputSchema })]))));
  }

  get tools(): string[] {
    return [...this.#schemas.keys()];
  }

  /** A result as it came. */
  async result(name: string, args: Record<string, unknown> = {}, options: CallOptions = {}): Promise<CallResult> {
    const params = { name, arguments: args };
    const { client } = this;
    return CallResult.parse(client instanceof CurrentClient ? await client.callTool(params, options) : await client.callTool(params, undefined, options));
  }

  /** A call that has to succeed: its answer fits the published schema, and its text is there and short. */
  async call(name: string, args: Record<string, unknown> = {}, options: CallOptions = {}): Promise<Record<string, unknown>> {
    const { isError, structuredContent, content } = await this.result(name, args, options);
    expect(isError ?? false, `${name}: ${content[0].text}`).toBe(false);
    // A member of a listed tool can be called by its own name, and has no schema in the list.
    const fits = this.#schemas.get(name);
    if (fits) expect(fits(structuredContent), `${name}: ${JSON.stringify(fits.errors)}`).toBe(true);
    expect(encode(content[0].text).length, `${name} answers with too long a text`).toBeLessThanOrEqual(MOST_TEXT_TOKENS);
    return structuredContent ?? {};
  }

  /** A call that has to fail: the text stands alone and says the same as the error in `_meta`, and there is no structured content. */
  async fails(name: string, args: Record<string, unknown> = {}, options: CallOptions = {}): Promise<ErrorValue> {
    const { isError, structuredContent, content, _meta } = await this.result(name, args, options);
    expect(isError ?? false, `${name} was expected to fail: ${content[0].text}`).toBe(true);
    expect(structuredContent).toBeUndefined();
    const error = ErrorValue.parse(_meta?.['netns-mcp/error']);
    expect(content[0].text).toBe(`${error.code}: ${error.message} ${error.hint}`);
    return error;
  }

  /** Closes as clients do: end of input first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}
