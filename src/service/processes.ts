// The processes of a service, found from its keeper downwards, and the ports that are open where it lives.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inodeOfLink, startOf } from '../kernel/sources/processes.js';

/** One process for certain: the PID, and when it began. */
export interface Known {
  pid: number;
  start: string;
}

export function isAlive({ pid, start }: Known): boolean {
  return startOf(pid) === start;
}

/** Children of a process (proc_pid_task(5), `children`). */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** The first process of a service's PID namespace; null when there is none any more, or not yet. */
export function firstOf(keeper: Known): Known | null {
  const [pid] = isAlive(keeper) ? childrenOf(keeper.pid) : [];
  const start = pid === undefined ? null : startOf(pid);
  return pid === undefined || start === null ? null : { pid, start };
}

/** The process of the command itself. Those that it leaves behind become children of the first process as well, but come later. */
export function commandOf(keeper: Known): Known | null {
  const first = firstOf(keeper);
  const [pid] = first === null ? [] : childrenOf(first.pid);
  const start = pid === undefined ? null : startOf(pid);
  return pid === undefined || start === null ? null : { pid, start };
}

/** The keeper, and everything in the PID namespace below it. */
export function allOf(keeper: Known): number[] {
  const first = firstOf(keeper);
  const linkOf = (pid: number | string) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/pid`);
    } catch {
      return null;
    }
  };
  const namespace = first === null ? null : linkOf(first.pid);
  if (namespace === null) return isAlive(keeper) ? [keeper.pid] : [];
  const inside = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && linkOf(name) === namespace);
  return [keeper.pid, ...inside.map(Number)];
}

/** Names of the tun and tap links that processes carry: their descriptors tell (tun_chr_show_fdinfo, drivers/net/tun.c). */
export function tunnelsOf(pids: readonly number[]): string[] {
  return pids.flatMap((pid) => {
    try {
      const folder = `/proc/${pid}/fdinfo`;
      return readdirSync(folder).flatMap((fd) => /^iff:\t(.+)$/m.exec(readFileSync(`${folder}/${fd}`, 'latin1'))?.[1] ?? []);
    } catch {
      return [];
    }
  });
}

/** Inode of the network namespace that a process lives in. */
export function namespaceOf({ pid }: Known): number | null {
  try {
    return inodeOfLink(readlinkSync(`/proc/${pid}/ns/net`));
  } catch {
    return null;
  }
}

/** Files of proc_net(5), and the state of a socket that waits for peers there: TCP_LISTEN, and TCP_CLOSE of a bound UDP socket. */
const WAITING = [
  ['tcp', '0A'],
  ['tcp6', '0A'],
  ['udp', '07'],
  ['udp6', '07'],
] as const;

/** True when something waits at a TCP or UDP port in the namespace of a process. */
export function isOpen(port: number, { pid }: Known): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return WAITING.some(([file, state]) => {
    try {
      // sl local_address rem_address st
      return new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F]+:[0-9A-F]+ ${state} `, 'm').test(readFileSync(`/proc/${pid}/net/${file}`, 'latin1'));
    } catch {
      return false;
    }
  });
}

/** Waits for the end of a process, at most so long. @returns whether it came. */
export async function ends(known: Known, withinMs: number): Promise<boolean> {
  for (const deadline = performance.now() + withinMs; isAlive(known); await sleep(15)) if (performance.now() > deadline) return false;
  return true;
}

/** Sends a signal to just that process. */
export function signal(known: Known, name: NodeJS.Signals): void {
  try {
    if (isAlive(known)) process.kill(known.pid, name);
  } catch {
    // Ended meanwhile.
  }
}
