// What operations on rules, next hops, neighbours, forwarding entries, ports and sysctls foresee, against what the kernel shows once their commands ran.
import { describe } from 'vitest';
import type { z } from 'zod';
import { fdbKind } from '../../src/change/objects/fdb.js';
import { neighbourKind } from '../../src/change/objects/neighbour.js';
import { nexthopKind } from '../../src/change/objects/nexthop.js';
import type { ObjectKind } from '../../src/change/objects/object.js';
import { portKind } from '../../src/change/objects/port.js';
import { ruleKind } from '../../src/change/objects/rule.js';
import { sysctlKind } from '../../src/change/objects/sysctl.js';
import type { Operation } from '../../src/change/operation.js';
import { addNeighbour } from '../../src/change/operations/addresses/add-neighbour.js';
import { addFdb } from '../../src/change/operations/bridges/add-fdb.js';
import { deleteFdb } from '../../src/change/operations/bridges/delete-fdb.js';
import { setBridgePort } from '../../src/change/operations/bridges/set-bridge-port.js';
import { addNexthop } from '../../src/change/operations/routing/add-nexthop.js';
import { addRule } from '../../src/change/operations/routing/add-rule.js';
import { deleteNexthop } from '../../src/change/operations/routing/delete-nexthop.js';
import { deleteRule } from '../../src/change/operations/routing/delete-rule.js';
import { setSysctl } from '../../src/change/operations/settings/set-sysctl.js';
import { Foreseen } from '../../src/change/plan/foreseen.js';
import { NamespaceHandle } from '../../src/exec/handle.js';
import type { HeldNamespace } from '../../src/kernel/kernel.js';
import { FDB_COMMAND, parseFdb } from '../../src/kernel/sections/bridge.js';
import { parseLinks } from '../../src/kernel/sections/links.js';
import { parseNextHops } from '../../src/kernel/sections/nexthops.js';
import { parseNeighbours, parseRoutes } from '../../src/kernel/sections/routes.js';
import { parseRules } from '../../src/kernel/sections/rules.js';
import { parseSysctls, SYSCTLS_COMMAND } from '../../src/kernel/sections/sysctls.js';
import type { NamespaceState } from '../../src/model/snapshot.js';
import { expect, test } from '../support/fixture.js';
import type { Sandbox } from '../support/sandbox.js';
import { aNamespace } from '../support/things.js';

const KINDS: ObjectKind[] = [ruleKind, nexthopKind, neighbourKind, fdbKind, portKind, sysctlKind];

async function stateOf(sandbox: Sandbox): Promise<NamespaceState> {
  const json = async (...argv: string[]): Promise<unknown> => JSON.parse((await sandbox.ok(argv)) || '[]');
  return {
    ...parseLinks(await json('ip', '-d', '-j', 'address', 'show')),
    routes: parseRoutes(await json('ip', '-d', '-j', 'route', 'show', 'table', 'all')),
    rules: [...parseRules(await json('ip', '-d', '-j', 'rule'), 'inet'), ...parseRules(await json('ip', '-6', '-d', '-j', 'rule'), 'inet6')],
    nexthops: parseNextHops(await json('ip', '-d', '-j', 'nexthop')),
    neighbours: [...parseNeighbours(await json('ip', '-j', 'neigh')), ...parseNeighbours(await json('ip', '-j', 'neigh', 'show', 'proxy'))],
    fdb: parseFdb(await json(...FDB_COMMAND)),
    sysctls: parseSysctls((await sandbox.run(SYSCTLS_COMMAND)).stdout.toString()),
  };
}

/** All objects of those kinds, by what tells and makes them. */
function objectsOf(state: NamespaceState): string[] {
  return KINDS.flatMap((kind) => kind.of(state).map((object) => `${kind.name} ${kind.key(object)} ${JSON.stringify(kind.facts(object))}`)).sort();
}

/** Plans, foresees, runs what was planned by hand, and compares. */
async function comesTrue<Input extends z.ZodObject, Result extends z.ZodRawShape>(
  sandbox: Sandbox,
  operation: Operation<Input, Result>,
  raw: Record<string, unknown>,
): Promise<void> {
  using handle = NamespaceHandle.open('/proc/self/ns/net');
  const place: HeldNamespace = { ...aNamespace({ reference: 'host', names: [], isHost: true }), handle, [Symbol.dispose]: () => {} };
  const foreseen = new Foreseen(new Map([['host', place]]), new Map([[place.inode, await stateOf(sandbox)]]), new Map());
  const input = operation.input.parse(raw);
  const decided = operation.plan(input, foreseen, {
    processes: { count: 0, sample: [] },
    services: [],
    ownedLinks: new Set(),
    keptBy: [],
    linkNames: new Set(),
  });
  expect(decided.steps.length, operation.name).toBeGreaterThan(0);
  operation.foresee(input, foreseen, decided);
  for (const { program = 'ip', args } of decided.steps) await sandbox.ok([program, ...args.map(String)]);
  expect(objectsOf(await stateOf(sandbox)), `${operation.name} ${JSON.stringify(raw)}`).toEqual(objectsOf(foreseen.state('host')));
}

const PAIR = 'ip link add name ea address 02:00:00:00:00:0a type veth peer name eb address 02:00:00:00:00:0b; ip link set ea up; ip link set eb up';

describe('what is foreseen comes true', () => {
  test('for rules', async ({ sandbox }) => {
    await sandbox.sh(PAIR);
    await comesTrue(sandbox, addRule, { from: '10.0.0.0/8', table: 100, fwmark: '0x10/0xff', iif: 'ea', tos: 16, ipproto: 17, dport: '1-9', uidrange: 0 });
    await comesTrue(sandbox, addRule, { table: 7, to: '10.0.0.1/32', not: true, suppress_prefixlength: 0 });
    await comesTrue(sandbox, addRule, { from: 'fd00::1', type: 'blackhole', tos: 'AF11' });
    await comesTrue(sandbox, addRule, { l3mdev: true });
    await comesTrue(sandbox, deleteRule, { table: 7 });
  });

  test('for next hop objects', async ({ sandbox }) => {
    await sandbox.sh(`${PAIR}; ip address add 10.0.0.1/24 dev ea`);
    await comesTrue(sandbox, addNexthop, { id: 1, via: '10.0.0.2' });
    await comesTrue(sandbox, addNexthop, { id: 2, device: 'ea', family: 'inet6' });
    await comesTrue(sandbox, addNexthop, { id: 3, group: [{ id: 1, weight: 3 }] });
    await comesTrue(sandbox, addNexthop, { id: 4, via: '10.0.0.3', onlink: true, device: 'ea' });
    await comesTrue(sandbox, addNexthop, { id: 5, group: [{ id: 4 }, { id: 1, weight: 2 }] });
    await comesTrue(sandbox, deleteNexthop, { id: 1 });
  });

  test('for neighbours, ports and forwarding entries', async ({ sandbox }) => {
    await sandbox.sh(`${PAIR}; ip link add br0 address 02:00:00:00:00:01 type bridge; ip link set br0 up; ip link set eb master br0
      ip link add vx0 type vxlan id 5 dstport 4789 local 10.0.0.1; ip link set vx0 up; ip address add 10.0.0.1/24 dev ea`);
    await comesTrue(sandbox, addNeighbour, { link: 'ea', address: '10.0.0.9', mac: '02:00:00:00:00:99' });
    await comesTrue(sandbox, addNeighbour, { link: 'ea', address: 'fd00::9', proxy: true });
    await comesTrue(sandbox, setBridgePort, { link: 'eb', cost: 9, hairpin: true, group_fwd_mask: 8 });
    await comesTrue(sandbox, setBridgePort, { link: 'eb', state: 'disabled' });
    await comesTrue(sandbox, setBridgePort, { link: 'eb', cost: 8 });
    await comesTrue(sandbox, setBridgePort, { link: 'eb', cost: 7, state: 'forwarding' });
    await comesTrue(sandbox, addFdb, { link: 'eb', mac: '02:00:00:00:00:51' });
    await comesTrue(sandbox, addFdb, { link: 'br0', mac: '02:00:00:00:00:52' });
    await comesTrue(sandbox, addFdb, { link: 'vx0', mac: '02:00:00:00:00:53', destination: '10.0.0.2', port: 4789, vni: 5 });
    await comesTrue(sandbox, addFdb, { link: 'vx0', mac: '00:00:00:00:00:00', destination: '10.0.0.2', port: 4790, via: 'ea' });
    await comesTrue(sandbox, deleteFdb, { link: 'eb', mac: '02:00:00:00:00:51' });
  });

  test('for sysctls, with all that the kernel sets along', async ({ sandbox }) => {
    await sandbox.sh(`${PAIR}; ip address add 10.0.0.1/24 dev ea; ip link add br0 type bridge; sysctl -qw net.ipv4.conf.br0.rp_filter=1`);
    const settings: [string, number][] = [
      ['net.ipv4.ip_forward', 1],
      ['net.ipv4.conf.all.forwarding', 0],
      ['net.ipv4.conf.default.rp_filter', 2],
      ['net.ipv4.conf.default.forwarding', 1],
      ['net.ipv6.conf.all.forwarding', 1],
      ['net.ipv6.conf.eb.forwarding', 0],
      ['net.ipv6.conf.all.addr_gen_mode', 1],
      ['net.ipv6.conf.all.ignore_routes_with_linkdown', 1],
      ['net.ipv6.conf.all.disable_ipv6', 1],
    ];
    for (const [key, value] of settings) await comesTrue(sandbox, setSysctl, { key, value });
  });
});
