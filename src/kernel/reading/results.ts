// How a program that reads ended: what it complained of, and errors of the table for that.
import { completed, type RunOptions, type RunResult, run } from '../../exec/run.js';
import { BECOME_ROOT, NetnsError } from '../../model/errors.js';
import { decodeBytes, visible } from '../../model/text.js';

/** The first line that a failed tool printed, made safe to show. */
export function complaintOf(result: RunResult): string {
  const text = visible(
    decodeBytes(result.stderr)
      .split('\n')
      .find((line) => line.trim() !== '' && !line.startsWith('Command failed')) ?? '',
  );
  // It stands in the midst of our own sentences.
  return text.replace(/^(Error|RTNETLINK answers): /, '').replace(/\.$/, '') || `${result.argv[0]} ended with status ${result.exitCode}`;
}

/** @throws NetnsError PRIVILEGE_MISSING when the kernel refused, else READ_FAILED. */
export function readFailed(result: RunResult): NetnsError {
  const complaint = complaintOf(result);
  if (/not permitted|Permission denied/i.test(complaint)) {
    return new NetnsError('PRIVILEGE_MISSING', `The kernel refused: ${complaint}.`, BECOME_ROOT, { command: result.argv });
  }
  return new NetnsError('READ_FAILED', `Reading failed: ${complaint}.`, 'The namespace may be gone: call list_namespaces again.', { command: result.argv });
}

/**
 * The result of a program that reads, when it did.
 * @throws NetnsError as `completed` does, and PRIVILEGE_MISSING or READ_FAILED when the program says that it failed.
 */
export function succeeded(result: RunResult): RunResult {
  if (completed(result).exitCode !== 0) throw readFailed(result);
  return result;
}

/** @throws NetnsError READ_FAILED when what a tool printed is not what this program knows. */
export function understood<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const what = error instanceof Error ? error.message.slice(0, 300) : String(error);
    throw new NetnsError(
      'READ_FAILED',
      `ip(8) printed something unexpected: ${visible(what)}.`,
      'netns-mcp doctor shows its version; please report it.',
      {},
      error,
    );
  }
}

/** Runs a reading program that is not iproute2's `ip` inside the namespace. */
export function runInside(path: string | null, command: readonly [string, ...string[]], options: RunOptions): Promise<RunResult> {
  return run(path === null ? command : ['nsenter', `--net=${path}`, ...command], options);
}
