// Captures and restores inside a sandbox, and looks at it independently.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Captured } from '../../src/change/restore/captured.js';
import { parseToolJson } from '../../src/model/text.js';
import { bundleDriver } from '../support/bundle.js';
import { type Sandbox, until } from '../support/sandbox.js';

const _here = dirname(fileURLToPath(import.meta.url));
const Difference = z.object({ id: z.string(), kind: z.string(), key: z.string(), what: z.string(), namespace: z.string() });
const Restored = z.object({
  commands: z.array(z.array(z.string())),
  left: z.array(z.string()),
  madeAnew: z.object({
    namespaces: z.array(z.object({ name: z.string(), inode: z.number() })),
    links: z.array(z.object({ namespace: z.string(), name: z.string() })),
  }),
  ms: z.number(),
});
const Undoable = z.object({ restore: z.array(Difference), already: z.array(Difference), moved: z.array(Difference.extend({ why: z.string() })) });

async function ask<T>(sandbox: Sandbox, schema: z.ZodType<T>, request: Record<string, unknown>): Promise<T> {
  const text = await sandbox.ok([process.execPath, '--enable-source-maps', await bundleDriver(join(import.meta.dirname, 'restore-driver.ts'))], {
    stdin: JSON.stringify(request),
  });
  return schema.parse(JSON.parse(text));
}

export const captureIn = (sandbox: Sandbox, references: string[], touches: Record<string, unknown>[]) =>
  ask(sandbox, Captured, { method: 'capture', references, touches });
export const recaptureIn = (sandbox: Sandbox, references: string[], before: Captured) => ask(sandbox, Captured, { method: 'recapture', references, before });
export const undoableIn = (sandbox: Sandbox, before: Captured, after: Captured, now: Captured) =>
  ask(sandbox, Undoable, { method: 'undoable', before, after, now });
export const restoreIn = (sandbox: Sandbox, shall: Captured, more: { made?: Captured; only?: string[] } = {}) =>
  ask(sandbox, Restored, { method: 'restore', shall, ...more });

/** What chance and the moment decide, what the ports of a bridge leave behind, and ids: they say nothing about the network. */
const PASSING = [
  ...[
    'ifindex',
    'link_index',
    'link_netnsid',
    'qdisc',
    'promiscuity',
    'allmulti',
    'operstate',
    'linkmode',
    'valid_life_time',
    'preferred_life_time',
    'expires',
  ],
  ...[
    'gso_max_size',
    'gso_max_segs',
    'tso_max_size',
    'tso_max_segs',
    'gro_max_size',
    'gso_ipv4_max_size',
    'gro_ipv4_max_size',
    'num_tx_queues',
    'num_rx_queues',
  ],
  ...['hello_timer', 'tcn_timer', 'topology_change_timer', 'gc_timer', 'root_port', 'root_path_cost', 'designated_cost', 'min_mtu', 'max_mtu'],
  ...[
    'hold_timer',
    'message_age_timer',
    'forward_delay_timer',
    'state',
    'topology_change',
    'topology_change_detected',
    'id',
    'no',
    'topology_change_ack',
    'designated_port',
    'config_pending',
  ],
];
const LOOKS = ['-d address show', '-4 -d route show table all', '-6 -d route show table all', '-4 rule show', '-6 rule show'];

/** Everything of all namespaces, as plain `ip` shows it, once the kernel has settled. */
export async function lookAt(sandbox: Sandbox): Promise<string> {
  let last = '';
  return await until(
    'the world is settled',
    async () => {
      const text = await look(sandbox);
      const isSettled = text === last && !/"tentative"|"NO-CARRIER","BROADCAST[^\]]*"LOWER_UP"/.test(text);
      last = text;
      return isSettled && text;
    },
    10_000,
  );
}

async function look(sandbox: Sandbox): Promise<string> {
  const names = (await sandbox.ok(['ls', '/run/netns'])).split('\n').filter(Boolean);
  const entries = ['', ...names.map((name) => `-n ${name} `)];
  const text = await sandbox.sh(entries.flatMap((entry) => LOOKS.map((words) => `ip ${entry}-j ${words} || echo '[]'`)).join('\n'));
  const documents = text
    .split('\n')
    .filter(Boolean)
    .map((line) => parseToolJson(Buffer.from(line)));
  const lines = documents.flatMap((document, i) => {
    const head = `${entries[Math.floor(i / LOOKS.length)] || 'host '}${LOOKS[i % LOOKS.length]}:`;
    const rows = z
      .array(z.unknown())
      .parse(document)
      .map((row) => `${head} ${JSON.stringify(row, (key, value: unknown) => (PASSING.includes(key) ? undefined : value))}`);
    // The order of links follows their indices, that of IPv6 routes and of those to the host itself the moments at which their links came up.
    const isUnordered = (row: string) => /address|-6/.test(head) || /"table":"local"/.test(row);
    return [...rows.filter((row) => !isUnordered(row)), ...rows.filter(isUnordered).sort()].filter((row) => !/"multicast","dst":"ff00::/.test(row));
  });
  return lines.join('\n');
}
