// From settings to the services that a command works with.
import { fail } from '../model/errors.js';
import type { Policy } from '../policy/policy.js';
import { readyPolicy } from '../policy/ready.js';
import { isInitialUserNamespace } from '../policy/source.js';
import { createServices, type Services } from '../server/services.js';
import type { Invocation } from './commands.js';
import type { Settings } from './options.js';
import { VERSION } from './version.js';

/** @throws NetnsError POLICY_INVALID. */
export async function servicesFor({ settings, tools }: Pick<Invocation, 'settings' | 'tools'>): Promise<Services> {
  const { policy, readOnly, toolsets, auditLog, logLevel } = settings;
  return createServices({ policy: await policyFor(policy), readOnly, toolsets, audit: auditLog, logLevel, tools, version: VERSION });
}

/**
 * Before anything is served or called: the policy "sandbox" permits every change.
 * @throws NetnsError POLICY_INVALID on the host itself.
 */
export function demandSandboxFor({ policy }: Settings): void {
  if (policy !== 'sandbox' || !isInitialUserNamespace()) return;
  fail(
    'POLICY_INVALID',
    'The policy "sandbox" permits every change, and this is no sandbox.',
    'Start with --sandbox, or give --policy lab, operate, or a file of your own.',
  );
}

/** The reader of policy files is loaded only for what the build has not read. */
async function policyFor(nameOrFile: string): Promise<Policy> {
  return readyPolicy(nameOrFile) ?? (await import('../policy/load.js')).loadPolicy(nameOrFile);
}
