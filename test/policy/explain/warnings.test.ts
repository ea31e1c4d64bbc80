// What `netns-mcp policy check` warns of although the file is valid.
import { expect, test } from 'vitest';
import { warningsOf } from '../../../src/policy/explain/warnings.js';
import { parsePolicy } from '../../../src/policy/parse.js';
import { policyText } from '../subjects.js';

const SEE = 'id: see, effect: allow, actions: [namespace.list]';

function warnings(text: string): string[] {
  const parsed = parsePolicy(text);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return warningsOf(parsed).map(({ line, message }) => `${line} ${message}`);
}

test.each<[string, string[], string[]]>([
  ['nothing', [SEE, 'effect: allow, actions: [link.set], links: [veth*]'], []],
  [
    'a matcher that has nothing to match',
    [SEE, 'effect: allow, actions: [namespace.read], links: [veth*]'],
    ['6 rule "r1" never fits: there is nothing that "links" could match'],
  ],
  [
    'a matcher that has nothing to match for some actions',
    [SEE, 'effect: deny, actions: [link.set, exec.run], protected: true'],
    ['6 rule "r1" never fits exec.run: there is nothing that "protected" could match'],
  ],
  [
    'an allow under a deny',
    [SEE, 'effect: deny, actions: [link.*]', 'effect: allow, actions: [link.set], namespaces: [owned]'],
    ['7 rule "r2" has no effect: "r1" (line 6, deny) holds wherever it does'],
  ],
  [
    'an allow under an ask that asks the same, in another order',
    [SEE, 'effect: allow, actions: [link.set], namespaces: [owned, host]', 'effect: ask, actions: [link.set], namespaces: [host, owned]'],
    ['6 rule "r1" has no effect: "r2" (line 7, ask) holds wherever it does'],
  ],
  ['what a glob takes along', [SEE, 'effect: deny, actions: ["*"], links: [eth*]'], []],
  ['a deny that is narrower', [SEE, 'effect: allow, actions: [link.set]', 'effect: deny, actions: [link.set], namespaces: [host]'], []],
  ['a policy under which nothing is seen', ['effect: allow, actions: [link.set]'], ['1 no rule allows namespace.list: every namespace is hidden']],
  [
    'commands where something is hidden: they are shown no names',
    [SEE, 'effect: deny, actions: [namespace.list], namespaces: [secret]', 'effect: allow, actions: [exec.run], commands: [ip]'],
    [],
  ],
])('%s', (_, rules, expected) => {
  expect(warnings(policyText(...rules))).toEqual(expected);
});

test('redaction beside commands', () => {
  const text = policyText(SEE, 'effect: allow, actions: [exec.run]').replace('rules:', 'redact: [macs]\nrules:');
  expect(warnings(text)).toEqual(['7 rule "r1" lets commands run: their output shows what "redact" leaves out of readings (macs)']);
  expect(warnings(policyText(SEE).replace('rules:', 'redact: [macs]\nrules:'))).toEqual([]);
});
