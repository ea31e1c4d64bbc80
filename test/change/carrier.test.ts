// A veth end that comes up gives its other end a carrier, and with that a link-local address: undoing it takes both away.
import { describe } from 'vitest';
import { dump, expectSame } from '../support/dump.js';
import { expect, test } from '../support/fixture.js';

const PEER = 'address 02:00:00:00:00:0b';
const WAITING: [where: string, world: string, look: string][] = [
  ['in the same namespace', `ip link add ea type veth peer name eb ${PEER}; ip link set eb up`, 'ip address show dev eb'],
  ['in another namespace', `ip netns add n1; ip link add ea type veth peer name eb ${PEER} netns n1; ip -n n1 link set eb up`, 'ip -n n1 address show dev eb'],
  [
    'as the only port of a bridge',
    `ip netns add n1; ip link add ea type veth peer name eb netns n1; ip -n n1 link add br0 ${PEER} type bridge
    ip -n n1 link set br0 up; ip -n n1 link set eb master br0 up`,
    'ip -n n1 address show dev br0',
  ],
];

/** Prints that it has a socket in a namespace that it has left, and keeps it. SYS_setns is 308 on x86-64, 268 on arm64. */
const ONLY_A_SOCKET = String.raw`use Socket; my $setns = (POSIX::uname())[4] eq 'aarch64' ? 268 : 308;
open(my $home, '<', '/proc/self/ns/net') or die; open(my $there, '<', '/run/netns/hidden') or die;
syscall($setns, fileno($there), 0) == 0 or die $!; socket(my $kept, AF_INET, SOCK_DGRAM, 0) or die;
syscall($setns, fileno($home), 0) == 0 or die $!; close($there); $| = 1; print "kept\n"; sleep 60;`;

describe('a veth end comes up, and its undo', () => {
  test.for(WAITING)('leaves no link-local address on the end that waits %s', async ([, world, look], { sandbox, rooms }) => {
    await sandbox.sh(world);
    const before = await dump(sandbox);
    const { change } = await rooms.change('set_link', { link: 'ea', up: true });
    await expect.poll(() => sandbox.sh(look)).toContain('fe80::ff:fe00:b/64');
    expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
    expectSame(await dump(sandbox), before);
  });

  test('goes without the other end where its namespace cannot be entered', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add hidden; ip link add ea type veth peer name eb netns hidden');
    const holder = await sandbox.start(['perl', '-MPOSIX', '-e', ONLY_A_SOCKET]);
    await new Promise((resolve) => holder.process.stdout.once('data', resolve));
    await sandbox.sh('ip netns delete hidden');
    const { change } = await rooms.change('set_link', { link: 'ea', up: true });
    expect((await sandbox.link('host', 'ea'))?.flags).toContain('UP');
    expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
    expect((await sandbox.link('host', 'ea'))?.flags).not.toContain('UP');
  });
});
