// Patterns of paths.

import { judgeList, type PatternList } from './list.js';
import { type Verdict, verdict } from './verdict.js';
import { fitsWildcard } from './wildcard.js';

export interface PathPattern {
  glob: string;
}

/** Reads a pattern; a text says why it is none. */
export function readPathPattern(text: string): PathPattern | string {
  return text.startsWith('/') && !/\/(\.{0,2})(\/|$)/.test(text)
    ? { glob: text }
    : `"${text}" fits no path: write an absolute one without . and ..; * stands for slashes, too`;
}

/** A path that climbs is not known by its text. */
export function judgePath(list: PatternList<PathPattern>, path: string): Verdict {
  if (/(^|\/)\.{1,2}(\/|$)/.test(path)) return 'maybe';
  return judgeList(list, ({ glob }) => verdict(fitsWildcard(glob, path)));
}
