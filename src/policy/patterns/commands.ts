// Patterns of commands: a program of a closed list, and globs of its words in the spelling that runs.
import type { CommandSubject } from '../../model/policy.js';
import { nearest } from '../../model/text.js';
import { ALLOWED_PROGRAMS, SERVICE_PROGRAMS } from '../grammar/names.js';
import { judgeList, type PatternList } from './list.js';
import { type Verdict, verdict } from './verdict.js';
import { fitsWords } from './wildcard.js';

export interface CommandPattern {
  program: string;
  /** Null: any. */
  words: readonly string[] | null;
}

const PROGRAMS = [...ALLOWED_PROGRAMS, ...SERVICE_PROGRAMS];

/** Reads a pattern; a text says why it is none. */
export function readCommandPattern(text: string): CommandPattern | string {
  const [program = '', ...words] = text.split(' ');
  if (!PROGRAMS.includes(program)) {
    const near = nearest(program, PROGRAMS);
    return `"${program}" is no program of the closed list; ${near.length > 0 ? `did you mean ${near.join(' or ')}?` : `there are ${PROGRAMS.join(', ')}`}`;
  }
  if (words.includes('')) return `"${text}" has blanks to spare: one between words`;
  return { program, words: words.length > 0 ? words : null };
}

/** Whether the spelling that runs fits the list. */
export function judgeCommand(list: PatternList<CommandPattern>, { program, argv }: CommandSubject): Verdict {
  return judgeList(list, (pattern) => verdict(pattern.program === program && (pattern.words === null || fitsWords(pattern.words, argv.slice(1)))));
}
