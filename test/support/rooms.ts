// The other end of rooms-driver.ts: the reading and changing rooms, at work inside a sandbox, called from a test.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ChangeRecord } from '../../src/model/change.js';
import { bundleDriver } from './bundle.js';
import type { Sandbox, Started } from './sandbox.js';

const Failure = z.object({ code: z.string(), message: z.string(), hint: z.string(), details: z.record(z.string(), z.unknown()), stack: z.string() });
export type Failure = z.infer<typeof Failure>;
const Reply = z.union([z.object({ id: z.number(), error: Failure }), z.object({ id: z.number(), result: z.unknown() })]);

const Resolved = z.object({
  reference: z.string(),
  inode: z.number(),
  names: z.array(z.string()),
  isHost: z.boolean(),
  owned: z.boolean(),
  entry: z.union([z.object({ name: z.string() }), z.object({ path: z.string() })]),
});
const Link = z.looseObject({
  index: z.number(),
  name: z.string(),
  altnames: z.array(z.string()),
  kind: z.string(),
  up: z.boolean(),
  operstate: z.string(),
  flags: z.array(z.string()),
  mtu: z.number(),
  peer: z.string().nullable(),
  peer_index: z.number().nullable(),
  link_netnsid: z.number().nullable(),
  master: z.string().nullable(),
  alias: z.string().nullable(),
});
const Rows = z.array(z.looseObject({})).optional();
const State = z.object({
  links: z.array(Link).optional(),
  addresses: z.array(z.looseObject({ link: z.string(), address: z.string(), flags: z.array(z.string()), peer: z.string().nullable() })).optional(),
  routes: z.array(z.looseObject({ destination: z.string(), device: z.string().nullable(), table: z.string(), family: z.string() })).optional(),
  rules: z.array(z.looseObject({ family: z.string(), priority: z.number() })).optional(),
  neighbours: Rows,
  sockets: z
    .array(
      z.looseObject({
        protocol: z.string(),
        local: z.object({ address: z.string(), port: z.string() }),
        processes: z.array(z.looseObject({ pid: z.number() })),
      }),
    )
    .optional(),
  nsids: z.array(z.object({ nsid: z.number(), name: z.string().nullable() })).optional(),
  sysctls: z.record(z.string(), z.string()).optional(),
});
const Unread = z.array(z.object({ what: z.string(), why: z.string(), detail: z.string() }));
const Survey = z.object({
  host: z.number(),
  namespaces: z.array(
    z.object({
      inode: z.number(),
      names: z.array(z.string()),
      nsid: z.number().nullable(),
      kind: z.string(),
      kept_alive_by: z.array(z.object({ by: z.string(), what: z.string(), seen_by: z.string().optional() })),
      owner: z.looseObject({ engine: z.string() }).nullable(),
      processes: z.object({ count: z.number(), sample: z.array(z.object({ pid: z.number(), command: z.string() })) }),
    }),
  ),
  states: z.record(z.string(), State),
  could_not_read: Unread,
});
const Ids = z.object({
  given: z.record(z.string(), z.number()),
  ids: z.array(z.object({ in: z.object({ inode: z.number(), names: z.array(z.string()) }), nsid: z.number() })),
  unread: Unread,
});
const Outcome = z.object({ op: z.string(), changed: z.boolean(), commands: z.array(z.array(z.string())) });
const Prepared = z.object({
  key: z.number(),
  foreseen: ChangeRecord,
  subjects: z.array(z.looseObject({ kind: z.string() })),
  outcomes: z.array(Outcome),
});
export type Prepared = z.infer<typeof Prepared>;
const Made = z.object({ change: ChangeRecord, outcomes: z.array(Outcome), shown: z.record(z.string(), z.unknown()), told: z.string() });
export type Made = z.infer<typeof Made>;
const Undone = z.object({
  won: z.boolean(),
  state: z.string().nullable(),
  commands: z.array(z.array(z.string())),
  left: z.array(z.string()),
  moved: z.array(z.string()),
  altered: z.array(z.object({ object: z.string(), before: z.string().nullable(), now: z.string().nullable() })),
});
const Summaries = z.array(z.looseObject({ id: z.string(), state: z.string(), summary: z.string() }));
const Recovered = z.array(z.object({ id: z.string(), summary: z.string(), left: z.array(z.string()) }));

/** One operation of a list. */
export interface Wanted {
  op: string;
  input: Record<string, unknown>;
}

export class Rooms {
  readonly process: Started;
  readonly #pending = new Map<number, (reply: z.infer<typeof Reply>) => void>();
  #last = 0;

  private constructor(process: Started, lines: AsyncIterator<string>) {
    this.process = process;
    void this.#listen(lines);
  }

  /** @param env Added to the environment of the driver, and of the guards that it starts. */
  static async open(sandbox: Sandbox, env: Record<string, string> = {}): Promise<Rooms> {
    const started = await sandbox.start([process.execPath, '--enable-source-maps', await bundleDriver(join(import.meta.dirname, 'rooms-driver.ts'))], env);
    const lines = createInterface({ input: started.process.stdout })[Symbol.asyncIterator]();
    let complaints = '';
    started.process.stderr.on('data', (chunk) => {
      complaints += chunk;
    });
    const first = await lines.next();
    if (first.done) throw new Error(`the driver did not start: ${complaints}`);
    return new Rooms(started, lines);
  }

  async #listen(lines: AsyncIterator<string>): Promise<void> {
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      const reply = Reply.parse(JSON.parse(line.value));
      this.#pending.get(reply.id)?.(reply);
      this.#pending.delete(reply.id);
    }
    for (const settle of this.#pending.values()) settle({ id: 0, error: { code: 'DRIVER_ENDED', message: '', hint: '', details: {}, stack: '' } });
  }

  #ask(method: string, params: Record<string, unknown> = {}): Promise<z.infer<typeof Reply>> {
    const id = ++this.#last;
    const reply = new Promise<z.infer<typeof Reply>>((resolve) => this.#pending.set(id, resolve));
    this.process.process.stdin.write(`${JSON.stringify({ id, method, ...params })}\n`);
    return reply;
  }

  async #get<T>(schema: z.ZodType<T>, method: string, params: Record<string, unknown> = {}): Promise<T> {
    const reply = await this.#ask(method, params);
    if ('error' in reply) throw new Error(`${reply.error.code}: ${reply.error.message} ${reply.error.hint}\n${reply.error.stack}`);
    return schema.parse(reply.result);
  }

  async #failure(method: string, params: Record<string, unknown>): Promise<Failure> {
    const reply = await this.#ask(method, params);
    if ('error' in reply) return reply.error;
    throw new Error(`${method} was expected to fail, and answered ${JSON.stringify(reply.result)}`);
  }

  resolve(reference: string) {
    return this.#get(Resolved, 'resolve', { reference });
  }

  resolveFails(reference: string): Promise<Failure> {
    return this.#failure('resolve', { reference });
  }

  read(reference: string, ...sections: string[]) {
    return this.#get(z.object({ state: State, unread: Unread }), 'read', { reference, sections });
  }

  async links(reference: string) {
    return (await this.read(reference, 'links')).state.links ?? [];
  }

  survey(...sections: string[]) {
    return this.#get(Survey, 'survey', { sections });
  }

  ids(reference: string) {
    return this.#get(Ids, 'ids', { reference });
  }

  /** The journal. */
  changes() {
    return this.#get(Summaries, 'changes');
  }

  undo(change: string | null, partial = false) {
    return this.#get(Undone, 'undo', { change: change ?? '', partial });
  }

  undoFails(change: string | null): Promise<Failure> {
    return this.#failure('undo', { change: change ?? '', partial: false });
  }

  recover() {
    return this.#get(Recovered, 'recover');
  }

  prepare(op: string, input: Record<string, unknown>): Promise<Prepared> {
    return this.prepareList([{ op, input }]);
  }

  prepareList(list: readonly Wanted[], { dryRun = false, confirm = null }: { dryRun?: boolean; confirm?: number | null } = {}): Promise<Prepared> {
    return this.#get(Prepared, 'prepare', { list, dry_run: dryRun, confirm });
  }

  make({ key }: Prepared): Promise<Made> {
    return this.#get(Made, 'make', { key });
  }

  makeFails({ key }: Prepared): Promise<Failure> {
    return this.#failure('make', { key });
  }

  async abort({ key }: Prepared): Promise<void> {
    await this.#ask('abort', { key });
  }

  async dispose({ key }: Prepared): Promise<void> {
    await this.#ask('dispose', { key });
  }

  /** A whole call: prepared, made, disposed. */
  change(op: string, input: Record<string, unknown>, confirm: number | null = null): Promise<Made & Prepared> {
    return this.changeList([{ op, input }], confirm);
  }

  /** A whole call of several operations. */
  async changeList(list: readonly Wanted[], confirm: number | null = null): Promise<Made & Prepared> {
    const prepared = await this.prepareList(list, { confirm });
    try {
      return { ...prepared, ...(await this.make(prepared)) };
    } finally {
      await this.dispose(prepared);
    }
  }

  /** What a dry run reports: nothing is changed. */
  dryRun(op: string, input: Record<string, unknown>): Promise<Prepared> {
    return this.dryRunList([{ op, input }]);
  }

  async dryRunList(list: readonly Wanted[]): Promise<Prepared> {
    const prepared = await this.prepareList(list, { dryRun: true });
    await this.dispose(prepared);
    return prepared;
  }

  /** The error of a whole call, in planning or in making. */
  fails(op: string, input: Record<string, unknown>): Promise<Failure> {
    return this.failsList([{ op, input }]);
  }

  /** What comes of a whole call, whichever it is. */
  async tries(list: readonly Wanted[]): Promise<{ made: Made; failure?: undefined } | { failure: Failure }> {
    const planned = await this.#ask('prepare', { list, dry_run: false, confirm: null });
    if ('error' in planned) return { failure: planned.error };
    const prepared = Prepared.parse(planned.result);
    try {
      const reply = await this.#ask('make', { key: prepared.key });
      return 'error' in reply ? { failure: reply.error } : { made: Made.parse(reply.result) };
    } finally {
      await this.dispose(prepared);
    }
  }

  async failsList(list: readonly Wanted[]): Promise<Failure> {
    const reply = await this.#ask('prepare', { list, dry_run: false, confirm: null });
    if ('error' in reply) return reply.error;
    const prepared = Prepared.parse(reply.result);
    try {
      return await this.makeFails(prepared);
    } finally {
      await this.dispose(prepared);
    }
  }
}
