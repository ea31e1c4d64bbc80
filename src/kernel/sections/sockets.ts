// Internet sockets of a namespace, from ss(8), which has no JSON: one line per socket, columns by white space.
import type { ProcessSample, Socket } from '../../model/snapshot.js';
import { visible } from '../../model/text.js';
import { commandOf } from '../sources/processes.js';

/** TCP, UDP and raw sockets; numeric, all states, with processes, one line each. */
export const SOCKETS_COMMAND = ['ss', '-H', '-O', '-n', '-t', '-u', '-w', '-a', '-p'] as const;

/** `ADDRESS%LINK:PORT`, IPv6 as `[ADDRESS]%LINK:PORT`; the port is after the last colon. */
function endpoint(text: string): { address: string; port: string } {
  const at = text.lastIndexOf(':');
  return { address: text.slice(0, at).replace(/^\[(.*)\](?=%|$)/, '$1'), port: text.slice(at + 1) };
}

/**
 * The processes in `users:(("NAME",pid=N,fd=N),…)`. ss prints the name as it is, and a process may call itself
 * `x",pid=1,fd=3` to point at another: what /proc does not confirm is left out.
 */
function processesOf(users: string): ProcessSample[] {
  const found = new Map<number, ProcessSample>();
  for (const [, name = '', digits] of users.matchAll(/\("(.{0,15}?)",pid=(\d+),fd=\d+\)/gs)) {
    const pid = Number(digits);
    const command = visible(name);
    if (commandOf(pid) === command) found.set(pid, { pid, command });
  }
  return [...found.values()];
}

/** Reads the output of `SOCKETS_COMMAND`. */
export function parseSockets(text: string): Socket[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\S+)\s+(\S+)\s+\d+\s+\d+\s+(\S+)\s+(\S+)\s*(?:users:(.*))?$/s.exec(line);
    if (!match) return [];
    const [, protocol = '', state = '', local = '', remote = '', users = ''] = match;
    return { protocol, state, local: endpoint(local), remote: endpoint(remote), processes: processesOf(users) };
  });
}
