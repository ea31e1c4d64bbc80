// Loading a policy by name or file, and checking a file.
import { basename, resolve } from 'node:path';
import { fail } from '../model/errors.js';
import { nearest, visible } from '../model/text.js';
import { warningsOf } from './explain/warnings.js';
import { policyOf } from './loaded.js';
import { type Parsed, parsePolicy } from './parse.js';
import type { Policy } from './policy.js';
import { READY_POLICIES, type ReadyPolicy } from './ready.js';
import { readSource, readyFile } from './source.js';
import type { Problem } from './yaml.js';

function isReady(name: string): name is ReadyPolicy {
  return Object.hasOwn(READY_POLICIES, name);
}

/** A ready policy's name, or anything that can only be a path. */
function fileOf(nameOrFile: string): { file: string; ready: boolean } {
  if (isReady(nameOrFile)) return { file: readyFile(nameOrFile), ready: true };
  if (/\/|\.ya?ml$/.test(nameOrFile)) return { file: resolve(nameOrFile), ready: false };
  const names = Object.keys(READY_POLICIES);
  const near = nearest(nameOrFile, names);
  return fail(
    'POLICY_INVALID',
    `There is no policy "${visible(nameOrFile)}".`,
    `${near.length > 0 ? `Did you mean ${near.join(' or ')}? ` : ''}Ready policies: ${names.join(', ')}; a file is given by a path, such as ./${basename(nameOrFile)}.yaml.`,
    { policy: visible(nameOrFile) },
  );
}

function parseFile(file: string, ready: boolean): Parsed {
  const source = readSource(file, ready);
  return 'problem' in source ? { problems: [{ line: 1, message: source.problem }] } : parsePolicy(source.text);
}

/**
 * Loads a ready policy by its name, or a file by its path (whatever has a slash, or ends in .yaml or .yml).
 * @throws NetnsError POLICY_INVALID with every problem and its line.
 */
export function loadPolicy(nameOrFile: string): Policy {
  const { file, ready } = fileOf(nameOrFile);
  const parsed = parseFile(file, ready);
  if ('problems' in parsed) {
    const { problems } = parsed;
    return fail(
      'POLICY_INVALID',
      `Policy ${visible(file)}: ${problems.map(({ line, message }) => `line ${line}: ${message}`).join('; ')}.`,
      'Mend it, then try: netns-mcp policy check FILE.',
      { file, problems },
    );
  }
  const { name, description, redact = [] } = parsed.file;
  return policyOf({ name, file, description, redacts: new Set(redact), rules: parsed.rules });
}

/** What `netns-mcp policy check` tells: problems keep a policy from being loaded, warnings do not. */
export interface PolicyCheck {
  file: string;
  problems: Problem[];
  warnings: Problem[];
}

/** Checks a policy. @throws NetnsError POLICY_INVALID when the argument is neither a ready policy nor a path. */
export function checkPolicy(nameOrFile: string): PolicyCheck {
  const { file, ready } = fileOf(nameOrFile);
  const parsed = parseFile(file, ready);
  return 'problems' in parsed ? { file, problems: parsed.problems, warnings: [] } : { file, problems: [], warnings: warningsOf(parsed) };
}
