// What is wrong with a policy although it is valid.
import { isStricter } from '../../model/policy.js';
import type { PolicyFile } from '../format.js';
import { SUBJECT_KINDS, type SubjectKind } from '../patterns/actions.js';
import type { Rule } from '../rule.js';
import type { Problem } from '../yaml.js';
import { fitsWherever, permitting } from './overlap.js';

/** Warnings in the order of their lines. */
export function warningsOf({ file, rules }: { file: PolicyFile; rules: readonly Rule[] }): Problem[] {
  return [...rules.flatMap((rule) => [...neverFits(rule), ...shadowed(rule, rules)]), ...policyWide(file, rules)].toSorted((a, b) => a.line - b.line);
}

/** The kinds of subject that a rule asks for, each by the matcher that does. */
function demands(rule: Rule): { kind: SubjectKind; matcher: string }[] {
  return [
    ...(rule.namespaces ? [{ kind: 'namespace', matcher: 'namespaces' } as const] : []),
    ...(rule.links ? [{ kind: 'link', matcher: 'links' } as const] : []),
    ...(rule.protected ? [{ kind: 'link', matcher: 'protected' } as const] : []),
    ...(rule.addresses ? [{ kind: 'address', matcher: 'addresses' } as const] : []),
    ...(rule.commands ? [{ kind: 'command', matcher: 'commands' } as const] : []),
    ...(rule.paths ? [{ kind: 'path', matcher: 'paths' } as const] : []),
  ];
}

/** Actions with which a rule can never fit, since they have no subject of a kind that it asks for. What a glob takes along is no mistake. */
function neverFits(rule: Rule): Problem[] {
  return demands(rule).flatMap(({ kind, matcher }) => {
    const without = [...rule.actions].filter((action) => ![...SUBJECT_KINDS[action].always, ...SUBJECT_KINDS[action].perhaps].includes(kind));
    const all = without.length === rule.actions.size;
    const named = without.filter((action) => rule.actionTexts.includes(action));
    if (!all && named.length === 0) return [];
    const what = all ? 'never fits' : `never fits ${named.join(', ')}`;
    return [{ line: rule.line, message: `rule "${rule.id}" ${what}: there is nothing that "${matcher}" could match` }];
  });
}

/** A rule all of whose actions a stricter rule takes. */
function shadowed(rule: Rule, rules: readonly Rule[]): Problem[] {
  const stricter = rules.filter(({ effect }) => isStricter(effect, rule.effect));
  const by = stricter.find((other) => [...rule.actions].every((action) => fitsWherever(other, rule, action)));
  return by ? [{ line: rule.line, message: `rule "${rule.id}" has no effect: "${by.id}" (line ${by.line}, ${by.effect}) holds wherever it does` }] : [];
}

function policyWide({ redact = [] }: PolicyFile, rules: readonly Rule[]): Problem[] {
  const running = permitting(rules, 'exec.run')[0];
  const shows = (what: string) => (running ? [{ line: running.line, message: `rule "${running.id}" lets commands run: their output ${what}` }] : []);
  return [
    ...(redact.length > 0 ? shows(`shows what "redact" leaves out of readings (${redact.join(', ')})`) : []),
    ...(permitting(rules, 'namespace.list').length === 0 ? [{ line: 1, message: 'no rule allows namespace.list: every namespace is hidden' }] : []),
  ];
}
