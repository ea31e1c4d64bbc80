// docs/policy.md says what is so: its example is loaded, and its tables speak of every action, key and ready policy.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACTIONS } from '../../src/model/actions.js';
import { warningsOf } from '../../src/policy/explain/warnings.js';
import { RuleFile } from '../../src/policy/format.js';
import { policyOf } from '../../src/policy/loaded.js';
import { parsePolicy } from '../../src/policy/parse.js';
import { READY_POLICIES } from '../../src/policy/ready.js';
import { command, HOST, link, namespace, OTHER, OWN, path } from './subjects.js';

const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');

test('the example does what the text says', () => {
  const parsed = parsePolicy(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? '');
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { name, description } = parsed.file;
  const policy = policyOf({ name, description, file: 'x', redacts: new Set(), rules: parsed.rules });
  const warnings = warningsOf(parsed).map(({ message }) => message);
  expect(warnings).toContain('rule "probes" never fits probe.send: there is nothing that "commands" could match');

  const customer = { ...namespace('customer-1'), reference: 'pid:7' };
  expect(policy.decide({ action: 'namespace.list', subjects: [customer] }).effect).toBe('deny');
  expect(policy.decide({ action: 'namespace.read', subjects: [customer] }).reason).not.toContain('customer-1');
  expect(policy.decide({ action: 'exec.run', subjects: [OTHER, command('ip -j r')] }).effect).toBe('allow');
  expect(policy.decide({ action: 'exec.run', subjects: [OTHER, command('ip link')] }).effect).toBe('deny');
  expect(policy.decide({ action: 'exec.run', subjects: [OTHER, command('ping 10.1.2.3')] }).effect).toBe('allow');
  expect(policy.decide({ action: 'link.set', subjects: [link('br-lab', HOST)] }).effect).toBe('ask');
  expect(policy.decide({ action: 'link.set', subjects: [link('br-core', HOST)] }).effect).toBe('deny');
});

test('the rule that lets files be installed takes the place of the one that denies it', () => {
  const [, rule = ''] = page.match(/```yaml\n(.*?)```/gs)?.map((block) => block.replace(/```(yaml)?\n?/g, '')) ?? [];
  const lab = readFileSync(new URL('../../policies/lab.yaml', import.meta.url), 'utf8');
  const parsed = parsePolicy(lab.replace(/ {2}- id: no-install\n.*$/s, rule));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  expect(warningsOf(parsed)).toEqual([]);
  const policy = policyOf({ name: 'x', description: 'x', file: 'x', redacts: new Set(), rules: parsed.rules });
  const effect = (...texts: string[]) => policy.decide({ action: 'config.install', subjects: [OWN, ...texts.map(path)] }).effect;
  expect(effect('/etc/network/if-up.d/netns-web', '/etc/network/if-down.d/netns-web')).toBe('ask');
  expect(effect('/etc/network/if-up.d/netns-web', '/etc/network/if-up.d/ssh')).toBe('deny');
  expect(effect('/etc/network/if-up.d/netns-/../../../passwd')).toBe('deny');
});

test.each([...Object.keys(ACTIONS), ...Object.keys(READY_POLICIES), ...Object.keys(RuleFile.shape)])('it speaks of %s', (word) => {
  expect(page).toContain(`\`${word}\``);
});
