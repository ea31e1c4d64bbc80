// Carrying out the steps of a plan: as few processes as its namespaces allow, side by side where they do not touch each other.
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { batchInput, failedLine, fitsBatch, runIpBatch } from '../../exec/ip.js';
import { MANY_JOBS } from '../../exec/many.js';
import { CLEAN_ENVIRONMENT, type RunOptions, type RunResult, run } from '../../exec/run.js';
import { sideBySide } from '../../exec/shares.js';
import { documentsOf, type Query } from '../../kernel/reading/query.js';
import { NAMES_DIRECTORY } from '../../kernel/sources/names.js';
import type { Command, ResolvedNamespace } from '../../model/change.js';
import type { NamespaceState } from '../../model/snapshot.js';
import { isBatching, joinedArguments, runArguments, startOfProgram } from './command.js';
import { type GroupResult, runGroups } from './execute-many.js';
import { type Group, pathOf, schedule, type Wave } from './schedule.js';

const STEP_TIMEOUT_MS = 30_000;

/** How steps ended when not all of them ran. Namespaces are as they are then: taking back is the caller's. */
export interface Failure {
  because: 'refused' | 'cancelled' | 'renamed';
  /** The step that failed, and how many from it on may be the one: a process can end without a word on which line it was. 0 when none did. */
  at: number;
  uncertain: number;
  /** Steps that ran for sure. */
  ran: ReadonlySet<number>;
  result: RunResult | null;
}

export interface Executed {
  failure: Failure | null;
  /** What was read back by the processes that ran the last steps, by inode. */
  states: Map<number, NamespaceState>;
}

/** Set for every process of a change: when its server was killed, a process that still runs is known by it. */
export const CHANGE_VARIABLE = 'NETNS_MCP_CHANGE';

export interface ExecuteOptions {
  /** Of the change. */
  id: string;
  /** What to ask for right after the last step in a namespace, by the same process; null when there is nothing to ask. */
  queryOf(place: ResolvedNamespace): Query | null;
  /** A namespace that a step makes is there: from now on it is entered by its handle. */
  onMade(name: string): void;
  /** A name was taken from a namespace. */
  onUnnamed(name: string): void;
  /** Waits for what has to come about before these groups run. */
  before(wave: Wave): Promise<void>;
  signal?: AbortSignal | undefined;
}

/** It was started, and did not end by itself. */
const wasCutOff = ({ endedBy }: RunResult): boolean => endedBy !== 'exit' && endedBy !== 'not_started';

async function runAlone({ place, program }: Group, { args, stdin }: Command, options: RunOptions): Promise<GroupResult> {
  const result = await run([...startOfProgram(place, program), ...runArguments(args)], {
    ...options,
    ...(stdin === undefined ? {} : { stdin }),
  });
  return { result, ran: result.exitCode === 0 ? 1 : 0, isUncertain: wasCutOff(result), state: null };
}

/** Runs one group; `query` is appended when there is one. */
async function runGroup(group: Group, query: Query | null, options: RunOptions): Promise<GroupResult> {
  const { place, program, commands } = group;
  const lines = commands.map(({ command }) => runArguments(command.args));
  const [only] = commands;
  const isBatch = only !== undefined && only.command.stdin === undefined && lines.every((line) => line.every(fitsBatch));
  if (only && commands.length === 1 && !(isBatch && program === 'ip')) return await runAlone(group, only.command, options);
  if (!isBatching(program)) {
    const result = await run([...startOfProgram(place, program), ...joinedArguments(program, lines)], options);
    return { ...progress(result, lines.length, true), state: null };
  }
  if (program !== 'ip') {
    const result = await run([...startOfProgram(place, program), '-batch', '-'], { ...options, stdin: batchInput(lines) });
    return { ...progress(result, lines.length, lines.length > 1), state: null };
  }
  const result = await runIpBatch(pathOf(group), lines, query?.lines ?? [], options);
  const state = query && result.exitCode === 0 ? query.parse(documentsOf(result.stdout)) : null;
  // Only what is asked after them prints something: then they all ran.
  if (result.stdout.length > 0) return { result, ran: lines.length, isUncertain: false, state };
  return { ...progress(result, lines.length, lines.length > 1 || query !== null), state };
}

function progress(result: RunResult, size: number, isMany: boolean): Omit<GroupResult, 'state'> {
  if (result.exitCode === 0) return { result, ran: size, isUncertain: false };
  const failed = failedLine(result.stderr.toString('latin1'));
  return {
    result,
    ran: Math.min(size, failed ?? 0),
    isUncertain: failed === null && result.endedBy !== 'not_started' && (isMany || wasCutOff(result)),
  };
}

/** True when the name by which a command works is no longer that of the namespace that was judged. */
function isRenamed({ named }: Command): boolean {
  return named !== undefined && statSync(`${NAMES_DIRECTORY}/${named.name}`, { throwIfNoEntry: false })?.ino !== named.inode;
}

/** Commands of `ip` alone, in a namespace that is no longer only planned: many such can be started by a few workers. */
function isOneOfMany(group: Group): boolean {
  const { place, program, commands } = group;
  return (
    program === 'ip' &&
    !place.isHost &&
    commands.every(({ command }) => command.stdin === undefined && command.named === undefined && runArguments(command.args).every(fitsBatch))
  );
}

/** The last group of each namespace that can answer questions. */
function lastGroups(waves: readonly Wave[]): Set<Group> {
  const last = new Map<ResolvedNamespace['inode'], Group>();
  for (const wave of waves) for (const group of wave) last.set(group.place.inode, group);
  return new Set([...last.values()].filter(({ program }) => program === 'ip'));
}

/** Runs steps until all have run or one fails. A cancelled call ends between two processes, never in the midst of one. */
export async function executeSteps(steps: readonly Command[], { id, queryOf, onMade, onUnnamed, before, signal }: ExecuteOptions): Promise<Executed> {
  const options: RunOptions = { timeoutMs: STEP_TIMEOUT_MS, env: { ...CLEAN_ENVIRONMENT, [CHANGE_VARIABLE]: id } };
  const waves = schedule(steps);
  const last = lastGroups(waves);
  const ran = new Set<number>();
  const states = new Map<number, NamespaceState>();
  let failure: Failure | null = null;
  const fail = (because: Failure['because'], at = 0, uncertain = 0, result: RunResult | null = null) => {
    failure ??= { because, at, uncertain, ran, result };
  };
  const queryFor = (group: Group) => (last.has(group) ? queryOf(group.place) : null);
  const settle = (group: Group, done: GroupResult) => {
    for (const { at } of group.commands.slice(0, done.ran)) ran.add(at);
    for (const { command } of group.commands.slice(0, done.ran)) {
      if (command.makes !== undefined) onMade(command.makes);
      if (command.named !== undefined) onUnnamed(command.named.name);
    }
    if (done.state) states.set(group.place.inode, done.state);
    const failed = group.commands[done.ran];
    if (failed) fail('refused', failed.at, done.isUncertain ? group.commands.length - done.ran : 1, done.result);
  };
  const runOne = async (group: Group) => {
    if (signal?.aborted) return fail('cancelled');
    const renamed = group.commands.find(({ command }) => isRenamed(command));
    if (renamed) return fail('renamed', renamed.at, 1);
    settle(group, await runGroup(group, queryFor(group), options));
  };
  for (const wave of waves) {
    await before(wave);
    const together = wave.filter(isOneOfMany);
    const isMany = together.length >= MANY_JOBS && !signal?.aborted;
    if (isMany) for (const { group, ...done } of await runGroups(together, queryFor, options)) settle(group, done);
    const rest = isMany ? wave.filter((group) => !isOneOfMany(group)) : wave;
    await sideBySide(rest, runOne, { most: availableParallelism(), isOver: () => failure !== null });
    if (failure) break;
  }
  return { failure, states };
}
