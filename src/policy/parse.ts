// From YAML to a checked policy file, with the line of every rule and of every problem.
import { isCollection, isMap, isScalar, type Node } from 'yaml';
import type { z } from 'zod';
import { visible } from '../model/text.js';
import { PolicyFile } from './format.js';
import { compileRule, type Rule } from './rule.js';
import { type Problem, readYaml } from './yaml.js';

export type Parsed = { file: PolicyFile; rules: Rule[] } | { problems: Problem[] };

/** More would hardly be read. */
const MOST_PROBLEMS = 50;

/** Reads a policy's text. All problems are found at once, in the order of their lines. */
export function parsePolicy(text: string): Parsed {
  const read = readYaml(text);
  if ('problems' in read) return { problems: inOrder(read.problems) };
  const { document, lineAt } = read;
  const problems: Problem[] = [];
  const lineOf = (path: readonly PropertyKey[]) => lineAt(offsetOf(document.contents, path));
  // Compiling a checker for one use costs more than it saves.
  const parsed = PolicyFile.safeParse(document.toJS(), { jitless: true });
  if (!parsed.success) problems.push(...parsed.error.issues.flatMap((issue) => problemsOf(issue, lineOf)));
  problems.push(...repeatedIds(document.contents, lineAt));
  if (!parsed.success || problems.length > 0) return { problems: inOrder(problems) };
  return { file: parsed.data, rules: parsed.data.rules.map((rule, index) => compileRule(rule, lineOf(['rules', index]))) };
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const sorted = problems.toSorted((a, b) => a.line - b.line);
  const left = sorted.length - MOST_PROBLEMS;
  return left > 0 ? [...sorted.slice(0, MOST_PROBLEMS), { line: sorted[MOST_PROBLEMS]?.line ?? 1, message: `and ${left} more` }] : sorted;
}

/** Where the node at a path begins, or the nearest one above it that there is. */
function offsetOf(root: Node | null, path: readonly PropertyKey[]): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    if (!isCollection(node)) break;
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === step) : null;
    node = pair ? pair.value : node.get(step, true);
    const at = isScalar(pair?.key) ? pair.key : node;
    const range = isScalar(at) || isCollection(at) ? at.range : null;
    if (!range) break;
    offset = range[0];
  }
  return offset;
}

function problemsOf(issue: z.core.$ZodIssue, lineOf: (path: readonly PropertyKey[]) => number): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ line: lineOf([...issue.path, key]), message: `${where(issue.path)}unknown key "${visible(key.slice(0, 80))}"` }));
  }
  return [{ line: lineOf(issue.path), message: `${where(issue.path)}${visible(issue.message.slice(0, 600))}` }];
}

/** `rules[0].actions[1]: `. */
function where(path: readonly PropertyKey[]): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return text === '' ? '' : `${visible(text.replace(/^\./, ''))}: `;
}

/** Rules that are called as an earlier one. */
function repeatedIds(root: Node | null, lineAt: (offset: number) => number): Problem[] {
  const rules = isMap(root) ? root.get('rules', true) : null;
  const first = new Map<unknown, number>();
  const problems: Problem[] = [];
  for (const rule of isCollection(rules) ? rules.items : []) {
    const id = isMap(rule) ? rule.get('id', true) : null;
    if (!isScalar(id) || !id.range) continue;
    const line = lineAt(id.range[0]);
    const before = first.get(id.value);
    if (before === undefined) first.set(id.value, line);
    else problems.push({ line, message: `rule "${visible(String(id.value).slice(0, 80))}" is there already, in line ${before}` });
  }
  return problems;
}
