// The gate: the one place through which every piece of work passes before it may run.
import type { Action } from '../model/actions.js';
import { fail } from '../model/errors.js';
import { Permit, type Work } from '../model/permit.js';
import type { Decision, Effect, PolicyRequest, Subject } from '../model/policy.js';
import type { Policy } from '../policy/policy.js';

const STRICTNESS: Record<Effect, number> = { allow: 0, ask: 1, deny: 2 };

/** The strictest decision over several actions on the same subjects; the first of equals. */
export function decideAll(policy: Policy, actions: readonly Action[], subjects: Subject[]): Decision {
  const decisions = actions.map((action) => policy.decide({ action, subjects }));
  const [first] = decisions.toSorted((a, b) => STRICTNESS[b.effect] - STRICTNESS[a.effect]);
  if (!first) throw new Error('nothing to decide');
  return first;
}

/** The error that a denied request gets. */
function refuse({ rule, file, line, reason, allowed_instead }: Decision): never {
  const hint = allowed_instead.length > 0 ? `Allowed instead: ${allowed_instead.join('; ')}.` : 'explain_policy without arguments shows what is allowed here.';
  return fail('POLICY_DENIED', reason, hint, { rule, file, line, allowed_instead });
}

/**
 * Refuses what the policy denies; what it would ask for passes.
 * @throws NetnsError POLICY_DENIED.
 */
export function refuseDenied(policy: Policy, ...requests: PolicyRequest[]): void {
  for (const request of requests) {
    const decision = policy.decide({ ...request, unread: true });
    if (decision.effect === 'deny') refuse(decision);
  }
}

/** What the gate says of finished work: it may run, or a human has to say so first. */
export type Passage = { decision: Decision; permit: Permit } | { decision: Decision; permit: null };

/**
 * Judges finished work. @param approved A human has approved exactly this.
 * @throws NetnsError POLICY_DENIED.
 */
export function pass(policy: Policy, actions: readonly Action[], subjects: Subject[], work: Work, approved: boolean): Passage {
  const decision = decideAll(policy, actions, subjects);
  if (decision.effect === 'deny') return refuse(decision);
  return decision.effect === 'ask' && !approved ? { decision, permit: null } : { decision, permit: Permit.issue(work) };
}
