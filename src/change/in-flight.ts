// A record of each change while it runs, so that what a killed server left half done can be told. The journal will take its place.
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../exec/folder.js';
import { startOf } from '../kernel/sources/processes.js';

const InFlightRecord = z.strictObject({
  id: z.string(),
  operation: z.string(),
  started_at: z.string(),
  pid: z.number(),
  /** See `startOf`: a server in a container often gets the PID of the one before. */
  process_start: z.string().nullable(),
  /** As a person would type them, in order; how many had run is not known. */
  commands: z.array(z.array(z.string())),
});
export type InFlight = z.infer<typeof InFlightRecord>;

function folder(stateDirectory: string): string {
  return join(stateDirectory, 'in-flight');
}

/**
 * Writes the record and syncs it; disposing removes it. Called before the first step.
 * @throws Error when it cannot be written: then nothing may be changed.
 */
export function recordInFlight(stateDirectory: string, change: Pick<InFlight, 'id' | 'operation' | 'commands'>): Disposable {
  makeFolder(folder(stateDirectory));
  const file = join(folder(stateDirectory), `${change.id}.json`);
  const fd = openSync(file, 'wx', 0o600);
  try {
    const { pid } = process;
    writeSync(fd, JSON.stringify({ ...change, pid, process_start: startOf(pid), started_at: new Date().toISOString() } satisfies InFlight));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

/** Changes that a server which is no longer there had begun and not finished. */
export function interruptedChanges(stateDirectory: string): InFlight[] {
  let names: string[];
  try {
    names = readdirSync(folder(stateDirectory));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const record = InFlightRecord.parse(JSON.parse(readFileSync(join(folder(stateDirectory), name), 'utf8')));
      return startOf(record.pid) === record.process_start ? [] : [record];
    } catch {
      // Torn by the crash itself, or finished and removed meanwhile.
      return [];
    }
  });
}
