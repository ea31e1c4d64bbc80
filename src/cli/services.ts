// From settings to the services that a command works with.
import type { Policy } from '../policy/policy.js';
import { readyPolicy } from '../policy/ready.js';
import { createServices, type Services } from '../server/services.js';
import type { Invocation } from './commands.js';
import { VERSION } from './version.js';

/** @throws NetnsError POLICY_INVALID. */
export async function servicesFor({ settings, tools }: Pick<Invocation, 'settings' | 'tools'>): Promise<Services> {
  const { policy, readOnly, toolsets, auditLog, logLevel } = settings;
  return createServices({ policy: await policyFor(policy), readOnly, toolsets, audit: auditLog, logLevel, tools, version: VERSION });
}

/** The reader of policy files is loaded only for what the build has not read. */
async function policyFor(nameOrFile: string): Promise<Policy> {
  return readyPolicy(nameOrFile) ?? (await import('../policy/load.js')).loadPolicy(nameOrFile);
}
