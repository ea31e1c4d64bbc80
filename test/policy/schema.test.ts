// The published JSON Schema: in step with zod, valid, and true of the ready policies.
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { policySchemaText } from '../../src/policy/format.js';
import { READY_POLICIES } from '../../src/policy/ready.js';
import { policyText } from './subjects.js';

function published(file: string): string {
  return readFileSync(new URL(`../../policies/${file}`, import.meta.url), 'utf8');
}

const validate = new Ajv({ strict: true, allErrors: true }).compile(JSON.parse(policySchemaText()));

test('policies/policy.schema.json is what zod says (npm run docs writes it)', () => {
  expect(published('policy.schema.json')).toBe(policySchemaText());
});

test.each(Object.keys(READY_POLICIES))('%s fits it, and points editors at it', (name) => {
  const text = published(`${name}.yaml`);
  expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
  expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/policy\.schema\.json\n/);
});

test.each([
  ['an unknown key', policyText('effect: allow, actions: [link.set], acton: x')],
  ['an unknown effect', policyText('effect: maybe, actions: [link.set]')],
  ['another version', policyText('effect: allow, actions: [link.set]').replace('version: 1', 'version: 2')],
  ['no rules', 'version: 1\nname: x\ndescription: x\n'],
])('%s does not', (_, text) => {
  expect(validate(parse(text))).toBe(false);
});

test('every key is explained', () => {
  const schema: unknown = JSON.parse(policySchemaText());
  const rule = Object(schema).properties.rules.items.properties;
  for (const [key, value] of Object.entries(rule)) expect(Object(value).description, key).toBeTypeOf('string');
});
