// From settings to the services that a command works with.
import { createServices, type Services } from '../server/services.js';
import type { Invocation } from './commands.js';
import { VERSION } from './version.js';

/** @throws NetnsError POLICY_INVALID. */
export function servicesFor({ settings, tools }: Pick<Invocation, 'settings' | 'tools'>): Services {
  const { policy, readOnly, toolsets, auditLog, logLevel } = settings;
  return createServices({ policy, readOnly, toolsets, audit: auditLog, logLevel, tools, version: VERSION });
}
