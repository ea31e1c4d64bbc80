// Rules against each other: which can never permit anything because another one always forbids it.
import type { Action } from '../../model/actions.js';
import type { NamespaceSubject } from '../../model/policy.js';
import type { PatternList } from '../patterns/list.js';
import { judgeNamespace } from '../patterns/namespaces.js';
import type { Rule } from '../rule.js';

/** True when `wide` asks nothing, or just what `narrow` asks. */
function asksNoMore<Pattern>(wide: PatternList<Pattern> | null, narrow: PatternList<Pattern> | null): boolean {
  return wide === null || (narrow !== null && wide.texts.toSorted().join('\n') === narrow.texts.toSorted().join('\n'));
}

/** True when wherever `narrow` fits an action, `wide` does: told by their matchers' texts, so that it may miss some. */
export function fitsWherever(wide: Rule, narrow: Rule, action: Action): boolean {
  return (
    wide.actions.has(action) &&
    (!wide.protected || narrow.protected) &&
    asksNoMore(wide.namespaces, narrow.namespaces) &&
    asksNoMore(wide.links, narrow.links) &&
    asksNoMore(wide.addresses, narrow.addresses) &&
    asksNoMore(wide.commands, narrow.commands) &&
    asksNoMore(wide.paths, narrow.paths)
  );
}

/** Rules that may permit an action: those that no denying rule is as wide as. */
export function permitting(rules: readonly Rule[], action: Action): Rule[] {
  const denying = rules.filter(({ effect, actions }) => effect === 'deny' && actions.has(action));
  return rules.filter((rule) => rule.effect !== 'deny' && rule.actions.has(action) && !denying.some((deny) => fitsWherever(deny, rule, action)));
}

const NAMELESS: NamespaceSubject = { kind: 'namespace', reference: '', inode: 1, names: [], is_host: false, owned: false, lab: null, container: null };
const SORTS: readonly NamespaceSubject[] = [{ ...NAMELESS, is_host: true }, { ...NAMELESS, owned: true }, NAMELESS];

/** False when two rules certainly speak of different namespaces: the host's, ours, others'. */
export function mayMeet(a: Rule, b: Rule): boolean {
  const lists = [a, b].flatMap(({ namespaces }) => namespaces ?? []);
  if (lists.some(({ positive, negative }) => [...positive, ...negative].some((pattern) => 'glob' in pattern))) return true;
  return SORTS.some((sort) => lists.every((list) => judgeNamespace(list, sort) !== 'no'));
}
