// Patterns of actions, and which kinds of subject an action has.
import { ACTIONS, type Action } from '../../model/actions.js';
import { nearest } from '../../model/text.js';
import { fitsWildcard } from './wildcard.js';

export const ALL_ACTIONS = Object.keys(ACTIONS).filter((name): name is Action => name in ACTIONS);

/** The actions that a pattern names. */
export function actionsOf(pattern: string): Action[] {
  return ALL_ACTIONS.filter((action) => fitsWildcard(pattern, action));
}

/** Why a text names no action; null when it does. */
export function actionProblem(text: string): string | null {
  if (actionsOf(text).length > 0) return null;
  const near = nearest(text, ALL_ACTIONS);
  return `"${text}" names no action${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : `; there are ${ALL_ACTIONS.join(', ')}`}`;
}

export type SubjectKind = 'namespace' | 'link' | 'command' | 'address' | 'path';

interface Kinds {
  /** When a request comes without, the subject is there but not known. */
  always: readonly SubjectKind[];
  /** When a request comes without, there is none. */
  perhaps: readonly SubjectKind[];
}

const NAMESPACE: Kinds = { always: ['namespace'], perhaps: ['path'] };
const LINK: Kinds = { always: ['namespace', 'link'], perhaps: ['address', 'path'] };
const ADDRESS: Kinds = { always: ['namespace', 'link', 'address'], perhaps: ['path'] };

/** Action → the kinds of subject that its requests have. */
export const SUBJECT_KINDS: Readonly<Record<Action, Kinds>> = {
  'namespace.list': NAMESPACE,
  'namespace.read': NAMESPACE,
  'namespace.create': NAMESPACE,
  'namespace.delete': { always: ['namespace'], perhaps: ['link', 'path'] },
  'link.create': LINK,
  'link.set': LINK,
  'link.move': LINK,
  'link.delete': LINK,
  'address.add': ADDRESS,
  'address.delete': ADDRESS,
  'route.add': ADDRESS,
  'route.delete': ADDRESS,
  'exec.run': { always: ['namespace', 'command'], perhaps: ['address', 'path'] },
  'probe.send': { always: ['namespace', 'address'], perhaps: ['path'] },
  'policy.read': { always: [], perhaps: [] },
  'audit.read': { always: [], perhaps: [] },
};
