// Shaping that this kernel may lack: each is made by hand, read, taken away and made again from what was read; then by the operations.
import { afterAll, afterEach, beforeAll } from 'vitest';
import { OBJECT_KINDS } from '../../src/change/objects/table.js';
import { lackOfTree, treeCommands, treeFacts, treesOf } from '../../src/change/shaping/trees.js';
import { readNamespace } from '../../src/kernel/reading/read.js';
import { expect, test } from '../support/fixture.js';
import { Rooms } from '../support/rooms.js';
import { Sandbox, type Started } from '../support/sandbox.js';
import { needs } from '../uml/kernel.js';

const PAIR = `ip netns add red; ip link add name va type veth peer name vb netns red; ip link set dev va up; ip -n red link set dev vb up
ip address add 10.5.0.1/24 dev va; ip -n red address add 10.5.0.2/24 dev vb`;
const CLEAR = '{ tc qdisc delete dev va root || tc qdisc delete dev va ingress || tc qdisc delete dev va clsact; } 2>/dev/null';
const LOOK =
  'tc -d -r qdisc show dev va; for p in 1: ffff: ingress egress; do echo $p; tc -d filter show dev va $(case $p in *:) echo parent;; esac) $p 2>/dev/null || :; done';

// Every start of a Node, and every process that it starts, is dear in the lane: the tests share one pair, and each clears it.
let sandbox: Sandbox;
let rooms: Rooms;
let holder: Started;
beforeAll(async () => {
  sandbox = await Sandbox.open();
  await sandbox.sh(PAIR);
  holder = await sandbox.start(['sleep', '1000']);
  rooms = await Rooms.open(sandbox);
});
afterEach(() => sandbox.sh(`${CLEAR} || :`));
afterAll(() => sandbox[Symbol.asyncDispose]());

async function trees() {
  const { state } = await readNamespace(`/proc/${holder.pid}/ns/net`, ['shaping']);
  return treesOf(state.shaping ?? []);
}

/** Runs lines, and looks. */
async function lookAfter(...lines: string[]): Promise<string> {
  const text = await sandbox.sh([...lines, LOOK].join('\n'));
  return text
    .replace(/refcnt \d+ |police 0x[0-9a-f]+ |direct_packets_stat \d+ /g, '')
    // Two ways to say the same of police.
    .replace(/^\s*(?:action order 1:)?\s+rate/gm, ' rate'); // biome-ignore format: one thought
}

/** Lines of tc, without `dev va`. */
const RESTORED: Readonly<Record<string, readonly string[]>> = {
  'netem with all it has': [
    'qdisc add root handle 1: netem delay 10ms 3ms 25% loss 1.5% 10% duplicate 2% 5% corrupt 0.1% 1% reorder 25% 50% rate 10mbit limit 500',
  ],
  'netem of odd times': ['qdisc add root handle 1: netem delay 1501us 777us rate 1234567bit 5'],
  'netem with states of loss': ['qdisc add root handle 1: netem loss state 1% 2% 3% 4% 5%'],
  'netem of Gilbert and Elliott': ['qdisc add root handle 1: netem loss gemodel 1% 2% 3% 4%'],
  'netem with a gap': ['qdisc add root handle 1: netem delay 100ms reorder 5% gap 3 loss 33.333333% ecn'],
  'fq_codel with options': [
    'qdisc add root handle 1: fq_codel limit 500 target 10ms interval 90ms flows 256 quantum 300 noecn ce_threshold 2ms memory_limit 1mb',
  ],
  sfq: ['qdisc add root handle 1: sfq perturb 10 quantum 3000'],
  codel: ['qdisc add root handle 1: codel limit 100 target 7ms ecn'],
  'prio with netem below and filters': [
    'qdisc add root handle 1: prio bands 4',
    'qdisc add parent 1:3 handle 30: netem delay 10ms',
    'filter add parent 1: protocol ip pref 1 flower dst_ip 10.1.0.0/16 ip_tos 0xb8/0xfc classid 1:3',
    'filter add parent 1: protocol ip pref 2 handle 0x10 fw flowid 1:2',
    'filter add parent 1: protocol ipv6 pref 3 flower ip_proto udp dst_port 53 classid 1:1',
  ],
  'police of all sorts': [
    'qdisc add ingress',
    'filter add ingress protocol all pref 10 matchall action police rate 1mbit burst 10k conform-exceed drop',
    'filter add ingress protocol all pref 11 u32 match u32 0 0 police rate 3333kbit burst 10k mtu 64kb drop flowid :1',
    'filter add ingress protocol ip pref 12 flower src_ip 10.0.0.0/8 ip_proto tcp dst_port 80 action police rate 1mbit burst 7777 conform-exceed drop/pipe',
  ],
  'filters of clsact, both ways': [
    'qdisc add clsact',
    'filter add ingress protocol ip pref 1 matchall classid :1 action police rate 1mbit burst 10k conform-exceed drop',
    'filter add egress protocol ip pref 1 flower src_ip 10.0.0.0/8 classid :2',
  ],
};

test.for(Object.entries(RESTORED))('%s comes back as it was', async ([, lines], { skip }) => {
  await needs(skip, 'netem', 'fq_codel');
  const text = await lookAfter(...lines.map((line) => `tc ${line.replace(/^(\S+ \S+) /, '$1 dev va ')}`));
  const before = await trees();
  expect(before.map(lackOfTree)).toEqual([null]);
  const again = before.flatMap((tree) => treeCommands(tree)).map((words) => `tc ${words.join(' ')}`);
  expect(await lookAfter(CLEAR, ...again)).toBe(text);
  expect((await trees()).map(treeFacts)).toEqual(before.map(treeFacts));
});

test.for([
  ['netem slot 1ms 2ms', 'qdisc netem 1:'],
  ['cake bandwidth 5mbit', 'qdisc cake 1:'],
  ['fq limit 5000', 'qdisc fq 1:'],
] as const)('%s cannot be made again, and that is said', async ([words, named], { skip }) => {
  await needs(skip, 'netem', 'cake');
  await sandbox.sh(`tc qdisc add dev va root handle 1: ${words}`);
  expect((await trees()).map((tree) => OBJECT_KINDS.shaping?.lacks?.(tree))).toEqual([expect.stringContaining(named)]);
});

test('set_netem delays, is adjusted, known again, and undone', async ({ skip }) => {
  await needs(skip, 'netem');
  const input = { link: 'va', delay_ms: 200, jitter_ms: 1.5, loss_percent: 0.3, loss_correlation_percent: 25, rate_bits: 1_234_567 };
  const first = await rooms.change('set_netem', input);
  expect(first.change.changed).toBe(true);
  const again = await rooms.change('set_netem', input);
  expect(again.change.changed).toBe(false);
  const adjusted = await rooms.change('set_netem', { link: 'va', delay_ms: 300 });
  expect(adjusted.change.commands).toHaveLength(1);
  // Nothing of the old settings is left.
  expect(await sandbox.sh('tc qdisc show dev va')).toMatch(/netem \S+ root refcnt \d+ limit 1000 delay 300ms\s*$/);
  const told = await sandbox.sh('ping -c2 -W5 10.5.0.2');
  expect(Number(/min\/avg\/max\/mdev = ([\d.]+)/.exec(told)?.[1])).toBeGreaterThanOrEqual(300);
  await rooms.undo(adjusted.change.id ?? '');
  expect(await sandbox.sh('tc qdisc show dev va')).toContain('delay 200ms  1.5ms loss 0.3% 25% rate 1234Kbit');
  await rooms.undo(first.change.id ?? '');
  expect(await sandbox.sh('tc qdisc show dev va')).toContain('noqueue');
});

test('set_netem with a distribution', async ({ skip }) => {
  await needs(skip, 'netem');
  const { change } = await rooms.change('set_netem', {
    link: 'va',
    delay_ms: 20,
    jitter_ms: 5,
    delay_correlation_percent: 25,
    distribution: 'normal',
    reorder_percent: 10,
  });
  expect(change.commands?.[0]?.join(' ')).toBe(
    'tc qdisc replace dev va root handle 1: netem limit 1000 delay 20000us 5000us 25% distribution normal reorder 10%',
  );
  expect(await sandbox.sh('tc qdisc show dev va')).toContain('delay 20ms  5ms 25% reorder 10% gap 1');
});

test('set_police drops what comes in too fast, is adjusted, and undone', async ({ skip }) => {
  // A kernel that has netem has the police as well.
  await needs(skip, 'netem');
  const { change } = await rooms.change('set_police', { link: 'va', rate_bits: 8000, burst_bytes: 1500 });
  expect((await rooms.change('set_police', { link: 'va', rate_bits: 8000, burst_bytes: 1500 })).change.changed).toBe(false);
  const told = await sandbox.sh('ip netns exec red ping -q -c20 -i0.01 -s 1000 -W2 10.5.0.1 || :');
  expect(Number(/(\d+) received/.exec(told)?.[1])).toBeLessThan(20);
  expect((await rooms.change('set_police', { link: 'va', rate_bits: 800_000_000 })).change.changed).toBe(true);
  expect(await sandbox.sh('ip netns exec red ping -q -c20 -i0.01 -s 1000 -W2 10.5.0.1')).toContain('20 received');
  await rooms.undo(change.id ?? '', true);
  expect(await sandbox.sh('tc filter show dev va parent ffff: 2>&1 || :')).toContain('800Mbit');
});
