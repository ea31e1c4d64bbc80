// What the build writes in of the ready policies: their texts, read and checked.
import { readFileSync } from 'node:fs';
import { parsePolicy } from '../src/policy/parse.js';
import type { ReadPolicy } from '../src/policy/ready.js';
import { READY_POLICIES } from '../src/policy/ready.js';

/** @param folder That of the policies. @throws Error for a policy that has problems. */
export function readReadyPolicies(folder: string): Record<string, ReadPolicy> {
  return Object.fromEntries(
    Object.keys(READY_POLICIES).map((name) => {
      const text = readFileSync(`${folder}/${name}.yaml`, 'utf8');
      const parsed = parsePolicy(text);
      if ('problems' in parsed) throw new Error(`policies/${name}.yaml: ${parsed.problems.map(({ line, message }) => `line ${line}: ${message}`).join('; ')}`);
      return [name, { text, file: parsed.file, lines: parsed.rules.map(({ line }) => line) }];
    }),
  );
}
