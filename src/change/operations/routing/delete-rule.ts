// delete_rule
import { z } from 'zod';
import { fail } from '../../../model/errors.js';
import { ruleCommand, ruleKey, ruleText } from '../../objects/rule.js';
import { ALREADY_SO, defineOperation, step } from '../../operation.js';
import { fittingRules, isOfOneFamily, RuleInput, ruleSubjects, rulesOf, ruleTexts } from '../../parts/routing/rule.js';

/** Deletes a policy routing rule. Equivalent to: ip rule delete … priority N (ip-rule(8)). */
export const deleteRule = defineOperation({
  name: 'delete_rule',
  title: 'Delete a policy routing rule',
  description: 'Deletes the one rule that has all that is given; the priority mostly suffices.',
  action: 'rule.delete',
  destroys: false,
  input: RuleInput.refine(isOfOneFamily, { message: 'prefixes and family do not go together', path: ['family'] }).refine(
    ({ namespace: _, family: __, ...selectors }) => Object.values(selectors).some((value) => value !== undefined),
    { message: 'say which: give a priority or a selector', path: ['priority'] },
  ),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'rules'],
  subjects: (input, world) => ruleSubjects(world, input.namespace, fittingRules(world, input)),
  plan(input, world) {
    const { namespace } = input;
    const fitting = fittingRules(world, input);
    const [rule] = fitting;
    if (!rule) return ALREADY_SO;
    if (fitting.length > 1) {
      const rules = ruleTexts(fitting);
      return fail('INVALID_INPUT', `${fitting.length} rules fit: ${rules.join('; ')}.`, 'Give priority and selectors to tell which.', { rules });
    }
    const undoable = (rule.other_attributes ?? []).length === 0;
    const alike = rulesOf(world, input).filter(({ priority }) => priority === rule.priority);
    return {
      steps: [step(world.at(namespace), ruleCommand('delete', rule).args)],
      loses: undoable ? [] : [`what the rule has besides: ${rule.other_attributes?.join(', ')}`],
      undoable,
      // The order of those of one priority matters.
      touches: alike.map((other) => ({ namespace, kind: 'rule', key: ruleKey(other) })),
    };
  },
  foresee(input, foreseen) {
    const [rule] = fittingRules(foreseen, input);
    if (rule) foreseen.drop(input.namespace, 'rules', (known) => ruleKey(known) === ruleKey(rule));
  },
  result: { rules_left: z.array(z.string()).describe('Of that family') },
  show: (input, world) => ({ rules_left: rulesOf(world, input).map(ruleText) }),
  tell: ({ rules_left }, { namespace }) => `${namespace} has ${rules_left.length} rules left: ${rules_left.join('; ')}`,
});
