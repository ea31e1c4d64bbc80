// remove_firewall_rule
import { z } from 'zod';
import { ALREADY_SO, defineOperation, namespaceAt, step } from '../../operation.js';
import { ownTable, ownTouch, RuleId, removeWords, tablesIn, without } from '../../parts/firewall/firewall.js';
import { foreseeTable, ShownRules, shownRules } from '../../parts/firewall/firewall-rule.js';
import { InNamespace } from '../../parts/inputs.js';
import type { World } from '../../plan/world.js';

const Input = z.strictObject({ namespace: InNamespace, rule: RuleId.describe('Id, as in its comment') });

const ruleIds = (world: World, namespace: string) =>
  [...new Set(ownTable(world.state(namespace).firewall ?? []).chains.flatMap(({ rules }) => rules.flatMap(({ id }) => id ?? [])))].sort();

/** Takes a rule of ours away. Equivalent to: nft delete rule inet netns_mcp CHAIN handle HANDLE (nft(8)). */
export const removeFirewallRule = defineOperation({
  name: 'remove_firewall_rule',
  title: 'Remove a firewall rule',
  description:
    'Takes away what masquerade, forward_port, allow, drop, reject or kill_switch put there, by its id. Connections that are translated already stay so until they end.',
  action: 'firewall.set',
  destroys: false,
  input: Input,
  namespaces: ({ namespace }) => [namespace],
  needs: ['firewall'],
  subjects: ({ namespace }, world) => [namespaceAt(world, namespace)],
  plan({ namespace, rule }, world) {
    const own = ownTable(tablesIn(world, namespace));
    if (!own.chains.some(({ rules }) => rules.some(({ id }) => id === rule))) return ALREADY_SO;
    const { args, ...input } = removeWords(own, rule);
    const loses = rule.startsWith('kill-switch-') ? ['the kill switch: packets may leave beside the tunnel again'] : [];
    return { steps: [step(world.at(namespace), args, { program: 'nft', ...input })], loses, undoable: true, touches: [ownTouch(namespace)] };
  },
  foresee: ({ namespace, rule }, foreseen) => foreseeTable(foreseen, namespace, without(ownTable(tablesIn(foreseen, namespace)), rule)),
  result: { ...ShownRules, left: z.array(z.string()).describe('Ids of the other rules') },
  show: ({ namespace, rule }, world) => ({ ...shownRules(world, namespace, rule), left: ruleIds(world, namespace).filter((id) => id !== rule) }),
  tell: ({ rule, left }, { namespace }) =>
    `${namespace}: ${rule ? `${rule.id} is still there` : 'the rule is not there'}; others: ${left.join(', ') || 'none'}`,
});
