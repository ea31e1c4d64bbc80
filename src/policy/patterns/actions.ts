// Patterns of actions, and which kinds of subject an action has.
import { type Action, ALL_ACTIONS } from '../../model/actions.js';
import { nearest } from '../../model/text.js';
import { fitsWildcard } from './wildcard.js';

/** A glob for each group: `link.*`. */
export const ACTION_GROUPS: readonly string[] = [...new Set(ALL_ACTIONS.map((action) => action.replace(/[^.]+$/, '*')))];

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
/** A rule that names no link or no prefix holds for all of them: so they are there, and not known. */
const ADDRESS: Kinds = { always: ['namespace', 'link', 'address'], perhaps: ['path'] };
const COMMAND: Kinds = { always: ['namespace', 'command'], perhaps: ['address', 'path'] };
/** Whatever a change of the journal touched. */
const CHANGE: Kinds = { always: ['namespace'], perhaps: ['link', 'address', 'command', 'path'] };
const NOTHING: Kinds = { always: [], perhaps: [] };

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
  'rule.add': ADDRESS,
  'rule.delete': ADDRESS,
  'nexthop.add': LINK,
  'nexthop.delete': LINK,
  'neighbour.add': ADDRESS,
  'neighbour.delete': ADDRESS,
  'bridge.set': LINK,
  'sysctl.set': { always: ['namespace'], perhaps: ['link', 'path'] },
  'resolver.set': { always: ['namespace', 'path'], perhaps: ['address'] },
  'firewall.set': ADDRESS,
  'firewall.ruleset': ADDRESS,
  'shaping.set': LINK,
  'tunnel.key': LINK,
  'service.start': COMMAND,
  'service.stop': COMMAND,
  // There may be no service and no change at all to be listed.
  'service.list': { always: [], perhaps: ['namespace', 'command', 'path'] },
  'change.list': { always: [], perhaps: [...CHANGE.always, ...CHANGE.perhaps] },
  'change.undo': CHANGE,
  'change.confirm': CHANGE,
  'config.export': NAMESPACE,
  'config.install': { always: ['path'], perhaps: ['namespace'] },
  'exec.run': COMMAND,
  'probe.send': { always: ['namespace', 'address'], perhaps: ['path'] },
  'policy.read': NOTHING,
  'audit.read': NOTHING,
};
