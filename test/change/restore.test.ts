// Restoring: a rich world is captured, wrecked by hand, restored, and looked at with plain `ip` before and after.
import { once } from 'node:events';
import { describe } from 'vitest';
import { expect, test } from '../support/fixture.js';
import { Sandbox } from '../support/sandbox.js';
import { buildCommands } from './build-commands.js';
import { captureIn, lookAt, recaptureIn, restoreIn, undoableIn } from './restore-world.js';

const NAMES = ['host', 'n1', 'n2', 'n3'];
const ALL = NAMES.map((namespace) => ({ namespace, whole: true }));

const WORLD = `
for n in n1 n2 n3; do ip netns add $n; ip -n $n link set lo up; done
ip link add br0 type bridge stp_state 0 ageing_time 12000
for i in 1 2 3; do
  ip link add v$i address 02:00:00:00:01:0$i type veth peer name eth0 address 02:00:00:00:02:0$i netns n$i
  ip link set v$i master br0 up
  ip -n n$i link set eth0 up mtu 1400
  ip -n n$i address add 10.0.0.$i/24 dev eth0
  ip -n n$i address add fd00::$i/64 dev eth0
  ip -n n$i route add default via 10.0.0.254
done
ip link set br0 up
ip address add 10.0.0.254/24 dev br0
ip address add fd00::fe/64 dev br0
ip link add p0 type veth peer name p1
ip link set p0 up alias 'a link' group 7 txqueuelen 333
ip link set p1 up arp off promisc on
ip link property add dev p0 altname uplink
ip address add 192.168.1.1/24 dev p0
ip address add 192.168.1.2/24 dev p0 label p0:x
ip address add 192.168.1.3/24 dev p0
ip address add 192.168.2.1/24 dev p0 metric 50 broadcast +
ip address add 172.16.0.1 peer 172.16.0.2/32 dev p0
ip address add fd01::1/64 dev p0
ip address add fd01::2/64 dev p0 nodad
ip address add fd01::3/64 dev p0 noprefixroute
ip route add 10.1.0.0/16 via 192.168.1.9
ip route add 10.2.0.0/16 via 192.168.1.9 metric 10 mtu 1300 src 192.168.1.3
ip route append 10.2.0.0/16 via 192.168.1.10 metric 10
ip route add 10.3.0.0/16 proto static nexthop via 192.168.1.9 weight 3 nexthop via 10.0.0.1
ip route add 10.4.0.0/16 via 10.77.0.1 dev p0 onlink table 100
ip route add blackhole 10.5.0.0/16
ip route add unreachable 10.6.0.0/16 metric 5
ip route add prohibit 10.7.0.0/16 table 100
ip route add throw 10.8.0.0/16 table 100
ip route add local 10.9.0.0/16 dev lo table local
ip route add 10.10.0.0/16 via inet6 fe80::9 dev p0
ip route add 10.11.0.0/16 tos 0x10 via 192.168.1.9 realm 4
ip -6 route add fd02::/64 via fd01::9 metric 7 mtu 1280
ip -6 route add fd03::/64 nexthop via fd01::9 nexthop via fd00::1 weight 2
ip -6 route add blackhole fd04::/64
ip -6 route add default via fd00::1 pref high
ip -n n1 link add mv0 link eth0 address 02:00:00:00:03:01 type macvlan mode bridge
ip -n n1 link set mv0 up
ip -n n1 address add 10.0.0.101/24 dev mv0
ip -n n1 link add vx0 type vxlan id 42 local 10.0.0.1 remote 10.0.0.2 dstport 4789 dev eth0
ip -n n1 link set vx0 up
ip -n n1 address add 10.42.0.1/24 dev vx0
ip -n n1 link add q0 type veth peer name q1 netns n2
ip -n n1 link set q0 up; ip -n n2 link set q1 up
ip -n n1 address add 10.12.0.1/30 dev q0; ip -n n2 address add 10.12.0.2/30 dev q1
ip -n n2 link add r0 type veth peer name r1 netns n3
ip -n n2 link set r0 up; ip -n n3 link set r1 up
ip -n n2 route add 10.99.0.0/16 via 10.12.0.1
`;

/** What a person could do to it, each by itself. */
const WRECKS: Record<string, string> = {
  'a veth of a bridge is deleted': 'ip link delete v1',
  'a veth is deleted from inside': 'ip -n n2 link delete q1',
  'a veth pair in one namespace is deleted': 'ip link delete p0',
  'the bridge is deleted': 'ip link delete br0',
  'addresses are flushed': 'ip address flush dev p0; ip -n n1 address flush dev eth0',
  'the first address goes': 'ip address delete 192.168.1.1/24 dev p0',
  'an IPv6 address in the middle goes': 'ip address delete fd01::2/64 dev p0',
  'routes are flushed': 'ip route flush table main; ip route flush table 100; ip -6 route flush table main; ip -n n1 route flush table main',
  'a link is renamed': 'ip link set v1 down; ip link set v1 name other; ip link set other up',
  'a link is moved': 'ip link set v2 netns n3',
  'a link is moved and renamed': 'ip -n n2 link set r0 netns n1 name elsewhere',
  'a link of a pair is moved to its peer': 'ip -n n1 link set q0 netns n2',
  'links are down': 'ip link set p0 down; ip link set br0 down; ip -n n1 link set eth0 down',
  'MAC, MTU, alias, group, queue': 'ip link set p0 address 02:00:00:00:09:09 mtu 1300 alias x group 3 txqueuelen 5; ip link property del dev p0 altname uplink',
  'a new MAC and its link-local address': 'ip link set v3 down; ip link set v3 address 02:00:00:00:09:0a; ip link set v3 up',
  flags: 'ip link set p1 arp on promisc off multicast off allmulticast on',
  'a port leaves the bridge': 'ip link set v3 nomaster; ip link set p1 master br0',
  'the bridge has other settings': 'ip link set br0 type bridge stp_state 1 ageing_time 3000',
  'a namespace is deleted': 'ip netns delete n1',
  'all namespaces are deleted': 'ip netns delete n1; ip netns delete n2; ip netns delete n3',
  'a namespace loses its name and lives on': 'umount /run/netns/n2; rm /run/netns/n2',
  'more is there than was':
    'ip link add x0 type veth peer name x1 netns n1; ip address add 10.200.0.1/24 dev p0; ip route add 10.201.0.0/16 via 192.168.1.9; ip -n n2 link add b9 type bridge',
  'a macvlan has another mode': 'ip -n n1 link set mv0 type macvlan mode private',
  'a vxlan leads elsewhere': 'ip -n n1 link delete vx0; ip -n n1 link add vx0 type vxlan id 43 dstport 4789',
  'a pair was made anew with other ends': 'ip link delete p0; ip link add p0 type veth peer name p2; ip link set p0 up',
};

/** Wrecks one after the other: each begins with the world as it was restored after the last. */
async function wreckAndRestore(sandbox: Sandbox, wrecks: Record<string, string>): Promise<void> {
  await sandbox.sh(WORLD);
  const look = await lookAt(sandbox);
  const before = await captureIn(sandbox, NAMES, ALL);
  for (const [name, wreck] of Object.entries(wrecks)) {
    await using _ = wreck.includes('umount') ? await sandbox.start(['nsenter', '--net=/run/netns/n2', 'sh', '-c', 'echo in; exec sleep 1000']) : null;
    if (_) await once(_.process.stdout, 'data');
    await sandbox.sh(wreck);
    const { left, commands } = await restoreIn(sandbox, before);
    const said = `${name}\n${commands.map((words) => words.join(' ')).join('\n')}`;
    expect(left, said).toEqual([]);
    expect(await lookAt(sandbox), said).toBe(look);
  }
  expect((await restoreIn(sandbox, before)).commands).toEqual([]);
}

describe('what was wrecked by hand is as it was', () => {
  const wrecks = Object.entries(WRECKS);
  for (let first = 0; first < wrecks.length; first += 5) {
    const some = wrecks.slice(first, first + 5);
    test(some.map(([name]) => name).join('; '), { timeout: 90_000 }, async ({ sandbox }) => await wreckAndRestore(sandbox, Object.fromEntries(some)));
  }
});

/** Numbers that follow from a seed (mulberry32), so that a failure can be repeated. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SEEDS = (process.env['RESTORE_SEEDS'] ?? '1,2,3').split(',').map(Number);

describe('several at once, at random', () => {
  for (const seed of SEEDS) {
    test(`seed ${seed}`, async ({ sandbox }) => {
      const next = chance(seed);
      const lines = Object.values(WRECKS)
        .filter((wreck) => !wreck.includes('umount'))
        .flatMap((wreck) => wreck.split('; '));
      const wreck = Array.from({ length: 8 }, () => `${lines[Math.floor(next() * lines.length)]} || true`).join('\n');
      await wreckAndRestore(sandbox, { [`seed ${seed}`]: wreck });
    });
  }
});

describe('an export', () => {
  test('makes the same world from nothing', async ({ sandbox }) => {
    await sandbox.sh(WORLD);
    const look = await lookAt(sandbox);
    const captured = await captureIn(sandbox, NAMES, ALL);
    const lines = buildCommands(captured).flatMap(({ place, program = 'ip', args }) => {
      const entry = place === 'host' || place.is_host ? [] : ['-n', place.names[0] ?? ''];
      return program === 'ip' ? [['ip', ...entry, ...args].map((word) => `'${word}'`).join(' ')] : [];
    });
    await using fresh = await Sandbox.open();
    await fresh.sh(lines.join('\n'));
    expect(await lookAt(fresh)).toBe(look);
  });
});

describe('scope', () => {
  const RENAMED = [
    { namespace: 'host', link: 'p0' },
    { namespace: 'host', link: 'p9' },
  ];

  test('what is beside it is left alone', async ({ sandbox }) => {
    await sandbox.sh(WORLD);
    const before = await captureIn(sandbox, ['host'], [{ namespace: 'host', link: 'p0' }]);
    await sandbox.sh('ip address flush dev p0; ip address add 10.50.0.1/24 dev p1; ip link set v1 nomaster; ip link add foreign type bridge');
    const look = await lookAt(sandbox);
    const { left, commands } = await restoreIn(sandbox, before);
    expect(left).toEqual([]);
    const touched = commands.filter((words) => words.some((word) => ['p1', 'v1', 'foreign', 'br0'].includes(word)) && !words.includes('nexthop'));
    expect(touched).toEqual([]);
    expect((await lookAt(sandbox)).split('\n').filter((line) => /"ifname":"(p1|v1|foreign)"/.test(line))).toEqual(
      look.split('\n').filter((line) => /"ifname":"(p1|v1|foreign)"/.test(line)),
    );
  });

  test('a namespace that was not there goes, with what leads into it', async ({ sandbox }) => {
    await sandbox.sh('ip link add br0 address 02:00:00:00:00:0b type bridge');
    const look = await lookAt(sandbox);
    const touches = ['m1', 'm2'].flatMap((namespace, i) => [
      { namespace, whole: true },
      { namespace: 'host', link: `w${i + 1}` },
    ]);
    const before = await captureIn(sandbox, ['host', 'm1', 'm2'], touches);
    await sandbox.sh('for i in 1 2; do ip netns add m$i; ip link add w$i master br0 type veth peer name eth0 netns m$i; ip link set w$i up; done');
    const { left, commands } = await restoreIn(sandbox, before);
    expect(left).toEqual([]);
    expect(commands.map((words) => words.join(' '))).toEqual(['ip netns delete m1', 'ip netns delete m2']);
    expect(await lookAt(sandbox)).toBe(look);
  });

  test('a link that was moved into a namespace that goes is brought back first', async ({ sandbox }) => {
    await sandbox.sh(WORLD);
    const look = await lookAt(sandbox);
    const before = await captureIn(
      sandbox,
      ['host', 'm1'],
      [
        { namespace: 'm1', whole: true },
        { namespace: 'host', link: 'p0' },
      ],
    );
    await sandbox.sh('ip netns add m1; ip link set p0 netns m1 name inside');
    const { left, commands } = await restoreIn(sandbox, before);
    expect(left).toEqual([]);
    expect(commands.some((words) => words.includes('veth'))).toBe(false);
    expect(await lookAt(sandbox)).toBe(look);
  });

  test('a rename is undone with all that hangs on the link', async ({ sandbox }) => {
    await sandbox.sh(WORLD);
    const before = await captureIn(sandbox, ['host'], RENAMED);
    await sandbox.sh('ip link set p0 down; ip link set p0 name p9; ip link set p9 up');
    const { left, commands } = await restoreIn(sandbox, before);
    expect(left).toEqual([]);
    expect(commands.some((words) => words.includes('address') && words.includes('192.168.1.1/24'))).toBe(false);
  });
});

describe('the world has moved on', () => {
  test('what somebody altered since is told, and the rest can be undone', async ({ sandbox }) => {
    await sandbox.sh(WORLD);
    const touches = [
      { namespace: 'host', link: 'p0' },
      { namespace: 'new', whole: true },
    ];
    const before = await captureIn(sandbox, ['host', 'new'], touches);
    await sandbox.sh('ip netns add new; ip address add 10.60.0.1/24 dev p0; ip address add 10.61.0.1/24 dev p0; ip link set p0 mtu 1300');
    const after = await recaptureIn(sandbox, ['host', 'new'], before);
    await sandbox.sh('ip address delete 10.60.0.1/24 dev p0; ip link set p0 mtu 1200; ip -n new link add x type bridge');
    const now = await recaptureIn(sandbox, ['host', 'new'], before);
    const { restore, already, moved } = await undoableIn(sandbox, before, after, now);
    expect(restore.map(({ what }) => what)).toEqual([]);
    expect(already.map(({ what }) => what)).toContain('address 10.60.0.1/24 on p0');
    expect(moved.map(({ why }) => why)).toContain('link p0 (veth) in host was changed meanwhile: mtu.');
    expect(moved.map(({ why }) => why)).toContain('Namespace new holds link x (bridge), which this change did not make.');
  });

  test('only what is chosen is restored', async ({ sandbox }) => {
    await sandbox.sh(WORLD);
    const before = await captureIn(sandbox, ['host'], [{ namespace: 'host', link: 'p0' }]);
    await sandbox.sh('ip address add 10.60.0.1/24 dev p0; ip address add 10.61.0.1/24 dev p0');
    const after = await recaptureIn(sandbox, ['host'], before);
    await sandbox.sh('ip route add 10.62.0.0/16 via 10.60.0.9');
    const { restore } = await undoableIn(sandbox, before, after, await recaptureIn(sandbox, ['host'], before));
    const chosen = restore.filter(({ what }) => what.includes('10.61.0'));
    const { left, commands } = await restoreIn(sandbox, before, { made: after, only: chosen.map(({ id }) => id) });
    expect(left).toEqual([]);
    expect(commands.map((words) => words.join(' '))).toEqual(['ip address delete 10.61.0.1/24 dev p0']);
  });

  test('a namespace of the same name and another birth is not taken for ours', async ({ sandbox }) => {
    const before = await captureIn(sandbox, ['m1'], [{ namespace: 'm1', whole: true }]);
    await sandbox.sh('ip netns add m1');
    const made = await recaptureIn(sandbox, ['m1'], before);
    await sandbox.sh('ip netns delete m1; ip netns add other; ip netns add m1');
    const { commands } = await restoreIn(sandbox, before, { made });
    expect(commands).toEqual([]);
    expect(await sandbox.sh('ip netns list')).toContain('m1');
  });
});
