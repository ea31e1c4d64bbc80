// Subjects and policies for the tests, written short.

import type { AddressSubject, CommandSubject, LinkSubject, NamespaceSubject, PathSubject } from '../../src/model/policy.js';
import { parseCommand } from '../../src/policy/grammar/grammar.js';
import { policyOf } from '../../src/policy/loaded.js';
import { parsePolicy } from '../../src/policy/parse.js';
import type { Policy } from '../../src/policy/policy.js';

export const HOST: NamespaceSubject = { kind: 'namespace', reference: 'host', inode: 1, names: [], is_host: true, owned: false, lab: null, container: null };

/** Somebody else's namespace. */
export function namespace(name: string, more: Partial<NamespaceSubject> = {}): NamespaceSubject {
  return { ...HOST, reference: name, inode: 2, names: [name], is_host: false, ...more };
}

export const OWN = namespace('own1', { inode: 3, owned: true });
export const OTHER = namespace('other1', { inode: 4 });
/** About to be made by this server. */
export const NEW = namespace('new1', { inode: null, owned: true });
/** The host's own namespace under a name in /run/netns. */
export const ALIAS = namespace('web-alias', { inode: 1, is_host: true });

export function link(name: string, at: NamespaceSubject, protectedBecause: string | null = null): LinkSubject {
  return { kind: 'link', namespace: at, name, index: 7, protected_because: protectedBecause };
}

/** A link that is yet to be made, or was not read yet. */
export function newLink(name: string, at: NamespaceSubject): LinkSubject {
  return { ...link(name, at), index: null };
}

export const UPLINK = link('eth0', HOST, 'eth0 carries the default route');

/** A command as exec_in_namespace puts it to the policy. */
export function command(line: string): CommandSubject {
  const { argv, program, targets } = parseCommand(line.split(' '));
  return { kind: 'command', argv, program, targets };
}

export function address(text: string): AddressSubject {
  return { kind: 'address', address: text };
}

export function path(text: string): PathSubject {
  return { kind: 'path', path: text };
}

/** A policy of rules, each a line of flow YAML; `reason` is added. */
export function policy(...rules: string[]): Policy {
  const parsed = parsePolicy(policyText(...rules));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return policyOf({ name: 'test', file: 'test.yaml', description: 'Test.', redacts: new Set(), rules: parsed.rules });
}

/** The first rule is in line 5. */
export function policyText(...rules: string[]): string {
  const lines = rules.map((rule, index) => `  - {${rule.includes('id:') ? '' : `id: r${index}, `}reason: Because of ${index}., ${rule}}`);
  return ['version: 1', 'name: test', 'description: Test.', 'rules:', ...lines, ''].join('\n');
}
