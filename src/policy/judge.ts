// How rules judge a request: the strictest judgement over all tuples of its subjects.
import { type CommandSubject, type Effect, isStricter, type LinkSubject, type NamespaceSubject, type PolicyRequest } from '../model/policy.js';
import { fitOf, type Rule, type Tuple } from './rule.js';

/** The judgement of one tuple, and the rule that made it; null when no rule covers the tuple. */
export interface Judgement {
  effect: Effect;
  rule: Rule | null;
  tuple: Tuple;
}

/** The kinds of a list of subjects, or one null when there is none of them. */
function orNull<T>(subjects: T[]): (T | null)[] {
  return subjects.length > 0 ? subjects : [null];
}

/**
 * Every combination of a place, a command, an address and a path. A command goes with its own targets and with no other command's.
 * Where no rule asks for addresses, the first stands for all of them, and so for paths: a long plan has thousands.
 * @param asking The rules for the action.
 */
function tuplesOf(asking: readonly Rule[], { action, subjects }: PolicyRequest): Tuple[] {
  const asked = (list: 'addresses' | 'paths', texts: string[]) => orNull(asking.some((rule) => rule[list] !== null) ? [...new Set(texts)] : texts.slice(0, 1));
  const places = subjects.filter((subject): subject is NamespaceSubject | LinkSubject => subject.kind === 'namespace' || subject.kind === 'link');
  const commands = subjects.filter((subject): subject is CommandSubject => subject.kind === 'command');
  const addresses = subjects.flatMap((subject) => (subject.kind === 'address' ? [subject.address] : []));
  const paths = asked(
    'paths',
    subjects.flatMap((subject) => (subject.kind === 'path' ? [subject.path] : [])),
  );
  const ends = orNull(commands).map((command) => ({ command, addresses: asked('addresses', [...addresses, ...(command?.targets ?? [])]) }));
  return orNull(places).flatMap((place) =>
    ends.flatMap(({ command, addresses: own }) => own.flatMap((address) => paths.map((path) => ({ action, place, command, address, path })))),
  );
}

/**
 * Judges one tuple. `ask` both forbids and permits: it turns into a question what may fit, and lets that be asked which fits for certain.
 */
function judgeTuple(rules: readonly Rule[], tuple: Tuple, unread: boolean): Judgement {
  const fits = rules.map((rule) => ({ rule, ...fitOf(rule, tuple, unread) }));
  const forbidding = (effect: Effect) => fits.find(({ rule, forbids }) => forbids && rule.effect === effect)?.rule;
  const denying = forbidding('deny');
  if (denying) return { effect: 'deny', rule: denying, tuple };
  const permitting = fits.filter(({ rule, permits }) => permits && rule.effect !== 'deny').map(({ rule }) => rule);
  const [first] = permitting;
  if (!first) return { effect: 'deny', rule: null, tuple };
  const asking = permitting.find(({ effect }) => effect === 'ask') ?? forbidding('ask');
  return asking ? { effect: 'ask', rule: asking, tuple } : { effect: 'allow', rule: first, tuple };
}

/** The strictest judgement over the tuples, the first of equals. */
export function judgeRequest(rules: readonly Rule[], request: PolicyRequest): Judgement {
  const asking = rules.filter(({ actions }) => actions.has(request.action));
  const judgements = tuplesOf(asking, request).map((tuple) => judgeTuple(asking, tuple, request.unread === true));
  return judgements.reduce((strictest, judgement) => (isStricter(judgement.effect, strictest.effect) ? judgement : strictest));
}
