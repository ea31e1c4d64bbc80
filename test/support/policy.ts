// Policies of a test's own, as files inside its sandbox.
import type { Sandbox } from './sandbox.js';

/** Writes a policy file. @returns Its path inside. */
export async function policyFile(sandbox: Sandbox, rules: string, top = ''): Promise<string> {
  const text = `version: 1\nname: test\ndescription: For a test.\n${top}\nrules:\n${rules}`;
  await sandbox.ok(['tee', '/run/policy.yaml'], { stdin: text });
  return '/run/policy.yaml';
}

export const ALLOW_ALL = '  - {id: all, effect: allow, actions: ["*"], reason: All.}\n';
