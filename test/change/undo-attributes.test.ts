// Each attribute of links, addresses and routes: set, found set in a second call, and taken back.
import { expect, test } from '../support/fixture.js';

const WORLD = `ip link add name ea address 02:00:00:00:00:0a type veth peer name eb address 02:00:00:00:00:0b
ip link set dev ea up; ip link set dev eb up; ip address add 10.0.0.1/24 dev ea; ip -6 address add fd00::1/64 dev ea nodad
ip link add name br0 address 02:00:00:00:00:bb type bridge; ip netns add n1; ip -n n1 link add name br1 address 02:00:00:00:00:cc type bridge
ip route add 10.9.0.0/16 via 10.0.0.9 src 10.0.0.1; ip -6 route add fd09::/64 via fd00::9`;

const CHANGES: [operation: string, input: Record<string, unknown>][] = [
  ['set_link', { link: 'eb', promisc: true, multicast: false, allmulticast: true, arp: false, tx_queue_len: 77, group: '7', addr_gen_mode: 'none' }],
  ['set_link', { link: 'br0', settings: { stp_state: true, ageing_time_s: 20 } }],
  ['set_link', { link: 'ea', master: 'br0', up: false }],
  ['add_altname', { namespace: 'n1', link: 'br1', altname: 'a-name-longer-than-fifteen' }],
  ['replace_address', { link: 'ea', address: 'fd00::1/64', nodad: true, valid_lft_s: 3600 }],
  ['replace_address', { link: 'ea', address: '10.0.0.1/24', metric: 7 }],
  ['add_address', { link: 'ea', address: 'fd05::1/64', nodad: true, noprefixroute: true, valid_lft_s: 3600 }],
  ['add_address', { link: 'ea', address: '10.5.0.1/24', label: 'ea:5', broadcast: '10.5.0.255', metric: 9, valid_lft_s: 900 }],
  ['replace_route', { destination: '10.9.0.0/16', via: '10.0.0.8' }],
  ['replace_route', { destination: 'fd09::/64', type: 'blackhole' }],
  ['add_route', { destination: '10.40.0.0/16', next_hops: [{ via: '10.0.0.9' }, { via: '10.0.0.8', weight: 3 }] }],
  ['add_route', { destination: 'fd40::/64', next_hops: [{ via: 'fd00::9' }, { via: 'fd00::8', weight: 2 }] }],
  ['add_route', { destination: '10.20.0.0/16', type: 'blackhole' }],
  ['add_route', { destination: '10.24.0.0/16', type: 'local', device: 'ea' }],
  ['add_route', { destination: 'fd20::/64', type: 'unreachable', table: 77 }],
  ['add_route', { destination: '10.33.0.0/16', via: 'fd00::9', device: 'ea', mtu_bytes: 1300, protocol: 'static' }],
];

test.for(CHANGES)('%s %j', { timeout: 30_000 }, async ([operation, input], { sandbox, rooms }) => {
  await sandbox.sh(WORLD);
  const before = await sandbox.snapshotText({ masked: false });
  const { change } = await rooms.change(operation, input);
  expect(change).toMatchObject({ changed: true, undoable: true });
  expect(change.differs, 'it came out as foreseen').toBeUndefined();
  expect((await rooms.change(operation, input)).change, 'a second call').toMatchObject({ changed: false });
  expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
  expect(await sandbox.snapshotText({ masked: false }), 'undo restores').toBe(before);
});
