// Processes of a change whose server was killed: they have all their lines, and may still be at work.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHANGE_VARIABLE } from '../run/execute.js';

/** So long they may take to end by themselves. */
const END_WITHIN_MS = 5_000;
const LOOK_MS = 20;

/** Processes that work for a change, by the variable that they were given. */
function processesOf(id: string): number[] {
  const wanted = `${CHANGE_VARIABLE}=${id}`;
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(wanted) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** Waits until no process works for a change any more; ends by force what does not end. */
export async function endProcessesOf(id: string): Promise<void> {
  const deadline = performance.now() + END_WITHIN_MS;
  for (let left = processesOf(id); left.length > 0; left = processesOf(id)) {
    if (performance.now() >= deadline) {
      for (const pid of left) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It has ended.
        }
      }
    }
    await sleep(LOOK_MS);
  }
}
