// A call that goes on for long, and a look at what runs inside a sandbox meanwhile.
import type { Sandbox } from './sandbox.js';

/** Arguments of exec_in_namespace. */
export const PING = { namespace: 'host', command: ['ping', '-c', '50', '127.0.0.1'], timeout_ms: 60_000 };

/** Whether a process of that name runs inside. The dead whom nobody has buried do not count. */
export async function running(sandbox: Sandbox, name: string): Promise<boolean> {
  const processes = (await sandbox.ok(['ps', '-eo', 'stat=,comm='])).split('\n').map((line) => line.trim().split(/\s+/));
  return processes.some(([state, command]) => command === name && !state?.startsWith('Z'));
}
