// A client that speaks bare lines: for what no library would send.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { serving } from './client.js';
import type { Sandbox, Started } from './sandbox.js';
import { until } from './sandbox.js';

const Message = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.number(), z.string(), z.null()]).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
  method: z.string().optional(),
});
export type Message = z.infer<typeof Message>;

const Result = z.looseObject({
  content: z.array(z.looseObject({ text: z.string() })).optional(),
  isError: z.boolean().optional(),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  inputRequests: z.record(z.string(), z.looseObject({})).optional(),
  requestState: z.string().optional(),
  _meta: z.looseObject({ 'netns-mcp/error': z.looseObject({ code: z.string() }).optional() }).optional(),
});
export type Result = z.infer<typeof Result>;

const INFO = { name: 'wire', version: '1' };

export interface WireOptions {
  args?: readonly string[];
  /** Without a handshake, each request with an envelope. Default: with `initialize`. */
  modern?: boolean;
  capabilities?: Record<string, unknown>;
}

export class Wire implements AsyncDisposable {
  readonly started: Started;
  /** Every line of standard output. */
  readonly lines: string[] = [];
  readonly #envelope: Record<string, unknown> | null;
  #last = 0;

  private constructor(started: Started, envelope: Record<string, unknown> | null) {
    this.started = started;
    this.#envelope = envelope;
    createInterface({ input: started.process.stdout }).on('line', (line) => this.lines.push(line));
    started.process.stderr.resume();
    // A server that has ended refuses what is written to it.
    started.process.stdin.on('error', () => {});
  }

  static async open(sandbox: Sandbox, { args = ['--policy', 'sandbox'], modern = false, capabilities = {} }: WireOptions = {}): Promise<Wire> {
    const envelope = { [PROTOCOL_VERSION_META_KEY]: '2026-07-28', [CLIENT_INFO_META_KEY]: INFO, [CLIENT_CAPABILITIES_META_KEY]: capabilities };
    const wire = new Wire(await sandbox.start(serving(args)), modern ? envelope : null);
    if (!modern) {
      await wire.ask('initialize', { protocolVersion: '2025-11-25', capabilities, clientInfo: INFO });
      wire.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    }
    return wire;
  }

  /** Writes a line, whatever it is. */
  write(line: string): void {
    this.started.process.stdin.write(`${line}\n`);
  }

  send(message: Record<string, unknown>): void {
    this.write(JSON.stringify(message));
  }

  /** Every line that came, parsed: each has to be a message of the protocol. */
  messages(): Message[] {
    return this.lines.map((line) => Message.parse(JSON.parse(line)));
  }

  /** Sends a request and waits for its response. */
  async ask(method: string, params: Record<string, unknown> = {}): Promise<Message> {
    const id = this.request(method, params);
    return await until(`an answer to ${method}`, () => this.messages().find((message) => message.id === id && message.method === undefined), 15_000);
  }

  /** Calls a tool; the result as it came. `more`: further parameters of the request. */
  async call(name: string, args: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Promise<Result> {
    return Result.parse((await this.ask('tools/call', { name, arguments: args, ...more })).result);
  }

  /** Sends a request and does not wait. @returns Its id. */
  request(method: string, params: Record<string, unknown> = {}): number {
    const id = ++this.#last;
    this.send({ jsonrpc: '2.0', id, method, params: this.#envelope ? { ...params, _meta: { ...this.#envelope } } : params });
    return id;
  }

  /** Ends the input, and waits for the server to end by itself. */
  async end(): Promise<void> {
    this.started.process.stdin.end();
    if (this.started.process.exitCode === null) await once(this.started.process, 'exit');
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.started[Symbol.asyncDispose]();
  }
}
