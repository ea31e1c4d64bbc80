// Lists of patterns: what fits one of them, and none of those that begin with `!`.
import { every, not, some, type Verdict } from './verdict.js';

/** A list as it is written, and read. A list of exceptions alone means all but these. */
export interface PatternList<Pattern> {
  texts: readonly string[];
  positive: readonly Pattern[];
  negative: readonly Pattern[];
}

/** Reads one pattern; answers a text when it is none, saying why. */
export type ReadPattern<Pattern extends object> = (text: string) => Pattern | string;

/** Why a text is no pattern, with or without `!`; null when it is one. */
export function problemOf<Pattern extends object>(read: ReadPattern<Pattern>, text: string): string | null {
  const found = read(text.replace(/^!/, ''));
  return typeof found === 'string' ? found : null;
}

/** The list of texts that were checked by `problemOf`. */
export function patternList<Pattern extends object>(read: ReadPattern<Pattern>, texts: readonly string[]): PatternList<Pattern> {
  const patternsOf = (chosen: readonly string[]) =>
    chosen.map((text) => {
      const found = read(text);
      if (typeof found === 'string') throw new Error(`unchecked pattern ${text}: ${found}`);
      return found;
    });
  return {
    texts,
    positive: patternsOf(texts.filter((text) => !text.startsWith('!'))),
    negative: patternsOf(texts.filter((text) => text.startsWith('!')).map((text) => text.slice(1))),
  };
}

/** Judges by each pattern: one of the positive must fit, and none of the negative. */
export function judgeList<Pattern>({ positive, negative }: PatternList<Pattern>, judge: (pattern: Pattern) => Verdict): Verdict {
  return every([positive.length === 0 ? 'yes' : some(positive.map(judge)), ...negative.map((pattern) => not(judge(pattern)))]);
}
