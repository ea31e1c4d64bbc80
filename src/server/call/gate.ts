// The gate: the one place through which every piece of work passes before it may run.
import { z } from 'zod';
import type { Action } from '../../model/actions.js';
import { fail, type NetnsError } from '../../model/errors.js';
import { Permit, type Work } from '../../model/permit.js';
import { type Decision, type Effect, isStricter, type Judged, type Subject } from '../../model/policy.js';
import type { Policy } from '../../policy/policy.js';

/** The strictest decision over all parts of a piece of work; the first of equals. @param unread Nothing was read yet. */
export function decideAll(policy: Policy, judged: readonly Judged[], unread = false): Decision {
  const decisions = judged.flatMap(({ actions, subjects }) => actions.map((action) => policy.decide({ action, subjects, unread })));
  return decisions.reduce((strictest, decision) => (isStricter(decision.effect, strictest.effect) ? decision : strictest));
}

/** What `refuse` puts into the details of its error. */
const Denial = z.looseObject({ rule: z.string().nullable(), file: z.string(), line: z.number().nullable(), allowed_instead: z.array(z.string()) });

/** The decision behind an error; null when it was not the policy that refused. */
export function denialIn({ code, message, details }: NetnsError): Decision | null {
  const denial = code === 'POLICY_DENIED' ? Denial.safeParse(details).data : undefined;
  if (!denial) return null;
  const { rule, file, line, allowed_instead } = denial;
  return { effect: 'deny', rule, file, line, reason: message, allowed_instead };
}

/** The error that a denied request gets. */
function refuse({ rule, file, line, reason, allowed_instead }: Decision): never {
  const hint = allowed_instead.length > 0 ? `Allowed instead: ${allowed_instead.join('; ')}.` : 'explain_policy without arguments shows what is allowed here.';
  return fail('POLICY_DENIED', reason, hint, { rule, file, line, allowed_instead });
}

/**
 * Refuses what the policy denies whatever reading the kernel may still tell. What passes is judged again when it is finished work.
 * @throws NetnsError POLICY_DENIED.
 */
export function refuseDenied(policy: Policy, actions: readonly Action[], subjects: Subject[]): Exclude<Effect, 'deny'> {
  return refuseDeniedWhole(policy, [{ actions, subjects }]);
}

/** As `refuseDenied`, for a piece of work in several parts. */
export function refuseDeniedWhole(policy: Policy, judged: readonly Judged[]): Exclude<Effect, 'deny'> {
  const decision = decideAll(policy, judged, true);
  return decision.effect === 'deny' ? refuse(decision) : decision.effect;
}

/** What the gate says of finished work: it may run, or a human has to say so first. */
export type Passage = { decision: Decision; permit: Permit } | { decision: Decision; permit: null };

/**
 * Judges finished work. @param approved A human has approved exactly this.
 * @throws NetnsError POLICY_DENIED.
 */
export function pass(policy: Policy, judged: readonly Judged[], work: Work, approved: boolean): Passage {
  const decision = decideAll(policy, judged);
  if (decision.effect === 'deny') return refuse(decision);
  return decision.effect === 'ask' && !approved ? { decision, permit: null } : { decision, permit: Permit.issue(work) };
}
