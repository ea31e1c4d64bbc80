// The folders of services: one for each, with its record, its log and its exit code, made before it starts and kept for a while after its end.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../exec/folder.js';
import { fail } from '../model/errors.js';
import { ServiceRecord } from './service.js';

/** How many that have ended are kept. */
const MOST_ENDED = 32;
const RECORD = 'service.json';
const EXIT = 'exit';
/** Folders that are not complete yet. */
const UNFINISHED = '.new-';
/** No start takes longer than this. */
const UNFINISHED_MS = 60_000;

/** The folders below `services` of the state directory. */
export class ServiceStore {
  readonly #folder: string;

  constructor(state: string) {
    this.#folder = join(state, 'services');
  }

  /** Makes a folder that no listing shows yet. @throws NetnsError STATE_UNWRITABLE. */
  prepare(id: string): string {
    const folder = join(this.#folder, `${UNFINISHED}${id}`);
    try {
      makeFolder(this.#folder);
      mkdirSync(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      return unwritable(folder, error);
    }
  }

  /** Writes the record into a prepared folder and lets it be seen, in one step. @throws NetnsError STATE_UNWRITABLE. */
  publish(prepared: string, record: ServiceRecord): void {
    try {
      writeFileSync(join(prepared, RECORD), JSON.stringify(record), { mode: 0o600 });
      renameSync(prepared, this.folderOf(record.id));
    } catch (error) {
      unwritable(prepared, error);
    }
  }

  folderOf(id: string): string {
    return join(this.#folder, id);
  }

  /** Everything on record, the oldest first. What cannot be read is none of ours. */
  records(): ServiceRecord[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .filter((name) => !name.startsWith(UNFINISHED))
      .flatMap((name) => {
        try {
          const record = ServiceRecord.parse(JSON.parse(readFileSync(join(this.#folder, name, RECORD), 'utf8')));
          return record.id === name ? [record] : [];
        } catch {
          return [];
        }
      })
      .sort((a, b) => (a.started_at < b.started_at ? -1 : 1));
  }

  /** The exit code that a service left; null when it was ended by force. */
  exitOf(id: string): number | null {
    try {
      const text = readFileSync(join(this.folderOf(id), EXIT), 'latin1').trim();
      return /^\d{1,3}$/.test(text) ? Number(text) : null;
    } catch {
      return null;
    }
  }

  /** Removes the oldest of those that have ended, so that not too many are kept, and folders that a killed server left unfinished. */
  prune(ended: readonly ServiceRecord[]): void {
    for (const { id } of ended.slice(0, -MOST_ENDED)) this.remove(this.folderOf(id));
    for (const name of existsSync(this.#folder) ? readdirSync(this.#folder) : []) {
      const folder = join(this.#folder, name);
      const made = name.startsWith(UNFINISHED) ? statSync(folder, { throwIfNoEntry: false })?.mtimeMs : undefined;
      if (made !== undefined && Date.now() - made > UNFINISHED_MS) this.remove(folder);
    }
  }

  remove(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
  }
}

function unwritable(folder: string, error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  return fail('STATE_UNWRITABLE', `The record of the service could not be written (${why}). Nothing was started.`, `Make room, or make ${folder} writable.`, {
    folder,
  });
}
