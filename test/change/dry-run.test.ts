// What a dry run shows is what is done: its commands, run by hand, leave the same world as the tool, for every operation.
import { describe } from 'vitest';
import { OPERATIONS } from '../../src/change/operations/table.js';
import { dump, expectSame } from '../support/dump.js';
import { expect, test } from '../support/fixture.js';
import { BUSY_WORLD } from './busy-world.js';
import { OWN_ETC } from './stage.js';

interface Scenario {
  /** Lines for a shell, on top of the busy world. */
  world?: string;
  input: Record<string, unknown>;
}

const OWN_RULE = 'tcp dport 22 accept';
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  create_namespace: { input: { name: 'ns1' } },
  delete_namespace: { input: { namespace: 'n3', force: true } },
  create_veth_pair: {
    input: {
      a: { name: 'va', mac: '02:00:00:07:00:01', addresses: ['10.70.0.1/24'], up: true },
      b: { name: 'vb', namespace: 'n1', mac: '02:00:00:07:00:02', up: true },
      mtu: 1400,
    },
  },
  create_link: { input: { namespace: 'n1', name: 'br1', kind: 'bridge', mac: '02:00:00:07:00:03', stp_state: true, addresses: ['10.71.0.1/24'], up: true } },
  move_link: { input: { link: 'p1', to: 'n2', new_name: 'moved', up: true } },
  set_link: { input: { namespace: 'n1', link: 'p0', mtu: 1300, alias: 'words', promisc: true, up: false } },
  delete_link: { input: { namespace: 'n1', link: 'eth0' } },
  add_address: { input: { namespace: 'n1', link: 'p1', address: '10.72.0.1/24', metric: 7 } },
  replace_address: { input: { namespace: 'n1', link: 'p0', address: '10.2.1.1/24', metric: 9 } },
  delete_address: { input: { namespace: 'n1', link: 'eth0', address: '10.50.0.1/24' } },
  add_altname: { input: { namespace: 'n1', link: 'p1', altname: 'another-name' } },
  delete_altname: { input: { namespace: 'n1', link: 'p0', altname: 'uplink' } },
  add_fdb: { input: { link: 'v1', mac: '02:00:00:00:00:55' } },
  delete_fdb: { world: 'bridge fdb add 02:00:00:00:00:55 dev v1 master static', input: { link: 'v1', mac: '02:00:00:00:00:55' } },
  add_neighbour: { input: { namespace: 'n1', link: 'p0', address: '10.2.0.30', mac: '02:00:00:00:00:77' } },
  delete_neighbour: { input: { namespace: 'n1', link: 'p0', address: '10.2.0.20' } },
  add_nexthop: { input: { namespace: 'n1', id: 7, via: '10.2.0.8' } },
  delete_nexthop: { input: { namespace: 'n1', id: 1 } },
  add_route: { input: { namespace: 'n1', destination: '10.88.0.0/16', next_hops: [{ via: '10.2.0.9' }, { via: '10.2.1.9', weight: 2 }] } },
  replace_route: { input: { namespace: 'n1', destination: '10.200.0.0/16', metric: 5, via: '10.2.1.9' } },
  delete_route: { input: { namespace: 'n1', destination: '10.201.0.0/16' } },
  add_rule: { input: { namespace: 'n1', from: '10.73.0.0/16', table: 100, priority: 730 } },
  delete_rule: { input: { namespace: 'n1', family: 'inet', priority: 1000 } },
  allow: { input: { namespace: 'n1', hook: 'input', protocol: 'tcp', ports: [22, '8000-8010'] } },
  drop: { input: { namespace: 'n1', hook: 'forward', source: '10.9.0.0/16' } },
  reject: { input: { namespace: 'n1', hook: 'output', protocol: 'udp', ports: [53] } },
  masquerade: { input: { namespace: 'n1', out_link: 'eth0' } },
  forward_port: { input: { namespace: 'n1', port: 8080, to_address: '10.2.0.9', to_port: 80 } },
  kill_switch: { input: { namespace: 'n1', tunnel: 'p0', endpoint: { address: '10.50.0.254', port: 51_820 } } },
  apply_ruleset: { input: { namespace: 'n1', ruleset: `table inet mine { chain c { type filter hook input priority 5; policy accept; ${OWN_RULE}; }; }` } },
  set_bridge_port: { input: { link: 'v1', cost: 10, hairpin: true } },
  set_sysctl: { input: { namespace: 'n1', key: 'net.ipv4.ip_forward', value: 1 } },
  set_rate_limit: { input: { namespace: 'n1', link: 'p0', rate_bits: 1_000_000 } },
  set_htb: { input: { namespace: 'n1', link: 'p0', rate_bits: 8_000_000, classes: [{ id: '10', rate_bits: 1_000_000 }], default_class: '10' } },
  clear_shaping: { world: 'ip netns exec n1 tc qdisc add dev p0 root tbf rate 1mbit burst 10k latency 50ms', input: { namespace: 'n1', link: 'p0' } },
  set_offloads: { input: { namespace: 'n1', link: 'p0', features: { gro: true, tso: false } } },
  set_resolver: { input: { namespace: 'n1', nameservers: ['10.2.0.9'], search: ['lab.test'] } },
  set_hosts: { input: { namespace: 'n1', entries: [{ address: '10.2.0.9', names: ['far.lab.test'] }] } },
};

/** Made by other means than a scenario of this table. */
const NOT_HERE: Readonly<Record<string, string>> = {
  remove_firewall_rule: 'its rule has to be made by an operation first: below',
  add_bridge_vlan: 'this kernel has no VLAN filtering',
  delete_bridge_vlan: 'this kernel has no VLAN filtering',
  set_netem: 'this kernel has no netem',
  set_police: 'this kernel has no police action',
  set_wireguard: 'this kernel has no wireguard',
  set_wireguard_peer: 'this kernel has no wireguard',
  delete_wireguard_peer: 'this kernel has no wireguard',
};

test('every operation has a scenario, or a reason why it has none', () => {
  expect([...Object.keys(SCENARIOS), ...Object.keys(NOT_HERE)].sort()).toEqual(OPERATIONS.map(({ name }) => name).sort());
});

describe.concurrent('by hand the same', () => {
  test.for(Object.entries(SCENARIOS))('%s', { timeout: 90_000 }, async ([op, { world = '', input }], { sandbox, rooms }) => {
    await sandbox.sh(`${OWN_ETC}\n${BUSY_WORLD}\n${world}`);
    const planned = await rooms.dryRun(op, input);
    expect(planned.foreseen.commands?.length, 'there is something to do').toBeGreaterThan(0);
    const { change } = await rooms.change(op, input);
    expect(change.commands).toEqual(planned.foreseen.commands);
    const after = await dump(sandbox);
    expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [] });
    for (const argv of planned.foreseen.commands ?? []) await sandbox.ok(argv);
    expectSame(await dump(sandbox), after);
  });

  test('remove_firewall_rule', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${OWN_ETC}\n${BUSY_WORLD}`);
    await rooms.change('allow', { namespace: 'n1', hook: 'input', protocol: 'udp', ports: [53] });
    await rooms.change('allow', { namespace: 'n1', hook: 'input', protocol: 'tcp', ports: [22] });
    const rule = /"(allow-[0-9a-f]{8})/.exec(await sandbox.sh('ip netns exec n1 nft list ruleset'))?.[1];
    const { foreseen } = await rooms.dryRun('remove_firewall_rule', { namespace: 'n1', rule });
    const { change } = await rooms.change('remove_firewall_rule', { namespace: 'n1', rule });
    const after = await dump(sandbox);
    await rooms.undo(change.id);
    for (const argv of foreseen.commands ?? []) await sandbox.ok(argv);
    expectSame(await dump(sandbox), after);
  });
});
