// Patterns of namespaces: every one, the host's, those made by this server, others', by name, lab or container.
import type { NamespaceSubject } from '../../model/policy.js';
import { judgeList, type PatternList } from './list.js';
import { every, some, type Verdict, verdict } from './verdict.js';
import { fitsWildcard } from './wildcard.js';

export type NamespacePattern = { by: 'all' | 'host' | 'owned' | 'other' } | { by: 'name' | 'lab' | 'container'; glob: string };

/** For messages and the schema. */
export const NAMESPACE_GRAMMAR =
  '* (every one, the host too) | host | owned | other | NAME or a glob of names | name:GLOB | lab:GLOB | container:GLOB, each with ! before it for all but';

/** Reads a pattern; a text says why it is none. */
export function readNamespacePattern(text: string): NamespacePattern | string {
  if (text === '*') return { by: 'all' };
  if (text === 'host' || text === 'owned' || text === 'other') return { by: text };
  const [, by, rest = ''] = /^([a-z]+):(.*)$/s.exec(text) ?? [];
  const glob = by === undefined ? text : rest;
  if (by !== undefined && by !== 'name' && by !== 'lab' && by !== 'container') return `"${text}" is no namespace pattern; write ${NAMESPACE_GRAMMAR}`;
  if (glob === '' || glob.includes('/') || glob.startsWith('!')) return `"${text}" fits no name; write ${NAMESPACE_GRAMMAR}`;
  return { by: by ?? 'name', glob };
}

/** True for a namespace that is there and could not be opened: it may be hidden, the host's own, and called anything. */
function isUnknown({ inode, owned }: NamespaceSubject): boolean {
  return inode === null && !owned;
}

/** Judges a namespace as if `name` were its only one. The host's own namespace is the host, whatever it is called. */
function judgeByName(pattern: NamespacePattern, namespace: NamespaceSubject, name: string | null): Verdict {
  const { is_host, owned, lab, container } = namespace;
  if ('glob' in pattern && !is_host && isUnknown(namespace)) return 'maybe';
  switch (pattern.by) {
    case 'all':
      return 'yes';
    case 'host':
      return verdict(is_host);
    case 'owned':
      return verdict(owned && !is_host);
    case 'other':
      return verdict(!owned && !is_host);
    case 'name':
      return verdict(!is_host && name !== null && fitsWildcard(pattern.glob, name));
    case 'lab':
      return verdict(!is_host && lab !== null && fitsWildcard(pattern.glob, lab));
    case 'container':
      return verdict(!is_host && container !== null && fitsWildcard(pattern.glob, container));
  }
}

/** `maybe` when the list fits some of what the namespace is called, or may be, and not the rest. */
export function judgeNamespace(list: PatternList<NamespacePattern>, namespace: NamespaceSubject): Verdict {
  const names = namespace.names.length > 0 ? namespace.names : [null];
  const possible = isUnknown(namespace) ? [namespace, { ...namespace, is_host: true }] : [namespace];
  const verdicts = possible.flatMap((one) => names.map((name) => judgeList(list, (pattern) => judgeByName(pattern, one, name))));
  return every(verdicts) === some(verdicts) ? every(verdicts) : 'maybe';
}
