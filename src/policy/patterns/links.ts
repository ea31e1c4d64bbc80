// Patterns of links, by name.
import type { LinkSubject } from '../../model/policy.js';
import { judgeList, type PatternList } from './list.js';
import { type Verdict, verdict } from './verdict.js';
import { fitsWildcard } from './wildcard.js';

export interface LinkPattern {
  glob: string;
}

/** Reads a pattern; a text says why it is none. */
export function readLinkPattern(text: string): LinkPattern | string {
  return text === '' || /[/:]/.test(text) ? `"${text}" fits no link: a name or a glob of names is needed, without / and :` : { glob: text };
}

/** A link that could not be found is known by its index alone, and not by name. */
export function judgeLink(list: PatternList<LinkPattern>, { name, index }: LinkSubject): Verdict {
  return index === null && name.startsWith('index:') ? 'maybe' : judgeList(list, ({ glob }) => verdict(fitsWildcard(glob, name)));
}
