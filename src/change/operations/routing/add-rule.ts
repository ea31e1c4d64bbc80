// add_rule
import { z } from 'zod';
import { fail } from '../../../model/errors.js';
import { isPlainLinkName } from '../../../model/names.js';
import { ruleCommand, ruleKey, ruleText, saysNoMore } from '../../objects/rule.js';
import { ALREADY_SO, defineOperation, step } from '../../operation.js';
import { fitsTos, isOfOneFamily, newRule, RuleInput, ruleSubjects, rulesOf, sameRule } from '../../parts/routing/rule.js';

/** Adds a policy routing rule. Equivalent to: ip rule add from PREFIX lookup TABLE priority N (ip-rule(8)). */
export const addRule = defineOperation({
  name: 'add_rule',
  title: 'Add a policy routing rule',
  description: 'Adds a rule: which packets look up which routing table. Without priority it comes right after the first rule.',
  action: 'rule.add',
  destroys: false,
  input: RuleInput.refine(isOfOneFamily, { message: 'prefixes and family do not go together', path: ['family'] })
    .refine(({ table, type, goto, l3mdev }) => [table, type, goto, l3mdev || undefined].filter((end) => end !== undefined).length < 2, {
      message: 'one of table, type, goto, l3mdev',
      path: ['table'],
    })
    .refine((input) => input.tos === undefined || fitsTos(input), { message: 'IPv4 rules know the values 4 to 28 (0x1c), IPv6 rules 4 to 252', path: ['tos'] })
    .refine(({ goto, priority }) => goto === undefined || priority === undefined || goto > priority, {
      message: 'it can only go on further down',
      path: ['goto'],
    })
    // iproute2 does not show it of others: such a rule could not be told from one without it.
    .refine(({ suppress_prefixlength, type, goto, l3mdev }) => suppress_prefixlength === undefined || (type === undefined && goto === undefined && !l3mdev), {
      message: 'only of a rule that looks up a table',
      path: ['suppress_prefixlength'],
    })
    .refine(({ sport, dport, ipproto }) => (sport === undefined && dport === undefined) || ipproto !== undefined, {
      message: 'ports are of a protocol: give ipproto',
      path: ['ipproto'],
    }),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'rules'],
  subjects: (input, world) => ruleSubjects(world, input.namespace, [newRule(world, input)]),
  plan(input, world) {
    const { namespace } = input;
    for (const reference of [input.iif, input.oif]) {
      if (reference === undefined) continue;
      // A rule holds the name of its link, not its index.
      const { name } = world.link(namespace, reference);
      if (!isPlainLinkName(name)) return fail('INVALID_INPUT', `The link name ${name} cannot be written in a rule.`, 'Rename the link first.', { link: name });
    }
    if (sameRule(world, input)) return ALREADY_SO;
    const rule = newRule(world, input);
    const other = rulesOf(world, input).find((known) => saysNoMore(rule, known));
    if (other) {
      return fail('OBJECT_EXISTS', `The kernel would take it for the rule ${ruleText(other)}, which says more.`, 'Give another priority.', {
        there: ruleText(other),
      });
    }
    const { args } = ruleCommand('add', rule);
    return {
      steps: [step(world.at(namespace), args)],
      loses: [],
      undoable: true,
      touches: [{ namespace, kind: 'rule', key: ruleKey(rule) }],
    };
  },
  foresee(input, foreseen) {
    foreseen.put(input.namespace, 'rules', newRule(foreseen, input));
  },
  result: { rule: z.string().nullable() },
  show: (input, world) => {
    const rule = sameRule(world, input);
    return { rule: rule && ruleText(rule) };
  },
  tell: ({ rule }, { namespace }) => (rule ? `${namespace}: ${rule}` : `${namespace} has no such rule.`),
});
