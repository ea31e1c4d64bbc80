// netns-mcp serve
import { serveOverStdio } from '../../server/mcp/stdio.js';
import type { Invocation } from '../commands.js';
import { demandSandboxFor, frontFor } from '../services.js';

/** Serves until the client goes away. @throws NetnsError POLICY_INVALID. */
export async function serve(invocation: Invocation): Promise<number> {
  demandSandboxFor(invocation.settings);
  return await serveOverStdio(await frontFor(invocation));
}
