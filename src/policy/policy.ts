// The policy, loaded: one object that judges requests and can explain itself.
import type { Action } from '../model/actions.js';
import type { Decision, PolicyRequest, Redaction } from '../model/policy.js';

/** A loaded policy. Pure: it reads nothing and changes nothing. */
export interface Policy {
  /** `observe`, `lab`, `operate`, `sandbox`, or the name in the file. */
  readonly name: string;
  readonly file: string;
  readonly description: string;
  /** Kinds of facts that readings leave out. */
  readonly redacts: ReadonlySet<Redaction>;
  /** Judges one action on all its subjects: the strictest of the effects on each. */
  decide(request: PolicyRequest): Decision;
  /** True when some request with this action could be allowed, or asked for. */
  couldAllow(action: Action): boolean;
  /** What a caller may do here, a line per rule, for explain_policy and the resource netns://policy. */
  summary(): { rule: string; effect: Decision['effect']; line: number; says: string }[];
}
