// From settings to what a command works with.
import { resolve } from 'node:path';
import { fail } from '../model/errors.js';
import { policyNamed } from '../policy/named.js';
import type { Policy } from '../policy/policy.js';
import { readOnly } from '../policy/read-only.js';
import { isInitialUserNamespace, readyFile } from '../policy/source.js';
import type { Front } from '../server/front.js';
import { Log } from '../server/log.js';
import { builtOffers, offerOf } from '../server/mcp/offer.js';
import type { Services } from '../server/services.js';
import type { Invocation } from './commands.js';
import type { Settings } from './options.js';
import { VERSION } from './version.js';

/** The policy that the settings put in force. @throws NetnsError POLICY_INVALID. */
async function policyInForce({ policy, readOnly: looksOnly }: Settings): Promise<Policy> {
  const named = await policyNamed(policy);
  return looksOnly ? readOnly(named) : named;
}

/** What a server offers; the services and the tools are loaded with the first call. @throws NetnsError POLICY_INVALID. */
export async function frontFor({ settings, loadTools }: Pick<Invocation, 'settings' | 'loadTools'>): Promise<Front> {
  const { toolsets, auditLog: audit, logLevel } = settings;
  const shared = { policy: await policyInForce(settings), toolsets, log: new Log(logLevel), running: new Set<Promise<unknown>>() };
  let services: Promise<Services> | undefined;
  return {
    ...shared,
    version: VERSION,
    offers: async () => builtOffers() ?? (await loadTools()).map(offerOf),
    services() {
      services ??= Promise.all([import('../server/services.js'), loadTools()]).then(([{ createServices }, tools]) =>
        createServices({ ...shared, audit, tools }),
      );
      return services;
    },
  };
}

/** The services of a command that calls tools itself. @throws NetnsError POLICY_INVALID. */
export async function servicesFor(invocation: Pick<Invocation, 'settings' | 'loadTools'>): Promise<Services> {
  return await (await frontFor(invocation)).services();
}

/**
 * Before anything is served or called: the policy "sandbox" permits every change.
 * @throws NetnsError POLICY_INVALID on the host itself.
 */
export function demandSandboxFor({ policy }: Settings): void {
  const isSandboxPolicy = policy === 'sandbox' || resolve(policy) === readyFile('sandbox');
  if (!isSandboxPolicy || !isInitialUserNamespace()) return;
  fail(
    'POLICY_INVALID',
    'The policy "sandbox" permits every change, and this is no sandbox.',
    'Start with --sandbox, or give --policy lab, operate, or a file of your own.',
  );
}
