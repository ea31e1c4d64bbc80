// Carrying out the steps of a plan: as few processes as its namespaces allow, and all or nothing.
import { statSync } from 'node:fs';
import { failedLine, fitsBatch, runIp, runIpBatch } from '../exec/ip.js';
import type { RunResult } from '../exec/run.js';
import { complaintOf, documentsOf, type Query } from '../kernel/read.js';
import { NAMES_DIRECTORY } from '../kernel/sources/names.js';
import { type Command, pathInto, type ResolvedNamespace, type Step } from '../model/change.js';
import { type ErrorCode, NetnsError } from '../model/errors.js';
import type { NamespaceState } from '../model/snapshot.js';
import { commandLine } from '../model/text.js';
import { runArguments, shownCommand } from './command.js';
import { explainComplaint } from './kernel-errors.js';

const STEP_TIMEOUT_MS = 30_000;

/** Commands that one process can run: same namespace, and words that a batch line can hold. */
interface Group<C extends Command> {
  place: ResolvedNamespace;
  commands: C[];
}

function batchable(command: Command): boolean {
  return runArguments(command.args).every(fitsBatch);
}

function grouped<C extends Command>(commands: readonly C[]): Group<C>[] {
  const groups: Group<C>[] = [];
  for (const command of commands) {
    const last = groups.at(-1);
    if (last && last.place.inode === command.place.inode && [...last.commands, command].every(batchable)) last.commands.push(command);
    else groups.push({ place: command.place, commands: [command] });
  }
  return groups;
}

interface GroupResult {
  result: RunResult;
  /** Commands that succeeded, from the first on. */
  ran: number;
  /** Further ones may have run: the process ended without a word on which line it was. */
  isUncertain: boolean;
}

/** It was started, and did not end by itself. */
const wasCutOff = ({ endedBy }: RunResult): boolean => endedBy !== 'exit' && endedBy !== 'not_started';

/** Runs one group; `query` is appended when there is one. */
async function runGroup(group: Group<Command>, query: Query | null): Promise<GroupResult> {
  const path = pathInto(group.place);
  const lines = group.commands.map(({ args }) => runArguments(args));
  const [only] = lines;
  if (only && !only.every(fitsBatch)) {
    const result = await runIp(path, only, { timeoutMs: STEP_TIMEOUT_MS });
    return { result, ran: result.exitCode === 0 ? 1 : 0, isUncertain: wasCutOff(result) };
  }
  const result = await runIpBatch(path, lines, query?.lines ?? [], { timeoutMs: STEP_TIMEOUT_MS });
  // Only what is asked after them prints something: then they all ran.
  if (result.exitCode === 0 || result.stdout.length > 0) return { result, ran: lines.length, isUncertain: false };
  const failed = failedLine(result.stderr.toString('latin1'));
  return {
    result,
    ran: Math.min(lines.length, failed ?? 0),
    isUncertain: failed === null && result.endedBy !== 'not_started' && (lines.length > 1 || query !== null || wasCutOff(result)),
  };
}

/** How taking back a step ends that never ran. */
const NEVER_RAN: readonly ErrorCode[] = ['ROUTE_NOT_FOUND', 'ADDRESS_NOT_FOUND', 'LINK_NOT_FOUND', 'NAMESPACE_VANISHED', 'INVALID_INPUT'];

/** Takes steps back, last first. @param perhaps They may not have run at all. Returns what could not be taken back. */
async function takeBack(steps: readonly Step[], perhaps: boolean): Promise<string[]> {
  const left: string[] = [];
  for (const group of grouped(steps.toReversed().flatMap((step) => step.undo))) {
    let pending = group.commands;
    while (pending.length > 0) {
      const { result, ran } = await runGroup({ ...group, commands: pending }, null);
      const failed = pending[ran];
      const isFine = !failed || (perhaps && NEVER_RAN.includes(explainComplaint(runArguments(failed.args), complaintOf(result)).code));
      if (!isFine) left.push(`${commandLine(shownCommand(failed))} (${complaintOf(result)})`);
      pending = pending.slice(ran + 1);
    }
  }
  return left;
}

/** Errors of a step that did not end by itself. */
const ENDED: Partial<Record<RunResult['endedBy'], { code: ErrorCode; hint: string }>> = {
  timeout: { code: 'TIMED_OUT', hint: 'Look with inspect_namespace, then try again.' },
  not_started: { code: 'COMMAND_MISSING', hint: 'Install iproute2; netns-mcp doctor names the package.' },
};

const RENAMED = { code: 'NAMESPACE_VANISHED', hint: 'Call list_namespaces again.' } as const;

function complaintAbout(result: RunResult | 'cancelled' | 'renamed'): string {
  if (result === 'cancelled') return 'it was cancelled';
  if (result === 'renamed') return 'the name has gone to another namespace meanwhile';
  return result.endedBy === 'exit' ? complaintOf(result) : `it ended by ${result.endedBy} ${result.startError ?? ''}`.trim();
}

/** True when the name by which a command works is no longer that of the namespace that was judged. */
function isRenamed({ named }: Command): boolean {
  return named !== undefined && statSync(`${NAMES_DIRECTORY}/${named.name}`, { throwIfNoEntry: false })?.ino !== named.inode;
}

/**
 * Takes back what ran, and gives the error that says so, step by step.
 * @param done Steps that ran. @param uncertain Steps after those that may have run: their process ended without a word on which of them failed.
 */
async function undone(steps: readonly Step[], done: number, uncertain: number, result: RunResult | 'cancelled' | 'renamed'): Promise<NetnsError> {
  const left = [...(await takeBack(steps.slice(done, done + uncertain), true)), ...(await takeBack(steps.slice(0, done), false))];
  const failed = result === 'cancelled' ? undefined : steps[done];
  const complaint = complaintAbout(result);
  const details = {
    complaint,
    failed: failed ? commandLine(shownCommand(failed)) : null,
    steps: steps.map((step, i) => ({
      command: commandLine(shownCommand(step)),
      state:
        i < done ? 'done, then undone' : i < done + uncertain && uncertain > 1 ? 'one of these failed; undone' : i === done && failed ? 'failed' : 'not run',
    })),
    left,
  };
  const which =
    uncertain > 1 ? `One of the steps ${done + 1} to ${done + uncertain} of ${steps.length}` : `Step ${done + 1} of ${steps.length}, ${details.failed},`;
  const what = failed ? `${which} failed: ${complaint}.` : 'The call was cancelled before its last step.';
  if (left.length > 0) {
    return new NetnsError(
      'ROLLBACK_INCOMPLETE',
      `${what} Not everything could be undone: ${left.join('; ')}.`,
      'Look with inspect_namespace, then finish by hand what is listed.',
      details,
    );
  }
  const undoneWords = done === 0 ? 'Nothing was changed.' : `The ${done === 1 ? 'step' : `${done} steps`} before it ${done === 1 ? 'was' : 'were'} undone.`;
  if (!failed) return new NetnsError('CANCELLED', `${what} ${undoneWords}`, 'Nothing more will be done for this call.', details);
  const { code, hint } = (typeof result === 'string' ? RENAMED : ENDED[result.endedBy]) ?? explainComplaint(runArguments(failed.args), complaint);
  return new NetnsError(code, `${what} ${undoneWords}`, hint, details);
}

/** A reading to take right after the last step, in that step's namespace, by the same process. */
export interface ReadBack {
  place: ResolvedNamespace;
  query: Query;
}

/**
 * Runs all steps, or none: at the first failure those that ran are taken back in reverse. A cancelled call ends between two
 * processes, never in the midst of one.
 * @returns What the read-back found; null when it has to be read anew.
 * @throws NetnsError what failed; ROLLBACK_INCOMPLETE when something is left; CANCELLED.
 */
export async function executeSteps(steps: readonly Step[], readBack: ReadBack | null, signal?: AbortSignal): Promise<NamespaceState | null> {
  const groups = grouped(steps);
  let done = 0;
  let state: NamespaceState | null = null;
  for (const [i, group] of groups.entries()) {
    if (signal?.aborted) throw await undone(steps, done, 0, 'cancelled');
    if (group.commands.some(isRenamed)) throw await undone(steps, done, 0, 'renamed');
    const isLast = i === groups.length - 1;
    const query = isLast && readBack?.place.inode === group.place.inode && group.commands.every(batchable) ? readBack.query : null;
    const { result, ran, isUncertain } = await runGroup(group, query);
    done += ran;
    if (ran < group.commands.length) throw await undone(steps, done, isUncertain ? group.commands.length : 0, result);
    if (query && result.exitCode === 0) state = query.parse(documentsOf(result.stdout));
  }
  return state;
}
