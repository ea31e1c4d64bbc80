// The other end of service-driver.ts: a server's supervisor, in a sandbox or outside, called from a test.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { z } from 'zod';
import { PROGRAM_PATH, run } from '../../src/exec/run.js';
import type { Sandbox, Started } from './sandbox.js';

const support = import.meta.dirname;

const Service = z.object({
  id: z.string(),
  name: z.string(),
  namespace: z.object({ names: z.array(z.string()) }),
  argv: z.array(z.string()),
  lives_on: z.boolean(),
  started_at: z.string(),
  state: z.string(),
  inode: z.number(),
  pid: z.number().nullable(),
  keeper: z.object({ pid: z.number(), start: z.string() }),
});
const Log = z.object({ text: z.string(), earlier: z.string().nullable(), later: z.string() });
const Failure = z.object({ code: z.string(), message: z.string(), hint: z.string(), details: z.record(z.string(), z.unknown()) });
const Reply = z.union([z.object({ id: z.number(), error: Failure }), z.object({ id: z.number(), result: z.unknown() })]);

/** What to start; see the driver. */
export interface Wanted {
  namespace: string;
  name: string;
  command: readonly string[];
  raw?: boolean;
  capabilities?: readonly string[];
  lives_on?: boolean;
  port?: number;
  text?: string;
  within_ms?: number;
  cancel_after_ms?: number;
  search_path?: string;
  permit_for?: readonly string[];
}

/** The driver in a folder of its own, where every user can read it; dispose it when the tests of a file are done. */
export class ServiceDriver implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'netns-mcp-service-'));

  static async build(): Promise<ServiceDriver> {
    const driver = new ServiceDriver();
    const entryPoints = [join(support, 'service-driver.ts')];
    await build({ entryPoints, outdir: driver.folder, outExtension: { '.js': '.mjs' }, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
    copyFileSync(join(support, '../../src/service/web-server.mjs'), join(driver.folder, 'web-server.mjs'));
    await run(['chmod', '-R', 'a+rX', driver.folder]);
    return driver;
  }

  /** A server in the sandbox. It ends with it, unless before. */
  async open(sandbox: Sandbox): Promise<Services> {
    return await Services.open(await sandbox.start([process.execPath, join(this.folder, 'service-driver.mjs')]));
  }

  /** A server of this user, outside, with a state directory of its own. It ends with the sandbox, unless before. */
  async openOutside(sandbox: Sandbox): Promise<Services> {
    const environment = { PATH: PROGRAM_PATH, LC_ALL: 'C', SERVICE_STATE: join(this.folder, 'state') };
    const child = spawn(process.execPath, [join(this.folder, 'service-driver.mjs')], { stdio: ['pipe', 'pipe', 'pipe'], env: environment });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const stop = async () => {
      child.kill('SIGKILL');
      await ended;
    };
    const pid = child.pid ?? 0;
    return await Services.open(sandbox.keep({ process: child, pid, innerPid: pid, ended, [Symbol.asyncDispose]: stop }));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One server's supervisor. */
export class Services {
  readonly process: Started;
  readonly #pending = new Map<number, (reply: z.infer<typeof Reply>) => void>();
  #last = 0;

  private constructor(process: Started) {
    this.process = process;
  }

  static async open(started: Started): Promise<Services> {
    const services = new Services(started);
    let complaints = '';
    started.process.stderr.on('data', (chunk) => {
      complaints += chunk;
    });
    const ready = new Promise<z.infer<typeof Reply>>((resolve) => services.#pending.set(0, resolve));
    createInterface({ input: started.process.stdout })
      .on('line', (line) => {
        const reply = Reply.parse(JSON.parse(line));
        services.#pending.get(reply.id)?.(reply);
        services.#pending.delete(reply.id);
      })
      .once('close', () => {
        const error = { code: 'DRIVER_ENDED', message: complaints, hint: '', details: {} };
        for (const [id, settle] of services.#pending) settle({ id, error });
      });
    await ready;
    return services;
  }

  async #ask<T>(schema: z.ZodType<T>, method: string, params: object = {}): Promise<T | z.infer<typeof Failure>> {
    const id = ++this.#last;
    const reply = new Promise<z.infer<typeof Reply>>((resolve) => this.#pending.set(id, resolve));
    this.process.process.stdin.write(`${JSON.stringify({ id, method, ...params })}\n`);
    const answered = await reply;
    return 'error' in answered ? answered.error : schema.parse(answered.result);
  }

  async #get<T>(schema: z.ZodType<T>, method: string, params: object = {}): Promise<T> {
    const answer = await this.#ask(schema, method, params);
    const { data } = Failure.safeParse(answer);
    if (data) throw new Error(`${data.code}: ${data.message} ${data.hint} ${JSON.stringify(data.details)}`);
    return schema.parse(answer);
  }

  async start(wanted: Wanted) {
    const { changed, service } = await this.#get(z.object({ changed: z.boolean(), service: Service }), 'start', wanted);
    return { changed, ...service };
  }

  startFails(wanted: Wanted) {
    return this.#ask(z.never(), 'start', wanted);
  }

  stop(service: string) {
    return this.#get(Service, 'stop', { service });
  }

  stopServicesOf(namespace: string) {
    return this.#get(z.array(Service), 'stopServicesOf', { namespace });
  }

  processesIn(namespace: string) {
    return this.#get(z.array(z.number()), 'processesIn', { namespace });
  }

  list() {
    return this.#get(z.array(Service), 'list');
  }

  log(service: string, cursor?: string) {
    return this.#get(Log, 'log', { service, cursor });
  }

  logFails(service: string, cursor?: string) {
    return this.#ask(z.never(), 'log', { service, cursor });
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    process.kill(this.process.pid, 'SIGKILL');
    await this.process.ended;
  }

  /** As a client does: end of input. */
  async end(): Promise<void> {
    this.process.process.stdin.end();
    await this.process.ended;
  }
}
