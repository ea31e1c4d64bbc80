// Running iproute2: one command, or many in one process (ip -batch), in the namespace of an open handle.
import { existsSync } from 'node:fs';
import { type RunOptions, type RunResult, run } from './run.js';

/** Flags under which lines are read: details, and one JSON document on one line for each. */
export const READ_FLAGS = ['-d', '-j'] as const;

/** Words of one line of `ip -batch`. */
export type Line = readonly string[];

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

/** True when an argument may stand in a line of `ip -batch`, whose reader knows quotes, backslashes, # and white space, but no options such as `-6`. */
export function fitsBatch(argument: string): boolean {
  return /^[A-Za-z0-9_@%+=:,./][A-Za-z0-9_@%+=:,./-]*$/.test(argument);
}

/** What `ip -batch -` reads. @throws Error when a word would not stay one. */
export function batchInput(lines: readonly Line[]): string {
  const bad = lines.flat().find((argument) => !fitsBatch(argument));
  if (bad !== undefined) throw new Error(`argument does not fit a batch line: ${JSON.stringify(bad)}`);
  return `${lines.map((line) => line.join(' ')).join('\n')}\n`;
}

/**
 * Runs several lines in one process, up to the first that fails. A process is never asked twice: iproute2 remembers the names of links and of
 * namespace ids for as long as it runs, and does not notice when they change (lib/ll_map.c, ip/ipnetns.c).
 * @param path Handle of the namespace; null is the server's own.
 * @param writes Lines that print nothing. @param reads Lines that follow, and print one document on one line each.
 */
export function runIpBatch(path: string | null, writes: readonly Line[], reads: readonly Line[], options: RunOptions = {}): Promise<RunResult> {
  const stdin = batchInput([...writes, ...reads]);
  return run([...entering(path), ...(reads.length > 0 ? READ_FLAGS : []), '-batch', '-'], { ...options, stdin });
}

/** The line at which `ip -batch` stopped, from 0; null when it says none. It prints `Command failed FILE:LINE`. */
export function failedLine(stderr: string): number | null {
  const match = /^Command failed .*:(\d+)$/m.exec(stderr);
  return match ? Number(match[1]) - 1 : null;
}
