// How a service is now: what its record says, what the kernel shows, and what it left when it ended.
import { readFileSync } from 'node:fs';
import { signalIn } from '../exec/confinement/parts.js';
import { commandOf, isAlive, namespaceOf } from './processes.js';
import type { Service, ServiceEnd, ServiceRecord } from './service.js';
import type { ServiceStore } from './store.js';

/** Of this boot. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

export function isRunning({ boot, keeper }: ServiceRecord): boolean {
  return isAlive(keeper) && boot === bootId();
}

/** Who was ended by force, with the server or without, left no word of it. */
function endOf(store: ServiceStore, id: string): ServiceEnd {
  const code = store.exitOf(id);
  if (code === null) return { is: 'ended', signal: 'SIGKILL' };
  const name = signalIn(code);
  return name === null ? { is: 'exited', code } : { is: 'ended', signal: name };
}

/** A service of which there is a record, as it is now. */
export function look(store: ServiceStore, record: ServiceRecord): Service {
  const { keeper, namespace, id } = record;
  if (!isRunning(record)) return { ...record, state: endOf(store, id), inode: namespace.inode, pid: null };
  return { ...record, state: { is: 'running' }, inode: namespaceOf(keeper) ?? namespace.inode, pid: commandOf(keeper)?.pid ?? null };
}
