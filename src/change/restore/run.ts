// Running the steps of a restoration: what fails is noted, and the others go on.
import { batchInput } from '../../exec/ip.js';
import { type RunResult, run } from '../../exec/run.js';
import { sideBySide } from '../../exec/shares.js';
import { complaintOf } from '../../kernel/reading/results.js';
import type { ChangeProgram, Command } from '../../model/change.js';
import { visible } from '../../model/text.js';
import { isBatching, joinedArguments, programOf, runArguments, sharedBy, startOfProgram } from '../run/command.js';

const TIMEOUT_MS = 60_000;

/** How a command ended: null when it did what it should. */
export type Complaint = string | null;

interface Group {
  program: ChangeProgram;
  /** What they have in common; null: it is only one. */
  shared: string | null;
  /** With their places in the list of all. */
  commands: { command: Command; index: number }[];
}

/** Commands of one namespace, in order, those that can share a process together. */
function grouped(commands: Group['commands']): Group[] {
  const groups: Group[] = [];
  for (const entry of commands) {
    const shared = sharedBy(entry.command);
    const last = groups.at(-1);
    if (last && shared !== null && last.shared === shared) last.commands.push(entry);
    else groups.push({ program: programOf(entry.command), shared, commands: [entry] });
  }
  return groups;
}

async function runOne(command: Command, signal: AbortSignal | undefined): Promise<Complaint> {
  const { place, args, stdin } = command;
  const result = await run([...startOfProgram(place, programOf(command)), ...runArguments(args)], {
    ...{ timeoutMs: TIMEOUT_MS, signal },
    ...(stdin === undefined ? {} : { stdin }),
  });
  return result.exitCode === 0 ? null : complaintOf(result);
}

/** What each line of a batch complained of. null: it ended before its last line, for iproute2 gives up at words that it does not know. */
function complaintsOf({ stderr, exitCode, endedBy }: RunResult, size: number): Complaint[] | null {
  const complaints: Complaint[] = Array.from({ length: size }, () => null);
  if (exitCode === 0) return complaints;
  let said: string[] = [];
  let failed = -1;
  for (const line of stderr.toString('utf8').split('\n')) {
    const at = /^Command failed .*:(\d+)$/.exec(line)?.[1];
    if (at === undefined) {
      if (line.trim() !== '') said.push(line);
      continue;
    }
    failed = Number(at) - 1;
    complaints[failed] = visible(said[0]?.replace(/^(Error|RTNETLINK answers): /, '').replace(/\.$/, '') ?? 'it failed');
    said = [];
  }
  return endedBy === 'exit' && failed >= 0 && said.length === 0 ? complaints : null;
}

/** @returns null when it cannot be told which of them failed. */
async function runTogether({ program, commands: [first, ...others] }: Group, signal: AbortSignal | undefined): Promise<Complaint[] | null> {
  if (!first || others.length === 0) return null;
  const lines = [first, ...others].map(({ command }) => runArguments(command.args));
  const start = startOfProgram(first.command.place, program);
  if (!isBatching(program)) {
    const { exitCode } = await run([...start, ...joinedArguments(program, lines)], { timeoutMs: TIMEOUT_MS, signal });
    return exitCode === 0 ? lines.map(() => null) : null;
  }
  return complaintsOf(await run([...start, '-force', '-batch', '-'], { stdin: batchInput(lines), timeoutMs: TIMEOUT_MS, signal }), lines.length);
}

async function runGroup(group: Group, signal: AbortSignal | undefined): Promise<Complaint[]> {
  const together = await runTogether(group, signal);
  if (together) return together;
  const complaints: Complaint[] = [];
  // Again from the first on: what has run already only fails.
  for (const { command } of group.commands) complaints.push(await runOne(command, signal));
  return complaints;
}

/**
 * Runs commands in their order within each namespace, and the namespaces side by side.
 * @returns One for each command.
 */
export async function runTolerantly(commands: readonly Command[], signal?: AbortSignal): Promise<Complaint[]> {
  const complaints: Complaint[] = commands.map(() => 'it was not run');
  const byPlace = new Map<number, Group['commands']>();
  for (const [index, command] of commands.entries()) {
    const queue = byPlace.get(command.place.inode);
    if (queue) queue.push({ command, index });
    else byPlace.set(command.place.inode, [{ command, index }]);
  }
  await sideBySide([...byPlace.values()], async (queue) => {
    for (const group of grouped(queue)) {
      for (const [i, complaint] of (await runGroup(group, signal)).entries()) complaints[group.commands[i]?.index ?? -1] = complaint;
    }
  });
  return complaints;
}
