// Serving one client over standard input and output, in both protocol eras, until it goes away.
import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Front } from '../front.js';
import { LineLimit } from './line-limit.js';
import { createMcpServer } from './mcp.js';

/** Clients that close a server end it by force 4 s after they closed its input: calls under way get this long to finish or undo. */
const WIND_DOWN_MS = 3_500;

/** Bytes: no call comes near it. */
const LONGEST_LINE = 8 * 1024 * 1024;

/**
 * Serves until standard input ends or a signal says so. Calls under way are cancelled then: a change finishes its running step and takes
 * itself back.
 * @returns The exit code.
 */
export async function serveOverStdio(front: Front): Promise<number> {
  const lines = new LineLimit(LONGEST_LINE, (id) => {
    const error = { code: ProtocolErrorCode.InvalidRequest, message: 'request larger than 8 MiB' };
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, error })}\n`);
  });
  const transport = new StdioServerTransport(process.stdin.pipe(lines), process.stdout);
  const handle = serveStdio(() => createMcpServer(front), {
    transport,
    legacy: 'serve',
    onerror: (error) => front.log.warn(error.message),
  });
  front.log.info('serving over stdio', { policy: front.policy.name });
  await new Promise<void>((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve);
    process.stdout.once('error', () => resolve());
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  // Open, it would keep the process up.
  process.stdin.destroy();
  await handle.close();
  await windDown(front);
  return 0;
}

/** Waits for the calls under way, which closing has cancelled. */
async function windDown({ running, log }: Front): Promise<void> {
  if (running.size === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, WIND_DOWN_MS, 'late');
  });
  const ended = Promise.allSettled(running).then(() => 'ended' as const);
  if ((await Promise.race([ended, late])) === 'late')
    log.error('calls were still running when the server had to end: netns-mcp doctor tells what was left half done');
  clearTimeout(timer);
}
