// VLANs of bridge ports, on a kernel that has them: made, made again, seen by bridge(8), and taken back.
import { expect, test } from '../support/fixture.js';
import { needs } from '../uml/kernel.js';
import { BRIDGED, goesRound, look } from './goes-round.js';

/** What these operations can change. */
const BRIDGING = "bridge vlan; bridge -d fdb | grep -E 'permanent|static' | sort; bridge -d link";

test('VLANs of ports and of the bridge, one by one and in a list', async ({ sandbox, rooms, skip }) => {
  await needs(skip, 'bridge_vlan_filtering');
  await sandbox.sh(BRIDGED);
  for (const [op, input, shows] of [
    ['add_bridge_vlan', { link: 'eb', vlan: 10, last_vlan: 13 }, /^ +10$/m],
    ['add_bridge_vlan', { link: 'eb', vlan: 10, pvid: true, untagged: true }, /10 PVID Egress Untagged/],
    ['add_bridge_vlan', { link: 'br0', vlan: 10 }, /^br0[\s\S]* 10$/m],
    ['delete_bridge_vlan', { link: 'eb', vlan: 1, last_vlan: 100 }, /br0/],
    ['add_fdb', { link: 'eb', mac: '02:00:00:00:00:51', vlan: 1 }, /^02:00:00:00:00:51 dev eb vlan 1 .*master br0 static/m],
  ] as const) {
    await goesRound(sandbox, rooms, op, input, shows, BRIDGING, BRIDGING);
  }

  await sandbox.sh('ip link set dev eb nomaster');
  const before = await look(sandbox);
  const { change } = await rooms.changeList([
    { op: 'set_link', input: { link: 'eb', bridge: 'br0' } },
    { op: 'delete_bridge_vlan', input: { link: 'eb', vlan: 1 } },
    { op: 'add_bridge_vlan', input: { link: 'eb', vlan: 20, pvid: true, untagged: true } },
    { op: 'set_bridge_port', input: { link: 'eb', isolated: true } },
  ]);
  expect(await sandbox.sh('bridge vlan show dev eb')).toMatch(/20 PVID Egress Untagged/);
  await rooms.undo(change.id);
  expect(await look(sandbox)).toEqual(before);
});
