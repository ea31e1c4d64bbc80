// What outlives a request: built once when the program starts, shared by all connections.
import { ChangeEngine } from '../change/engine.js';
import type { Kernel } from '../kernel/kernel.js';
import { LiveKernel } from '../kernel/live.js';
import { Marks, stateDirectory } from '../kernel/marks.js';
import type { Policy } from '../policy/policy.js';
import { readOnly } from '../policy/read-only.js';
import { Approvals } from './approval.js';
import { Audit, type AuditTarget } from './audit.js';
import { Log, type LogLevel } from './log.js';
import type { Tool, Toolset } from './tool.js';
import { viewOf } from './visibility.js';

export interface ServiceOptions {
  policy: Policy;
  readOnly: boolean;
  /** null: all that the policy could ever allow something of. */
  toolsets: readonly Toolset[] | null;
  audit: AuditTarget;
  logLevel: LogLevel;
  tools: readonly Tool[];
  version: string;
}

export interface Services {
  kernel: Kernel;
  changes: ChangeEngine;
  policy: Policy;
  audit: Audit;
  approvals: Approvals;
  log: Log;
  tools: readonly Tool[];
  toolsets: readonly Toolset[] | null;
  version: string;
  /** Calls under way: an end of the server waits for them. */
  running: Set<Promise<unknown>>;
}

/** Puts the services together. Reads nothing and changes nothing. */
export function createServices(options: ServiceOptions): Services {
  const policy = options.readOnly ? readOnly(options.policy) : options.policy;
  const state = stateDirectory();
  const marks = new Marks(state);
  const kernel = new LiveKernel(marks, viewOf(policy));
  return {
    kernel,
    changes: new ChangeEngine({ kernel, marks, stateDirectory: state, redacts: policy.redacts }),
    policy,
    audit: new Audit(options.audit),
    approvals: new Approvals(),
    log: new Log(options.logLevel),
    tools: options.tools,
    toolsets: options.toolsets,
    version: options.version,
    running: new Set(),
  };
}
