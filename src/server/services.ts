// What outlives a request: built once when the program starts, shared by all connections.
import type { ChangeEngine } from '../change/engine.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Policy } from '../policy/policy.js';
import type { Audit } from './audit.js';

export interface Services {
  kernel: Kernel;
  changes: ChangeEngine;
  policy: Policy;
  audit: Audit;
}
