// Services on this host: started, watched at their start, listed, stopped. What is known of them is on disk and in the kernel, so that any server can.
import { setTimeout as sleep } from 'node:timers/promises';
import { redactSecrets } from '../exec/redact.js';
import { placeName, type ResolvedNamespace } from '../model/change.js';
import { fail } from '../model/errors.js';
import type { Permit } from '../model/permit.js';
import { decodeBytes, visibleLines } from '../model/text.js';
import { endAll, stopWork } from './end.js';
import { logHolds, readLog, tendLog } from './log.js';
import { look } from './look.js';
import { allOf, commandOf, isAlive, isOpen, tunnelsOf } from './processes.js';
import { type Service, type ServiceRecord, stateWords } from './service.js';
import { leadIn, type StartRequest } from './start.js';
import { ServiceStore } from './store.js';

/** A log page as text: data, made safe to show. */
export interface ShownLog {
  text: string;
  earlier: string | null;
  later: string;
}

const A_MOMENT_MS = 300;
const TEND_MS = 1_000;

export class Supervisor {
  readonly #store: ServiceStore;
  /** This process leads them in one after the other, so that of two of the same name the second sees the first; they become ready side by side. */
  #leading: Promise<unknown> = Promise.resolve();
  #tending: NodeJS.Timeout | null = null;

  /** Reads nothing and changes nothing. */
  constructor(stateDirectory: string) {
    this.#store = new ServiceStore(stateDirectory);
  }

  /** Everything on record, the oldest first: what runs, and what has ended of late. */
  list(): Service[] {
    return this.#store.records().map((record) => look(this.#store, record));
  }

  /** @throws NetnsError SERVICE_NOT_FOUND. */
  find(id: string): Service {
    const found = this.list().find((service) => service.id === id);
    return found ?? fail('SERVICE_NOT_FOUND', `There is no service ${id}.`, 'list_services shows those that there are.', { id });
  }

  /** Those that run in a namespace. */
  servicesIn(inode: number): Service[] {
    return this.list().filter((service) => service.state.is === 'running' && service.inode === inode);
  }

  /** All processes of the services in a namespace: what else lives there is not ours. */
  processesIn(inode: number): ReadonlySet<number> {
    return new Set(this.servicesIn(inode).flatMap(({ keeper }) => allOf(keeper)));
  }

  /** What the deletion of a namespace has to know of those that run in it. */
  inside(inode: number) {
    return this.servicesIn(inode).map(({ name, program, argv, keeper }) => {
      const pids = allOf(keeper);
      return { name, program, argv, pids, links: tunnelsOf(pids) };
    });
  }

  /** The service of that name that runs in a namespace. @throws NetnsError SERVICE_EXISTS when it runs another command, or is to live otherwise. */
  running(place: ResolvedNamespace, name: string, argv: readonly string[], livesOn: boolean): Service | null {
    const found = this.servicesIn(place.inode).find((service) => service.name === name);
    if (found === undefined) return null;
    const isSame = found.argv.length === argv.length && found.argv.every((word, at) => word === argv[at]);
    if (isSame && found.lives_on === livesOn) return found;
    return fail(
      'SERVICE_EXISTS',
      `Service ${name} runs in ${placeName(place)} already, ${isSame ? `with lives_on ${found.lives_on}` : `with another command (${found.argv.join(' ')})`}.`,
      `Give the new one another name, or call stop_service with ${found.id} first.`,
      { id: found.id },
    );
  }

  /**
   * Starts a service, unless it runs already, and waits until it is ready. One that does not become ready is ended.
   * @throws NetnsError SERVICE_EXISTS, SERVICE_FAILED, TIMED_OUT, CANCELLED, STATE_UNWRITABLE, and what `startBackground` and the request's `lock` do.
   */
  async start(request: StartRequest): Promise<{ changed: boolean; service: Service }> {
    const { changed, record } = await this.#leadNext(request);
    if (!changed) return { changed, service: look(this.#store, record) };
    this.#tend();
    try {
      await this.#becomesReady(record, request);
    } catch (error) {
      await endAll(record);
      throw error;
    }
    return { changed, service: look(this.#store, record) };
  }

  /** Others wait for the namespace before they stand in line. */
  async #leadNext(request: StartRequest): Promise<{ changed: boolean; record: ServiceRecord }> {
    using _ = await request.lock();
    const leading = this.#leading.then(() => this.#leadIn(request));
    this.#leading = leading.catch(() => {});
    return await leading;
  }

  async #leadIn(request: StartRequest): Promise<{ changed: boolean; record: ServiceRecord }> {
    const { place, name, command, livesOn } = request;
    const before = this.running(place, name, command.argv, livesOn);
    if (before !== null) return { changed: false, record: before };
    this.#store.prune(this.list().filter(({ state }) => state.is !== 'running'));
    const hasRival = (id: string) => this.servicesIn(place.inode).some((service) => service.name === name && service.id !== id);
    return { changed: true, record: await leadIn(this.#store, request, hasRival) };
  }

  async #becomesReady({ id, keeper }: ServiceRecord, { name, ready, signal: abort }: StartRequest): Promise<void> {
    const started = performance.now();
    const folder = this.#store.folderOf(id);
    const { port, text, withinMs } = ready;
    const isReady = () =>
      port === null && text === null
        ? performance.now() - started > A_MOMENT_MS
        : (port === null || isOpen(port, keeper)) && (text === null || logHolds(folder, text));
    while (true) {
      if (!isAlive(keeper)) return this.#failed(id, name);
      if (commandOf(keeper) !== null && isReady()) return;
      if (abort?.aborted) return fail('CANCELLED', `The start of service ${name} was cancelled. It was ended.`, 'Nothing more will be done for this call.');
      if (performance.now() - started > Math.max(withinMs, A_MOMENT_MS)) {
        return fail(
          'TIMED_OUT',
          `Service ${name} was not ready within ${withinMs} ms, and was ended.`,
          `Its log tells more: list_services with log_of ${id}. Or give it longer with ready_within_ms.`,
          { id, log: this.log(id).text },
        );
      }
      await sleep(20);
    }
  }

  #failed(id: string, name: string): never {
    const { text } = this.log(id);
    const last = text.trimEnd().split('\n').at(-1) ?? '';
    return fail(
      'SERVICE_FAILED',
      `Service ${name} ended right after its start (${stateWords(this.find(id).state)})${last === '' ? '' : `: ${last.slice(0, 300)}`}.`,
      `Its log tells more: list_services with log_of ${id}.`,
      { id, log: text },
    );
  }

  /** A page of a log. @throws NetnsError SERVICE_NOT_FOUND, INVALID_INPUT for a cursor of none. */
  log(id: string, cursor?: string): ShownLog {
    const folder = this.#store.folderOf(this.find(id).id);
    tendLog(folder);
    const { bytes, earlier, later } = readLog(folder, cursor);
    return { text: redactSecrets(visibleLines(decodeBytes(bytes))), earlier, later };
  }

  /**
   * Ends a service: its command is asked to, and what is not gone soon is ended by force, with everything that it started.
   * @param permit For exactly `stopWork(service)`. @returns how it ended; the same when it had ended before.
   */
  async stop(service: Service, permit: Permit): Promise<Service> {
    permit.demand(stopWork(service));
    await endAll(service);
    return look(this.#store, service);
  }

  /** Ends every service of a namespace that is to be deleted, under the permit for that. */
  async stopServicesOf(inode: number): Promise<Service[]> {
    return await Promise.all(
      this.servicesIn(inode).map(async (service) => {
        await endAll(service);
        return look(this.#store, service);
      }),
    );
  }

  /** Keeps the logs short for as long as anything runs. Nobody is kept waiting by it. */
  #tend(): void {
    this.#tending ??= setInterval(() => {
      const running = this.list().filter(({ state }) => state.is === 'running');
      for (const { id } of running) tendLog(this.#store.folderOf(id));
      if (running.length > 0 || this.#tending === null) return;
      clearInterval(this.#tending);
      this.#tending = null;
    }, TEND_MS).unref();
  }
}
