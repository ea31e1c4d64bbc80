// A policy by its name or file, by the shortest way.
import type { Policy } from './policy.js';
import { readyPolicy } from './ready.js';

/** As `loadPolicy`; what reads policy files is loaded only for what the build has not read. @throws NetnsError POLICY_INVALID. */
export async function policyNamed(nameOrFile: string): Promise<Policy> {
  return readyPolicy(nameOrFile) ?? (await import('./load.js')).loadPolicy(nameOrFile);
}
