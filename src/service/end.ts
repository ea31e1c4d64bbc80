// Ending a service: its command is asked to, and what is not gone soon is ended by force, with everything that it started.
import { fail } from '../model/errors.js';
import type { Work } from '../model/permit.js';
import { isRunning } from './look.js';
import { commandOf, ends, firstOf, signal } from './processes.js';
import type { Service, ServiceRecord } from './service.js';

const POLITE_MS = 3_000;
const FORCED_MS = 5_000;

/** What the permit to stop a service must be for: nothing at all when it has ended. */
export function stopWork({ state, pid, keeper, inode }: Service): Work {
  const argv = ['kill', '-TERM', String(pid ?? keeper.pid)];
  return { action: 'service.stop', commands: state.is === 'running' ? [{ place: inode, argv }] : [] };
}

/**
 * Ends all processes of a service, and waits until they are gone. One that has ended stays as it is.
 * @throws NetnsError TIMED_OUT when the kernel does not let go of them.
 */
export async function endAll(record: ServiceRecord): Promise<void> {
  if (!isRunning(record)) return;
  const { id, keeper } = record;
  const first = firstOf(keeper);
  const command = commandOf(keeper);
  if (command !== null) signal(command, 'SIGTERM');
  if (command !== null && (await ends(keeper, POLITE_MS))) return;
  signal(keeper, 'SIGKILL');
  const isGone = (await ends(keeper, FORCED_MS)) && (first === null || (await ends(first, FORCED_MS)));
  if (!isGone) fail('TIMED_OUT', `Service ${id} does not end (process ${keeper.pid}).`, 'The kernel holds it; look at it with ps, and try again.', { id });
}
