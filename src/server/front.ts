// What a server needs before anything is called: clients start one only to see what it offers, so that all else is loaded with the first call.
import type { Policy } from '../policy/policy.js';
import type { Log } from './log.js';
import type { Offer } from './mcp/offer.js';
import type { Services } from './services.js';
import type { Toolset } from './tool.js';

export interface Front {
  /** In force. */
  policy: Policy;
  /** null: all that the policy could ever allow something of. */
  toolsets: readonly Toolset[] | null;
  log: Log;
  version: string;
  offers(): Promise<readonly Offer[]>;
  /** Loaded once, and then the same. */
  services(): Promise<Services>;
  /** Calls under way: an end of the server waits for them. */
  running: Set<Promise<unknown>>;
}
