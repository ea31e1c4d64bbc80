// The ready policies as the build read them: to load and run a reader of YAML costs a start more than anything else.
import type { PolicyFile } from './format.js';
import { policyOf } from './loaded.js';
import type { Policy } from './policy.js';
import { compileRule } from './rule.js';
import { readSource, readyFile } from './source.js';

/** The policies that come with the program, each with what it is for. */
export const READY_POLICIES = {
  observe: 'Look and probe, change nothing: for somebody on call.',
  lab: 'Look at everything, change only namespaces that this server made: the default.',
  operate: 'Changes on the host and in namespaces of others are put to a human.',
  sandbox: 'Every change: for the sandbox only.',
} as const satisfies Record<string, string>;
export type ReadyPolicy = keyof typeof READY_POLICIES;

/** What the build found in a ready policy's file. */
export interface ReadPolicy {
  text: string;
  file: PolicyFile;
  /** Of each rule. */
  lines: readonly number[];
}

/** Written in by the build: a ReadPolicy by each name, in JSON. */
declare const NETNS_MCP_READY_POLICIES: string | undefined;
const READ: Readonly<Record<string, ReadPolicy>> = typeof NETNS_MCP_READY_POLICIES === 'string' ? JSON.parse(NETNS_MCP_READY_POLICIES) : {};

/** A ready policy whose file is still as the build read it; null for everything else, which `loadPolicy` reads. */
export function readyPolicy(name: string): Policy | null {
  const read = Object.hasOwn(READ, name) ? READ[name] : undefined;
  if (!read) return null;
  const path = readyFile(name);
  const source = readSource(path, true);
  if (!('text' in source) || source.text !== read.text) return null;
  const { description, redact = [], rules } = read.file;
  return policyOf({
    name: read.file.name,
    file: path,
    description,
    redacts: new Set(redact),
    rules: rules.map((rule, index) => compileRule(rule, read.lines[index] ?? 1)),
  });
}
