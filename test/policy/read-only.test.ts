// The option --read-only over any policy.
import { expect, test } from 'vitest';
import { ALL_ACTIONS } from '../../src/model/actions.js';
import { loadPolicy } from '../../src/policy/load.js';
import { readOnly } from '../../src/policy/read-only.js';
import { command, HOST, link, OWN, policy } from './subjects.js';

const STAYS = ['namespace.list', 'namespace.read', 'exec.run', 'probe.send', 'service.list', 'change.list', 'config.export', 'policy.read', 'audit.read'];

test('no changing action is left, whatever the policy allows', () => {
  const judge = readOnly(loadPolicy('sandbox'));
  for (const action of ALL_ACTIONS) {
    const { effect } = judge.decide({ action, subjects: [link('a', OWN)] });
    expect([action, effect, judge.couldAllow(action)]).toEqual([action, STAYS.includes(action) ? 'allow' : 'deny', STAYS.includes(action)]);
  }
});

test('the decision says that it is the option', () => {
  const decision = readOnly(loadPolicy('lab')).decide({ action: 'link.set', subjects: [link('a', OWN)] });
  expect(decision).toMatchObject({ effect: 'deny', rule: 'read-only', file: '--read-only', line: null });
  expect(decision.reason).toBe('The server was started with --read-only, so it changes nothing: link.set.');
  expect(decision.allowed_instead).toContain('namespace.read');
});

test('what the policy denies stays denied', () => {
  const judge = readOnly(policy('effect: allow, actions: [namespace.read], namespaces: [owned]'));
  expect(judge.decide({ action: 'namespace.read', subjects: [HOST] })).toMatchObject({ effect: 'deny', file: 'test.yaml' });
  expect(judge.decide({ action: 'exec.run', subjects: [OWN, command('ip link')] }).effect).toBe('deny');
  expect(judge.couldAllow('exec.run')).toBe(false);
});

test('name, file, redactions and rules stay to be seen', () => {
  const lab = loadPolicy('lab');
  const judge = readOnly(lab);
  expect(judge).toMatchObject({ name: lab.name, file: lab.file, redacts: lab.redacts });
  expect(judge.description).toContain('Read-only');
  expect(judge.summary().map(({ rule }) => rule)).toEqual(['read-only', ...lab.summary().map(({ rule }) => rule)]);
});
