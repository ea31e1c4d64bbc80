// netns-mcp serve
import { serveOverStdio } from '../server/stdio.js';
import type { Invocation } from './commands.js';
import { servicesFor } from './services.js';

export async function serve(invocation: Invocation): Promise<number> {
  return await serveOverStdio(await servicesFor(invocation));
}
