// A policy made of compiled rules.
import type { Redaction } from '../model/policy.js';
import { allowedInstead } from './explain/instead.js';
import { permitting } from './explain/overlap.js';
import { type Hides, reasonWords, scopeWords, tupleWords } from './explain/words.js';
import { judgeRequest } from './judge.js';
import type { Policy } from './policy.js';
import type { Rule } from './rule.js';

/** What was read of a policy file. */
export interface PolicyParts {
  name: string;
  file: string;
  description: string;
  redacts: ReadonlySet<Redaction>;
  rules: readonly Rule[];
}

/** The policy that judges by these rules. */
export function policyOf({ name, file, description, redacts, rules }: PolicyParts): Policy {
  const hides: Hides = (namespace) => judgeRequest(rules, { action: 'namespace.list', subjects: [namespace] }).effect !== 'allow';
  return {
    name,
    file,
    description,
    redacts,
    decide(request) {
      const judgement = judgeRequest(rules, request);
      const { effect, rule, tuple } = judgement;
      return {
        effect,
        rule: rule?.id ?? null,
        file,
        line: rule?.line ?? null,
        // Words are made when somebody reads them: a long plan is judged in hundreds of parts.
        get reason() {
          const what = tupleWords(tuple, hides);
          return rule ? reasonWords(rule, what) : `No rule of policy ${name} covers ${what}.`;
        },
        get allowed_instead() {
          return effect === 'deny' ? allowedInstead(rules, judgement, hides) : [];
        },
      };
    },
    couldAllow: (action) => permitting(rules, action).length > 0,
    summary: () =>
      rules.map((rule) => ({
        rule: rule.id,
        effect: rule.effect,
        line: rule.line,
        says: `${scopeWords(rule, [...rule.actions], rule.actionTexts, hides) ?? `${rule.actionTexts.join(', ')} in some namespaces`}. ${rule.reason}`,
      })),
  };
}
