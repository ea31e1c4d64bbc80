// Asking a program that reads: a process for each question, unless many namespaces were asked together before.
import { entering } from '../../exec/ip.js';
import { askMany, type Question } from '../../exec/many-questions.js';
import { type RunOptions, type RunResult, run } from '../../exec/run.js';
import { runInside } from './results.js';

/** Runs a program that reads in one namespace. */
export type Ask = (question: Question) => Promise<RunResult>;

/** @param path Handle of the namespace; null is the one the server runs in. */
export function asking(path: string | null, options: RunOptions): Ask {
  return ({ command, stdin }) => {
    const [program, ...words] = command;
    const input = stdin === undefined ? options : { ...options, stdin };
    return program === 'ip' ? run([...entering(path), ...words], input) : runInside(path, command, input);
  };
}

function keyOf({ command, stdin = '' }: Question): string {
  return [...command, stdin].join('\0');
}

/**
 * Asks namespaces the same questions. @param paths Of open handles; null, only by itself, is the namespace that the server runs in.
 * @returns By path, who answers from what was told then, and asks where nothing was.
 * @throws NetnsError TIMED_OUT, CANCELLED.
 */
export async function askedTogether<Path extends string | null>(
  paths: readonly Path[],
  questions: readonly Question[],
  options: RunOptions,
): Promise<Map<Path, Ask>> {
  const told = await askMany(paths, questions, options);
  return new Map(
    paths.map((path) => {
      const answers = new Map(questions.map((question, i) => [keyOf(question), told.get(path)?.[i]]));
      const otherwise = asking(path, options);
      return [path, async (question: Question) => answers.get(keyOf(question)) ?? (await otherwise(question))] as const;
    }),
  );
}
