// The second kernel itself: it has what it is there for, and what runs on it cannot reach the files of the host.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { run } from '../../src/exec/run.js';
import { type Kind, lacks } from './kernel.js';

const root = join(import.meta.dirname, '..', '..');

/** What Debian's kernel for user-mode-linux has; without that, the other tests of the lane would only skip. */
const EXPECTED: readonly Kind[] = [
  ...(['bond', 'bridge', 'bridge_vlan_filtering', 'dummy', 'geneve', 'gre', 'gretap', 'ifb', 'ip6gre', 'ip6tnl', 'ipip', 'ipvlan'] as const),
  ...(['macvlan', 'macvtap', 'sit', 'tun', 'veth', 'vlan', 'vrf', 'vti', 'vxlan'] as const),
  ...(['cake', 'fq_codel', 'htb', 'ingress', 'netem', 'tbf'] as const),
];

beforeEach(({ skip }) => {
  if (process.env['NETNS_MCP_LANE'] !== 'uml') skip('is about the second kernel (npm run test:uml)');
});

test('has the kinds that the lane is for', async () => {
  const missing = await Promise.all(EXPECTED.map(lacks));
  expect(missing.filter((reason) => reason !== null)).toEqual([]);
});

test('what is written goes nowhere, and the way around to the files of the host is read-only', async () => {
  const written = join(root, 'written-in-the-lane');
  writeFileSync(written, '');
  const below = mkdtempSync(join(tmpdir(), 'netns-mcp-below-'));
  try {
    const script = 'mount -t hostfs -o "$1" below "$2" && ls "$2" && exec touch "$2/written-around"';
    const { stdout, stderr } = await run(['unshare', '--mount', 'sh', '-c', script, 'sh', root, below]);
    expect(stdout.toString().split('\n')).toContain('package.json');
    expect(stdout.toString()).not.toContain('written-in-the-lane');
    expect(stderr.toString()).toContain('Read-only file system');
  } finally {
    rmSync(written);
    rmSync(below, { recursive: true });
  }
});
