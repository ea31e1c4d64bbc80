// Running iproute2: one command, or many in one process (ip -batch), in the namespace of an open handle.
import { existsSync } from 'node:fs';
import { type RunOptions, type RunResult, run } from './run.js';
import { hostSession, type Line, READ_FLAGS } from './session.js';

/**
 * Arguments that make `ip` enter a namespace by the path of an open handle.
 * `ip -n NAME` opens `/run/netns/NAME` (netns_switch, lib/namespace.c), so that a relative path leads to the handle;
 * that saves a millisecond over nsenter, a third of what a call costs. Without the directory nsenter does it.
 */
export function entering(path: string | null): [string, ...string[]] {
  if (path === null) return ['ip'];
  if (existsSync('/run/netns')) return ['ip', '-n', `../../../..${path}`];
  return ['nsenter', `--net=${path}`, 'ip'];
}

/** Runs one `ip` command. @param path Handle of the namespace; null is the server's own. */
export function runIp(path: string | null, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return run([...entering(path), ...args], options);
}

/** True when an argument may stand in a line of `ip -batch`, whose reader knows quotes, backslashes, # and white space. */
export function fitsBatch(argument: string): boolean {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(argument);
}

/**
 * Runs several lines as one batch, up to the first that fails. In the server's own namespace the open session does it.
 * @param path Handle of the namespace; null is the server's own.
 * @param writes Lines that print nothing. @param reads Lines that follow, and print one document on one line each.
 */
export function runIpBatch(path: string | null, writes: readonly Line[], reads: readonly Line[], options: RunOptions = {}): Promise<RunResult> {
  const lines = [...writes, ...reads];
  const bad = lines.flat().find((argument) => !fitsBatch(argument));
  if (bad !== undefined) throw new Error(`argument does not fit a batch line: ${JSON.stringify(bad)}`);
  // To make a namespace, ip goes into it itself: not in a process that is asked again.
  if (path === null && !writes.some(([object]) => object === 'netns')) return hostSession.run(writes, reads, options);
  const stdin = `${lines.map((line) => line.join(' ')).join('\n')}\n`;
  return run([...entering(path), ...(reads.length > 0 ? READ_FLAGS : []), '-batch', '-'], { ...options, stdin });
}

/** The line at which `ip -batch` stopped, from 0; null when it says none. It prints `Command failed FILE:LINE`. */
export function failedLine(stderr: string): number | null {
  const match = /^Command failed .*:(\d+)$/m.exec(stderr);
  return match ? Number(match[1]) - 1 : null;
}
