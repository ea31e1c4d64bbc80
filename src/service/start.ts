// The start of a service, up to the point where it runs and is on record: never one without the other.
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type BackgroundRequest, startBackground, type Waiting } from '../exec/confinement/background.js';
import type { ConfinableCommand } from '../exec/confinement/parts.js';
import { startOf } from '../kernel/sources/processes.js';
import { placeName, type ResolvedNamespace } from '../model/change.js';
import { fail } from '../model/errors.js';
import type { Permit } from '../model/permit.js';
import { builtIn, isNodePublic } from './built-in.js';
import { MOST_LOG_BYTES } from './log.js';
import { bootId } from './look.js';
import type { ServiceRecord } from './service.js';
import type { ServiceStore } from './store.js';

/** What to start, where, and when it counts as started. */
export interface StartRequest {
  place: ResolvedNamespace;
  name: string;
  command: ConfinableCommand & { sharesRun: boolean };
  livesOn: boolean;
  /** Keeps changes away from the namespace while the service is led in and not on record yet. @throws NetnsError when it is not there any more. */
  lock(): Promise<Disposable>;
  /** It is ready when something waits at this TCP or UDP port, or its log holds this text; with neither, when it has run for a moment. */
  ready: { port: number | null; text: string | null; withinMs: number };
  /** For exactly `confinedWork(place, command, 'service.start')`. */
  permit: Permit;
  signal?: AbortSignal | undefined;
  searchPath?: string;
}

const LIMITS = { fsize: MOST_LOG_BYTES, nofile: 4096 };

/**
 * Leads a service in, writes it down and lets it start.
 * @param hasRival Whether another of that name runs there, besides the one with this id.
 * @throws NetnsError SERVICE_EXISTS, SERVICE_FAILED, STATE_UNWRITABLE, and what `startBackground` does; then nothing of it is left.
 */
export async function leadIn(store: ServiceStore, request: StartRequest, hasRival: (id: string) => boolean): Promise<ServiceRecord> {
  const { place, name, command, livesOn } = request;
  const id = randomBytes(4).toString('hex');
  const folder = store.prepare(id);
  let waiting: Waiting | null = null;
  try {
    waiting = await startWithFiles(folder, request);
    const start = startOf(waiting.keeper);
    if (start === null) return fail('SERVICE_FAILED', `Service ${name} was ended before it began.`, 'Try again.');
    const { inode, names, isHost, owned } = place;
    const record = {
      id,
      name,
      namespace: { inode, names, is_host: isHost, owned },
      program: command.program,
      argv: [...command.argv],
      lives_on: livesOn,
      started_at: new Date().toISOString(),
      boot: bootId(),
      keeper: { pid: waiting.keeper, start },
    };
    store.publish(folder, record);
    // Another server may have been as quick: whoever sees the other's record steps back.
    if (hasRival(id)) return fail('SERVICE_EXISTS', `Service ${name} is being started in ${placeName(place)} by another server.`, 'Call list_services.');
    waiting.go();
    return record;
  } catch (error) {
    await waiting?.giveUp();
    store.remove(folder);
    store.remove(store.folderOf(id));
    throw error;
  }
}

/** Opens the files of a service and leads it in. Here they are closed again: it has them. */
async function startWithFiles(folder: string, { place, command, permit, livesOn, searchPath }: StartRequest): Promise<Waiting> {
  const own = builtIn(command.program);
  const descriptors: number[] = [];
  const open = (file: string, flags: string) => {
    const fd = openSync(file, flags, 0o600);
    descriptors.push(fd);
    return fd;
  };
  const [, ...args] = command.argv;
  try {
    const request: BackgroundRequest = {
      place,
      command: { ...command, keepsUser: own === null ? (command.keepsUser ?? false) : !isNodePublic() },
      permit,
      action: 'service.start',
      ...(own === null ? {} : { runs: own.words(args) }),
      limits: LIMITS,
      ownRun: !command.sharesRun,
      livesOn,
      files: {
        stdin: own === null ? null : open(own.text, 'r'),
        output: open(join(folder, 'log'), 'a'),
        exit: open(join(folder, 'exit'), 'wx'),
      },
      ...(searchPath === undefined ? {} : { searchPath }),
    };
    return await startBackground(request);
  } finally {
    for (const fd of descriptors) closeSync(fd);
  }
}
