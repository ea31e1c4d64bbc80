// Policy routing rules (ip-rule(8)): what tells one from another, and the words that make and remove it.
import { isPlainLinkName } from '../../model/names.js';
import { Rule } from '../../model/objects.js';
import { defineObject, type Words } from './object.js';

/** The words of a rule after `ip rule add`; with them it is told from all that differ in what they say. */
function ruleWords({ priority, source, destination, table, action, goto, selectors, protocol }: Rule): string[] {
  const { not, ...others } = selectors;
  const isPlain = action === null || action === 'goto';
  return [
    ...(not === undefined ? [] : ['not']),
    'from',
    source,
    ...(destination === null ? [] : ['to', destination]),
    ...Object.entries(others).flatMap(([word, value]) => (value === '' ? [word] : [word, value])),
    ...(table === null ? [] : ['table', table]),
    ...(goto === null ? [] : ['goto', String(goto)]),
    ...(isPlain ? [] : [action]),
    'priority',
    String(priority),
    ...(protocol === null ? [] : ['protocol', protocol]),
  ];
}

/** `ip rule VERB …`. Only `-6` says that a rule is of IPv6: iproute2 does not look at its prefixes. */
export function ruleCommand(verb: 'add' | 'delete', rule: Rule): Words {
  return { args: [...(rule.family === 'inet6' ? ['-6'] : []), 'rule', verb, ...ruleWords(rule)] };
}

/** A rule in the manner of `ip rule`. */
export function ruleText(rule: Rule): string {
  const { not, ...others } = rule.selectors;
  const words = ruleWords({ ...rule, selectors: others, protocol: null });
  const target = rule.action === 'goto' ? `goto ${rule.goto}` : (rule.action ?? (rule.table === null ? null : `lookup ${rule.table}`));
  const selecting = words.slice(0, words.length - 2 - (rule.table === null && rule.goto === null ? Number(rule.action !== null) : 2));
  return [`${rule.priority}:`, ...(not === undefined ? [] : ['not']), ...selecting, ...(target === null ? [] : [target])].join(' ');
}

export function ruleKey(rule: Rule): string {
  return `${rule.family} ${ruleWords(rule).join(' ')}`;
}

/** True when the one says nothing that the other does not say: then the kernel takes it for the other, in deleting and in adding (rule_find, net/core/fib_rules.c). */
export function saysNoMore(asked: Rule, other: Rule): boolean {
  const says = ({ source, destination, selectors }: Rule): Record<string, string> => ({
    ...selectors,
    ...(source === 'all' ? {} : { from: source }),
    ...(destination === null ? {} : { to: destination }),
  });
  const has = says(other);
  const isSameEnd = asked.family === other.family && asked.priority === other.priority && asked.action === other.action && asked.table === other.table;
  return isSameEnd && Object.entries(says(asked)).every(([word, value]) => has[word] === value);
}

export const ruleKind = defineObject<Rule>({
  name: 'rule',
  section: 'rules',
  schema: Rule,
  of: ({ rules = [] }) => rules,
  key: ruleKey,
  // It stays, detached, when the link that it names goes.
  links: () => [],
  // The key says it all.
  facts: () => null,
  // The kernel tries those of one priority in the order in which they were added.
  sequence: ({ family, priority }) => `${family} ${priority}`,
  // Of two of a priority the kernel takes the one that says less for the one that is there (rule_exists, net/core/fib_rules.c).
  isInTheWay: true,
  lacks({ selectors, other_attributes = [] }) {
    const strange = [selectors['iif'], selectors['oif']].find((name) => name !== undefined && !isPlainLinkName(name));
    if (strange !== undefined) return `the link name ${strange} cannot be written`;
    return other_attributes.length === 0 ? null : `its ${other_attributes.join(', ')} cannot be written`;
  },
  tell: (rule) => `rule ${ruleText(rule)}`,
  add: (rule) => [ruleCommand('add', rule)],
  remove: (rule) => [ruleCommand('delete', rule)],
});
