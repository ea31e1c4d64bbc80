// Several questions in one go: a shell enters a namespace and runs all programs there, one after the other, which costs a third of starting each from here.
import { availableParallelism } from 'node:os';
import { commandLine } from '../model/text.js';
import { completed, type RunOptions, type RunResult, run } from './run.js';
import { shares, sideBySide } from './shares.js';

/** A program that reads, and what it reads from standard input. */
export interface Question {
  command: readonly [string, ...string[]];
  /** Lines, none of which is a full stop alone. */
  stdin?: string;
  /** What it prints is the answer however it ends: grep(1) ends with 1 where it finds nothing. */
  isAnyStatusFine?: boolean;
}

/** At most so many namespaces are asked by one worker at a time: what they answer has to fit below the cap on output. */
const LARGEST_SHARE = 64;

/** What a program read from standard input ends so. */
const END = '.';

/** After what each program printed its status, between bytes that none of them prints. */
const STATUS = String.raw`printf '\0%d\0' "$?"`;

/** Each question a line of a fixed text: nothing in it comes from a caller. */
function scriptOf(questions: readonly Question[]): string {
  return questions.map(({ command, stdin }) => `${commandLine(command)} 2>/dev/null ${stdin === undefined ? '</dev/null' : `<<'${END}'\n${stdin}${END}`}\n${STATUS}\n`).join(''); // biome-ignore format: one thought
}

/** The parts of a text that end with a zero byte. */
function partsOf(text: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0, end = text.indexOf(0); end !== -1; from = end + 1, end = text.indexOf(0, from)) parts.push(text.subarray(from, end));
  return parts;
}

type Answers = (RunResult | undefined)[];

/** What was answered in each of so many namespaces; null when the count is not right. */
function answersIn({ stdout, durationMs }: RunResult, namespaces: number, questions: readonly Question[]): Answers[] | null {
  const parts = partsOf(stdout);
  if (parts.length !== namespaces * questions.length * 2) return null;
  const next = parts.values();
  const part = () => next.next().value ?? Buffer.alloc(0);
  const answer = ({ command, isAnyStatusFine }: Question): RunResult | undefined => {
    const [printed, exitCode] = [part(), Number(part().toString('latin1'))];
    if (exitCode !== 0 && !isAnyStatusFine) return undefined;
    return { argv: command, exitCode, signal: null, stdout: printed, stderr: Buffer.alloc(0), endedBy: 'exit', startError: null, durationMs };
  };
  return Array.from({ length: namespaces }, () => questions.map(answer));
}

/**
 * Asks namespaces the same questions. @param paths Of open handles; null, only by itself, is the namespace that the server runs in.
 * @returns By path the answers in the order of the questions. What failed is missing: asked by itself it says why.
 * @throws NetnsError TIMED_OUT, CANCELLED.
 */
export async function askMany(paths: readonly (string | null)[], questions: readonly Question[], options: RunOptions): Promise<Map<string | null, Answers>> {
  const script = ['sh', '-c', scriptOf(questions)] as const;
  const told = new Map<string | null, Answers>();
  const workers = availableParallelism();
  const queue = shares(paths, Math.max(workers, Math.ceil(paths.length / LARGEST_SHARE)));
  const ask = async (share: readonly (string | null)[]) => {
    const [only = null, ...others] = share;
    const result =
      others.length === 0
        ? await run(only === null ? script : ['nsenter', `--net=${only}`, ...script], options)
        : await run(['xargs', '-0', '-I', '{}', 'nsenter', '--net={}', ...script], { ...options, stdin: share.map((path) => `${path}\0`).join('') });
    if (result.endedBy === 'timeout' || result.endedBy === 'abort') completed(result);
    const answers = answersIn(result, share.length, questions);
    for (const [at, path] of share.entries()) told.set(path, answers?.[at] ?? []);
  };
  await sideBySide(queue, ask, { most: workers });
  return told;
}
