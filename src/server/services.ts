// What outlives a request: built once, with the first call, and shared by all connections.
import v8 from 'node:v8';
import { ChangeEngine } from '../change/engine.js';
import { type ChangeJournal, journalOf } from '../change/past/record.js';
import type { Kernel } from '../kernel/kernel.js';
import { LiveKernel } from '../kernel/live.js';
import { Marks, stateDirectory } from '../kernel/marks.js';
import type { Policy } from '../policy/policy.js';
import { Supervisor } from '../service/supervisor.js';
import { Approvals } from './call/approval.js';
import { Audit, type AuditTarget } from './call/audit.js';
import type { Log } from './log.js';
import type { Tool, Toolset } from './tool.js';
import { viewOf } from './visibility.js';

/** What the services are made from. */
export interface ServiceOptions {
  /** In force. */
  policy: Policy;
  /** null: all that the policy could ever allow something of. */
  toolsets: readonly Toolset[] | null;
  audit: AuditTarget;
  log: Log;
  tools: readonly Tool[];
  /** Calls under way: an end of the server waits for them. */
  running: Set<Promise<unknown>>;
}

/** What a call works with. */
export interface Services extends Omit<ServiceOptions, 'audit'> {
  kernel: Kernel;
  changes: ChangeEngine;
  /** Of long-running commands. */
  supervisor: Supervisor;
  journal: ChangeJournal;
  audit: Audit;
  approvals: Approvals;
}

/** Puts the services together. Reads nothing and changes nothing. */
export function createServices({ audit, ...options }: ServiceOptions): Services {
  const { policy } = options;
  // From here on processes are started, and each start copies the page tables of this one: 10 MB of heap make it a millisecond slower.
  v8.setFlagsFromString('--optimize-for-size');
  const state = stateDirectory();
  const marks = new Marks(state);
  const kernel = new LiveKernel(marks, viewOf(policy));
  const journal = journalOf(state);
  const supervisor = new Supervisor(state);
  const inside = { in: (inode: number) => supervisor.inside(inode), end: (inode: number) => supervisor.stopServicesOf(inode) };
  return {
    ...options,
    kernel,
    changes: new ChangeEngine({ kernel, marks, journal, stateDirectory: state, redacts: policy.redacts, services: inside, guardCommand }),
    journal,
    supervisor,
    audit: new Audit(audit),
    approvals: new Approvals(),
  };
}

/** The program that runs this server, as the guard of a change. */
export function guardCommand(id: string): [string, ...string[]] {
  return [process.execPath, process.argv[1] ?? '', 'guard', id];
}
