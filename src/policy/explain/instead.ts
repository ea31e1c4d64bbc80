// What a caller whose request was denied may do instead.
import type { Action } from '../../model/actions.js';
import { type Judgement, judgeRequest } from '../judge.js';
import { judgeNamespace } from '../patterns/namespaces.js';
import type { Rule } from '../rule.js';
import { mayMeet, permitting } from './overlap.js';
import { type Hides, scopeWords, tupleWords } from './words.js';

const MOST = 5;
const LOOKS: readonly Action[] = ['namespace.read', 'exec.run', 'probe.send'];

/** At most five phrases, the most useful first: the same action where it is permitted, then looking at the same place. */
export function allowedInstead(rules: readonly Rule[], { tuple }: Judgement, hides: Hides): string[] {
  const { action, place, command } = tuple;
  const namespace = place?.kind === 'link' ? place.namespace : place;
  const isHere = ({ namespaces }: Rule) => namespace !== null && (namespaces === null || judgeNamespace(namespaces, namespace) === 'yes');
  const isSame = ({ commands }: Rule) => commands === null || commands.positive.some(({ program }) => program === command?.program);
  const rank = (rule: Rule) => (isSame(rule) ? 0 : 4) + (isHere(rule) ? 0 : 2) + (rule.effect === 'allow' ? 0 : 1);
  const denying = rules.filter((rule) => rule.effect === 'deny' && rule.actions.has(action));
  const same = permitting(rules, action)
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap((rule) => {
      const scope = scopeWords(rule, [action], [action], hides);
      if (scope === null) return [];
      const exceptions = denying.filter((deny) => mayMeet(rule, deny)).map(({ id }) => id);
      const notes = [
        `rule ${rule.id}`,
        ...(rule.effect === 'ask' ? ['a human is asked'] : []),
        ...(exceptions.length > 0 ? [`unless ${exceptions.join(', ')} denies`] : []),
      ];
      return [`${scope} (${notes.join('; ')})`];
    });
  const looks = namespace === null || hides(namespace) ? [] : LOOKS.filter((look) => look !== action && mayLook(rules, look, { ...tuple, place: namespace }));
  const [first] = looks;
  const here = first ? [tupleWords({ action: first, place: namespace, command: null, address: null, path: null }, hides).replace(first, looks.join(', '))] : [];
  return [...same.slice(0, MOST - here.length), ...here];
}

function mayLook(rules: readonly Rule[], action: Action, { place }: Judgement['tuple']): boolean {
  return place !== null && judgeRequest(rules, { action, subjects: [place], unread: true }).effect === 'allow';
}
