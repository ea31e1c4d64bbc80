// A client that speaks bare lines: for what no library would send.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
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

export class Wire implements AsyncDisposable {
  readonly started: Started;
  /** Every line of standard output. */
  readonly lines: string[] = [];
  #last = 0;

  private constructor(started: Started) {
    this.started = started;
    createInterface({ input: started.process.stdout }).on('line', (line) => this.lines.push(line));
    started.process.stderr.resume();
    // A server that has ended refuses what is written to it.
    started.process.stdin.on('error', () => {});
  }

  static async open(sandbox: Sandbox, args: readonly string[] = ['--policy', 'sandbox'], capabilities: Record<string, unknown> = {}): Promise<Wire> {
    const [, ...rest] = serving(sandbox, args);
    const wire = new Wire(await sandbox.start(rest.slice(rest.indexOf(process.execPath))));
    const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'wire', version: '1' } };
    await wire.ask('initialize', params);
    wire.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
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

  /** Sends a request and does not wait. @returns Its id. */
  request(method: string, params: Record<string, unknown> = {}): number {
    const id = ++this.#last;
    this.send({ jsonrpc: '2.0', id, method, params });
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
