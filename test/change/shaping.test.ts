// Shaping on the real kernel: what is asked for is there, the same call again changes nothing, and what was there before comes back as it was.
import { describe } from 'vitest';
import { expect, test } from '../support/fixture.js';
import type { Sandbox } from '../support/sandbox.js';

const PAIR = 'ip netns add red; ip link add name va type veth peer name vb netns red; ip link set dev va up; ip -n red link set dev vb up';

/** All that tc tells of a link, without what counts. */
async function tcOf(sandbox: Sandbox, device = 'va', options = ''): Promise<string> {
  const text = await sandbox.sh(
    `for side in "" ingress; do tc -d -r ${options} qdisc show dev ${device} $side; done; tc -d -r ${options} class show dev ${device} | sort
    for parent in 1: 1:1 2: ffff:; do tc -d -r ${options} filter show dev ${device} parent $parent 2>/dev/null || :; done`,
  );
  return text.replace(/direct_packets_stat \d+ |refcnt \d+ /g, '');
}

describe('set_rate_limit', () => {
  test('limits what a link sends, and the same call again changes nothing', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    const first = await rooms.change('set_rate_limit', { link: 'va', rate_bits: 8_000_000 });
    expect(first.change).toMatchObject({ changed: true, undoable: true, loses: [] });
    expect(await tcOf(sandbox)).toContain('qdisc tbf 1:[00010000] root rate 8Mbit burst 10000b');
    const second = await rooms.change('set_rate_limit', { link: 'va', rate_bits: 8_000_000 });
    expect(second.change.changed).toBe(false);
  });

  test.for([
    [1_000_000, 1600],
    [256_000, 3001],
    [10_000_000, 32_768],
    [1_234_567, 4567],
    [1_000_000_000, 1_250_000],
    [40_000_000_000, 7_654_321],
  ] as const)('%d bit/s with a burst of %d bytes is known again', async ([rate_bits, burst_bytes], { sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    await rooms.change('set_rate_limit', { link: 'va', rate_bits, burst_bytes });
    expect((await rooms.change('set_rate_limit', { link: 'va', rate_bits, burst_bytes })).change.changed).toBe(false);
  });

  test('another rate takes the place of the old one at once, and undo brings that back', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${PAIR}; tc qdisc add dev va root handle 77: tbf rate 3mbit burst 5k latency 33ms`);
    const before = await tcOf(sandbox);
    const { change } = await rooms.change('set_rate_limit', { link: 'va', rate_bits: 8_000_000 });
    expect(change.commands).toHaveLength(1);
    expect(await tcOf(sandbox)).not.toBe(before);
    await rooms.undo(change.id ?? '');
    expect(await tcOf(sandbox)).toBe(before);
  });

  test('undone where there was nothing, the queue of the kernel is back', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    const before = await tcOf(sandbox);
    const { change } = await rooms.change('set_rate_limit', { link: 'va', rate_bits: 8_000_000 });
    await rooms.undo(change.id ?? '');
    expect(await tcOf(sandbox)).toBe(before);
  });

  test('what is of another kind stays, unless it is to be replaced; that it cannot be made again is said before', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${PAIR}; tc qdisc add dev va root handle 1: tbf rate 3mbit burst 5k limit 9k peakrate 4mbit mtu 2000`);
    await sandbox.sh('tc -n red qdisc add dev vb root handle 1: pfifo limit 7');
    expect(await rooms.fails('set_rate_limit', { namespace: 'red', link: 'vb', rate_bits: 8000 })).toMatchObject({ code: 'OBJECT_EXISTS', hint: expect.stringContaining('replace: true') }); // biome-ignore format: one thought
    const { foreseen } = await rooms.dryRun('set_rate_limit', { link: 'va', rate_bits: 8000, replace: true });
    expect(foreseen).toMatchObject({ undoable: false, loses: [expect.stringContaining('tbf 1:')] });
    const { change } = await rooms.change('set_rate_limit', { namespace: 'red', link: 'vb', rate_bits: 8000, replace: true });
    await rooms.undo(change.id ?? '');
    expect(await sandbox.ok(['tc', '-n', 'red', 'qdisc', 'show', 'dev', 'vb'])).toContain('qdisc pfifo 1: root');
  });
});

const CLASSES = {
  link: 'va',
  rate_bits: 10_000_000,
  default_class: 30,
  classes: [
    { id: 10, rate_bits: 1_500_000, prio: 1, match: { source: '10.0.0.0/8', protocol: 'tcp', source_port: 1024, destination_port: 80 } },
    { id: 'a0', rate_bits: 2_000_000, ceil_bits: 4_000_000, burst_bytes: 7000, match: { dscp: 46 } },
    { id: 'b0', rate_bits: 1_000_000, match: { destination: 'fd00:1::/40', protocol: 'icmp' } },
    { id: 30, rate_bits: 512_000 },
  ],
};

describe('set_htb', () => {
  test('divides a link: classes that lend each other, filters of both families', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    const { change, shown } = await rooms.change('set_htb', CLASSES);
    expect(change).toMatchObject({ changed: true, undoable: true });
    const classes = await sandbox.ok(['tc', 'class', 'show', 'dev', 'va']);
    expect(classes).toMatch(/class htb 1:10 parent 1:1 .*prio 1 rate 1500Kbit ceil 10Mbit/);
    expect(classes).toMatch(/class htb 1:a0 parent 1:1 .*rate 2Mbit ceil 4Mbit burst 7000b/);
    const filters = await sandbox.ok(['tc', '-p', 'filter', 'show', 'dev', 'va']);
    for (const word of ['match IP src 10.0.0.0/8', 'match IP protocol 6', 'match sport 1024', 'match dport 80']) expect(filters).toContain(word);
    expect(JSON.stringify(shown)).toContain('class 1:30 on 1:1 htb rate 512000bit');
    expect((await rooms.change('set_htb', CLASSES)).change.changed).toBe(false);
  });

  test('traffic takes the class that it matches', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${PAIR}; ip address add 10.1.0.1/24 dev va; ip -n red address add 10.1.0.2/24 dev vb`);
    const icmp = { id: 20, rate_bits: 1_000_000, match: { destination: '10.1.0.0/24', protocol: 'icmp' } };
    await rooms.change('set_htb', { link: 'va', rate_bits: 10_000_000, default_class: 30, classes: [icmp, { id: 30, rate_bits: 1_000_000 }] });
    await sandbox.sh('ping -q -c3 -i0.1 -W5 10.1.0.2');
    const told = await sandbox.ok(['tc', '-s', 'class', 'show', 'dev', 'va']);
    expect(told).toMatch(/class htb 1:20[^\n]*\n Sent 294 bytes 3 pkt/);
  });

  test('another division demands replace, and undo brings the old one back with all that hung on it', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${PAIR}; tc qdisc add dev va root handle 1: htb default 30 r2q 20
      tc class add dev va parent 1: classid 1:1 htb rate 10mbit ceil 20mbit burst 15k; tc class add dev va parent 1:1 classid 1:10 htb rate 1500kbit prio 1 quantum 3000
      tc class add dev va parent 1:1 classid 1:30 htb rate 512kbit prio 3 burst 7k cburst 9k; tc qdisc add dev va parent 1:10 handle 10: pfifo limit 50
      tc filter add dev va parent 1: protocol ip pref 5 u32 match ip src 10.0.0.0/8 match ip dport 80 0xffff flowid 1:10
      tc filter add dev va parent 1: protocol ip pref 5 u32 match ip src 10.1.0.0/16 flowid 1:30
      tc filter add dev va parent 1:1 protocol ipv6 pref 6 u32 match ip6 dst fd00::/64 flowid 1:30`);
    const before = await tcOf(sandbox);
    expect(before).toContain('match fd000000/ffffffff at 24');
    expect(await rooms.fails('set_htb', CLASSES)).toMatchObject({ code: 'OBJECT_EXISTS' });
    const { change } = await rooms.change('set_htb', { ...CLASSES, replace: true });
    expect(change).toMatchObject({ undoable: true, loses: [] });
    await rooms.undo(change.id ?? '');
    expect(await tcOf(sandbox)).toBe(before);
  });

  test('refuses what could not work', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    const one = { id: 10, rate_bits: 1000 };
    for (const wrong of [
      { classes: [one, one] },
      { classes: [{ id: 1, rate_bits: 1000 }] },
      { classes: [one], default_class: 20 },
      { classes: [{ ...one, ceil_bits: 10 }] },
      { classes: [{ ...one, match: { source: '10.0.0.0/8', destination: 'fd00::/8' } }] },
      { classes: [{ ...one, match: { destination_port: 80 } }] },
    ]) {
      expect((await rooms.fails('set_htb', { link: 'va', rate_bits: 10_000, ...wrong })).code, JSON.stringify(wrong)).not.toBe('');
    }
    expect(await tcOf(sandbox)).not.toContain('htb');
  });
});

describe('clear_shaping', () => {
  test('takes both sides away, and undo brings both back', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${PAIR}; tc qdisc add dev va root handle 5: bfifo limit 9999; tc qdisc add dev va ingress
      tc filter add dev va parent ffff: protocol ip pref 3 u32 match ip src 10.9.0.0/16 flowid :1`);
    const before = await tcOf(sandbox);
    expect(before).toContain('0a090000/ffff0000');
    const { change } = await rooms.change('clear_shaping', { link: 'va' });
    expect(change.commands).toEqual([
      ['tc', 'qdisc', 'delete', 'dev', 'va', 'root'],
      ['tc', 'qdisc', 'delete', 'dev', 'va', 'ingress'],
    ]);
    expect((await rooms.change('clear_shaping', { link: 'va' })).change.changed).toBe(false);
    await rooms.undo(change.id ?? '');
    expect(await tcOf(sandbox)).toBe(before);
  });

  test('of one side only, and of a link that goes', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${PAIR}; tc qdisc add dev va root handle 5: bfifo limit 9999; tc qdisc add dev va clsact`);
    await rooms.change('clear_shaping', { link: 'va', side: 'root' });
    expect(await tcOf(sandbox)).toContain('clsact');
    const before = await tcOf(sandbox);
    const { change } = await rooms.change('delete_link', { link: 'va' });
    await rooms.undo(change.id ?? '');
    expect(await tcOf(sandbox)).toBe(before);
  });
});

describe('what a kernel lacks', () => {
  test.for([
    ['set_netem', { link: 'va', delay_ms: 10 }, 'qdisc show dev va root', 'netem'],
    ['set_police', { link: 'va', rate_bits: 1_000_000 }, 'filter show dev va parent ffff:', 'police'],
  ] as const)('%s is refused with the way out, and nothing stays; or it works', async ([op, input, show, word], { sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    const before = await tcOf(sandbox);
    const prepared = await rooms.prepare(op, input);
    const answer = await rooms.make(prepared).catch((error: unknown) => String(error));
    await rooms.dispose(prepared);
    if (typeof answer !== 'string') expect(await sandbox.sh(`tc ${show}`)).toContain(word);
    else {
      expect(answer).toMatch(/KERNEL_UNSUPPORTED.*modprobe/s);
      expect(await tcOf(sandbox)).toBe(before);
    }
  });

  test('netem is refused what has no effect', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    for (const wrong of [{}, { jitter_ms: 3 }, { delay_ms: 3, distribution: 'normal' }, { reorder_percent: 5, loss_percent: 1 }, { loss_percent: 101 }]) {
      await expect(rooms.dryRun('set_netem', { link: 'va', ...wrong }), JSON.stringify(wrong)).rejects.toThrow();
    }
  });
});

describe('set_offloads', () => {
  test('switches by short and long names, a second call changes nothing, undo brings back what went along', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    const look = () => sandbox.ok(['ethtool', '-k', 'va']);
    const before = await look();
    const features = { gro: true, tso: false, 'tx-checksumming': false };
    const { change, shown } = await rooms.change('set_offloads', { link: 'va', features });
    expect(change.commands).toHaveLength(1);
    expect(await look()).toMatch(/tcp-segmentation-offload: off/);
    expect(shown).toEqual({ features: { 'generic-receive-offload': true, 'tcp-segmentation-offload': false, 'tx-checksumming': false } });
    expect((await rooms.change('set_offloads', { link: 'va', features })).change.changed).toBe(false);
    await rooms.undo(change.id ?? '');
    expect(await look()).toBe(before);
  });

  test('says what a driver lacks, and what it does not let change', async ({ sandbox, rooms }) => {
    await sandbox.sh(PAIR);
    expect(await rooms.fails('set_offloads', { link: 'va', features: { tsoo: true } })).toMatchObject({ code: 'OBJECT_NOT_FOUND', hint: expect.stringContaining('tso') }); // biome-ignore format: one thought
    expect(await rooms.fails('set_offloads', { link: 'va', features: { lro: true } })).toMatchObject({ code: 'KERNEL_UNSUPPORTED' });
  });
});
