// Calls about changes that were made before: who may see and who may take back is judged by what the change touched.
import type { ChangeEntry } from '../change/past/record.js';
import type { Action } from '../model/actions.js';
import type { Judged } from '../model/policy.js';
import type { Policy } from '../policy/policy.js';
import { decideAll, refuseDeniedWhole } from './call/gate.js';
import type { Answer, CallContext, PreparedCall } from './tool.js';

/** The subjects of a change under another action. */
export function judgedAs(action: Action, { plan }: ChangeEntry): Judged[] {
  return plan.body.judged.map(({ subjects }) => ({ actions: [action], subjects }));
}

/** True when the policy does not deny that action on a change. */
export function mayJudge(policy: Policy, action: Action, entry: ChangeEntry): boolean {
  return decideAll(policy, judgedAs(action, entry)).effect !== 'deny';
}

/** Prepares a call about changes. @param act Runs once it is let through. */
export function prepareJournalCall<Output>(
  action: Action,
  entries: readonly ChangeEntry[],
  { services }: CallContext,
  act: () => Promise<Answer<Output>>,
): PreparedCall<Output> {
  const judged = entries.flatMap((entry) => judgedAs(action, entry));
  if (judged.length > 0) refuseDeniedWhole(services.policy, judged);
  return {
    subjects: judged.flatMap(({ subjects }) => subjects),
    judged: judged.length > 0 ? judged : [{ actions: [action], subjects: [] }],
    // What is approved is that these changes are taken back or confirmed.
    work: { action, commands: entries.map(({ id }) => ({ place: 'journal', argv: [action, id] })) },
    plan: null,
    dryRun: false,
    run: act,
    [Symbol.dispose]: () => {},
  };
}
