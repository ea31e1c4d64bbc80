// Kinds that a kernel may lack do what they are known for, and the program runs beside them.
import { join } from 'node:path';
import { expect, test } from '../support/fixture.js';
import type { Sandbox } from '../support/sandbox.js';
import { needs } from './kernel.js';

const root = join(import.meta.dirname, '..', '..');

/** Two namespaces with a veth pair between them, up. */
const PAIR = [
  'ip netns add red; ip netns add blue',
  'ip link add veth-r netns red type veth peer name veth-b netns blue',
  'ip -n red link set veth-r up; ip -n blue link set veth-b up',
].join('\n');

test('a VLAN carries frames between two namespaces', async ({ sandbox, skip }) => {
  await needs(skip, 'vlan');
  await sandbox.sh(`${PAIR}
    ip -n red link add r.5 link veth-r type vlan id 5; ip -n blue link add b.5 link veth-b type vlan id 5
    ip -n red address add 10.5.0.1/24 dev r.5; ip -n blue address add 10.5.0.2/24 dev b.5
    ip -n red link set r.5 up; ip -n blue link set b.5 up
    ip netns exec red ping -c1 -W5 10.5.0.2`);
});

test('a VRF has a table of its own', async ({ sandbox, skip }) => {
  await needs(skip, 'vrf', 'dummy');
  await sandbox.sh(`ip link add vrf0 type vrf table 10; ip link add d0 type dummy
    ip link set d0 master vrf0; ip link set vrf0 up; ip link set d0 up; ip address add 10.0.0.1/24 dev d0`);
  expect(await sandbox.ok(['ip', 'route', 'show', 'table', '10'])).toContain('10.0.0.0/24 dev d0');
  expect(await sandbox.routes()).toEqual([]);
});

test('a bond takes a port', async ({ sandbox, skip }) => {
  await needs(skip, 'bond', 'dummy');
  await sandbox.sh('ip link add bond0 type bond mode active-backup; ip link add d0 type dummy; ip link set d0 master bond0; ip link set bond0 up');
  expect((await sandbox.link('host', 'd0'))?.master).toBe('bond0');
});

test('netem delays', async ({ sandbox, skip }) => {
  await needs(skip, 'netem');
  await sandbox.sh(`${PAIR}
    ip -n red address add 10.5.0.1/24 dev veth-r; ip -n blue address add 10.5.0.2/24 dev veth-b
    tc -n red qdisc add dev veth-r root netem delay 200ms`);
  const told = await sandbox.sh('ip netns exec red ping -c2 -W5 10.5.0.2');
  expect(Number(/min\/avg\/max\/mdev = ([\d.]+)/.exec(told)?.[1])).toBeGreaterThanOrEqual(200);
});

test('a bridge keeps VLANs apart', async ({ sandbox, skip }) => {
  await needs(skip, 'bridge_vlan_filtering', 'dummy');
  await sandbox.sh(`ip link add br0 type bridge vlan_filtering 1; ip link add d0 type dummy; ip link set d0 master br0
    bridge vlan add vid 5 dev d0`);
  expect(await sandbox.ok(['bridge', 'vlan', 'show', 'dev', 'd0'])).toMatch(/^d0\s.*\n\s+5\s*$/m);
});

/** One tool call, as root of the sandbox. */
async function call(sandbox: Sandbox, tool: string, args: Record<string, unknown>): Promise<string> {
  const options = ['--policy', join(root, 'policies', 'sandbox.yaml'), '--audit-log', 'none'];
  return await sandbox.ok([process.execPath, join(root, 'dist', 'netns-mcp.js'), 'call', tool, JSON.stringify(args), ...options]);
}

test('the program makes a namespace and a pair, and shows them', async ({ sandbox }) => {
  await call(sandbox, 'create_namespace', { name: 'red' });
  await call(sandbox, 'create_veth_pair', { a: { name: 'va', up: true }, b: { name: 'vb', namespace: 'red', up: true } });
  expect(await call(sandbox, 'inspect_namespace', { namespace: 'red' })).toMatch(/vb@if\d+ veth UP/);
  expect(await sandbox.link('red', 'vb')).toMatchObject({ operstate: 'UP' });
});
