// The option --read-only: whatever the policy says, nothing is changed.
import type { Action } from '../model/actions.js';
import type { Policy } from './policy.js';

/** The actions that stay. Commands may run because every program of the closed list only reads and probes. */
const STAYS: readonly Action[] = [
  'namespace.list',
  'namespace.read',
  'exec.run',
  'probe.send',
  'service.list',
  'change.list',
  'config.export',
  'policy.read',
  'audit.read',
];

const OPTION = '--read-only';
const REASON = `The server was started with ${OPTION}, so it changes nothing`;

/** The policy without any action that changes something. */
export function readOnly(policy: Policy): Policy {
  return {
    ...policy,
    description: `${policy.description} Read-only: it changes nothing.`,
    decide: (request) =>
      STAYS.includes(request.action)
        ? policy.decide(request)
        : {
            effect: 'deny',
            rule: 'read-only',
            file: OPTION,
            line: null,
            reason: `${REASON}: ${request.action}.`,
            allowed_instead: STAYS.filter((action) => policy.couldAllow(action)).slice(0, 4),
          },
    couldAllow: (action) => STAYS.includes(action) && policy.couldAllow(action),
    summary: () => [{ rule: 'read-only', effect: 'deny', line: 0, says: `Everything but ${STAYS.join(', ')}. ${REASON}.` }, ...policy.summary()],
  };
}
