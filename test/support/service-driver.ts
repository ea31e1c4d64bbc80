// Runs as a server would: the supervisor of services, driven by JSON lines on standard input, answering by JSON lines.
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { confinedWork } from '../../src/exec/confine.js';
import { NamespaceHandle } from '../../src/exec/handle.js';
import { stateDirectory } from '../../src/kernel/marks.js';
import { toNetnsError } from '../../src/model/errors.js';
import { Permit } from '../../src/model/permit.js';
import { parseService } from '../../src/policy/grammar/services/services.js';
import { stopWork } from '../../src/service/end.js';
import { type Service, stateWords } from '../../src/service/service.js';
import { Supervisor } from '../../src/service/supervisor.js';

const id = z.number();
const Request = z.discriminatedUnion('method', [
  z.strictObject({
    id,
    method: z.literal('start'),
    /** A name in /run/netns, or a path. */
    namespace: z.string(),
    name: z.string(),
    command: z.array(z.string()),
    /** Not judged by a grammar: what it takes to be as unruly as a test wants. */
    raw: z.boolean().default(false),
    capabilities: z.array(z.string()).default([]),
    lives_on: z.boolean().default(false),
    port: z.number().nullable().default(null),
    text: z.string().nullable().default(null),
    within_ms: z.number().default(5_000),
    cancel_after_ms: z.number().optional(),
    search_path: z.string().optional(),
    permit_for: z.array(z.string()).optional(),
  }),
  z.strictObject({ id, method: z.literal('stop'), service: z.string() }),
  z.strictObject({ id, method: z.literal('stopServicesOf'), namespace: z.string() }),
  z.strictObject({ id, method: z.literal('processesIn'), namespace: z.string() }),
  z.strictObject({ id, method: z.literal('list') }),
  z.strictObject({ id, method: z.literal('log'), service: z.string(), cursor: z.string().optional() }),
]);
type Request = z.output<typeof Request>;

const state = process.env['SERVICE_STATE'] ?? stateDirectory();
const supervisor = new Supervisor(state);

const told = (service: Service) => ({ ...service, state: stateWords(service.state) });

function placeOf(namespace: string) {
  const file = namespace.startsWith('/') ? namespace : `/run/netns/${namespace}`;
  const handle = NamespaceHandle.open(file);
  const names = namespace.startsWith('/') ? [] : [namespace];
  return { handle, reference: namespace, inode: handle.inode, names, isHost: false, owned: true, path: handle.path, entry: { path: file } };
}

async function start(request: Extract<Request, { method: 'start' }>) {
  const { namespace, name, raw, capabilities, lives_on, port, text, within_ms, cancel_after_ms, search_path, permit_for } = request;
  const place = placeOf(namespace);
  using _ = place.handle;
  const words = request.command;
  const unruly = { program: words[0] ?? '', argv: words, capabilities, package: 'its-package', keepsUser: false, sharesRun: false };
  const command = raw ? unruly : parseService(words);
  const { changed, service } = await supervisor.start({
    place,
    name,
    command,
    livesOn: lives_on,
    // No change is made meanwhile.
    lock: async () => ({ [Symbol.dispose]: () => {} }),
    ready: { port, text, withinMs: within_ms },
    permit: Permit.issue(confinedWork(place, { argv: permit_for ?? command.argv }, 'service.start')),
    ...(cancel_after_ms === undefined ? {} : { signal: AbortSignal.timeout(cancel_after_ms) }),
    ...(search_path === undefined ? {} : { searchPath: search_path }),
  });
  return { changed, service: told(service) };
}

async function handle(request: Request): Promise<unknown> {
  switch (request.method) {
    case 'start':
      return await start(request);
    case 'stop': {
      const service = supervisor.find(request.service);
      return told(await supervisor.stop(service, Permit.issue(stopWork(service))));
    }
    case 'stopServicesOf': {
      using place = placeOf(request.namespace).handle;
      return (await supervisor.stopServicesOf(place.inode)).map(told);
    }
    case 'processesIn': {
      using place = placeOf(request.namespace).handle;
      return [...supervisor.processesIn(place.inode)];
    }
    case 'list':
      return supervisor.list().map(told);
    case 'log':
      return supervisor.log(request.service, request.cursor);
  }
}

process.stdout.write(`${JSON.stringify({ id: 0, result: 'ready' })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const request = Request.parse(JSON.parse(line));
  // Requests run at the same time, as calls do.
  void handle(request).then(
    (result) => process.stdout.write(`${JSON.stringify({ id: request.id, result: result ?? null })}\n`),
    (error: unknown) => process.stdout.write(`${JSON.stringify({ id: request.id, error: toNetnsError(error).toValue() })}\n`),
  );
}
process.exit(0);
