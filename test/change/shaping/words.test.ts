// The words that make shaping again: pure, and with numbers that come out as they were.
import { describe, expect, test } from 'vitest';
import { u32Filters } from '../../../src/change/shaping/filters.js';
import {
  areSameWords,
  burstOfTicks,
  percent,
  rateAsTold,
  readingOfUs,
  tbfBurstOfTicks,
  ticksOfBurst,
  ticksOfTbfBurst,
  usOfReading,
} from '../../../src/change/shaping/numbers.js';
import { QDISCS } from '../../../src/change/shaping/qdiscs.js';
import { lackOfTree, treeCommands, treesOf } from '../../../src/change/shaping/trees.js';
import type { Shaping } from '../../../src/model/snapshot.js';

describe('numbers', () => {
  test('a burst read from ticks makes the same ticks again', () => {
    for (const rate of [1000, 12_345, 187_500, 1_250_000, 125_000_000, 5_000_000_000]) {
      for (const bytes of [100, 1599, 1600, 5000, 32_768, 1_000_003]) {
        const ticks = ticksOfBurst(bytes, rate);
        expect(ticksOfBurst(burstOfTicks(ticks, rate), rate), `${bytes} at ${rate}`).toBe(ticks);
        const exact = ticksOfTbfBurst(bytes, rate);
        expect(ticksOfTbfBurst(tbfBurstOfTicks(exact, rate), rate), `${bytes} at ${rate}`).toBe(exact);
      }
    }
  });

  test('times that tc rounds down are said so that they are read as before', () => {
    for (let us = 1; us < 3000; us++) expect(readingOfUs(usOfReading(readingOfUs(us) / 1e6))).toBe(readingOfUs(us));
    expect([0.001499, 0.01, 0.0015].map(usOfReading)).toEqual([1500, 10_000, 1501]);
  });

  test('rates and percentages as tc tells them', () => {
    expect([999_999, 1_234_567, 1_500_000, 12_000_000, 1_234_567_890].map(rateAsTold)).toEqual([999_999, 1_234_000, 1_500_000, 12_000_000, 1_234_000_000]);
    expect([0.015, 0.333333, 1].map(percent)).toEqual(['1.5%', '33.3333%', '100%']);
    expect(areSameWords(['delay', '1500us'], ['delay', '1501us'])).toBe(true);
    expect(areSameWords(['limit', '1000'], ['limit', '1001'])).toBe(false);
    expect(areSameWords(['loss', '1%'], ['loss', '1.1%'])).toBe(false);
  });
});

describe('qdiscs', () => {
  test('netem, in the grammar of tc-netem(8)', () => {
    const options = {
      ...{ limit: 500, delay: { delay: 0.01, jitter: 0.003, correlation: 0.25 }, 'loss-random': { loss: 0.015, correlation: 0.1 }, ecn: false, gap: 1 },
      ...{ duplicate: { duplicate: 0.02, correlation: 0.05 }, reorder: { reorder: 0.25, correlation: 0.5 }, corrupt: { corrupt: 0.001, correlation: 0.01 } },
      rate: { rate: 1_250_000, packetoverhead: 0, cellsize: 0, celloverhead: 0 },
    };
    expect(QDISCS['netem']?.(options)?.join(' ')).toBe(
      'netem limit 500 delay 10000us 3000us 25% loss random 1.5% 10% duplicate 2% 5% corrupt 0.1% 1% reorder 25% 50% rate 10000000bit 0 0 0',
    );
    expect(QDISCS['netem']?.({ ...options, slot: {} })).toBeNull();
  });

  test('a whole tree is made from the root on, and what is unknown in it is named', () => {
    const row = (facts: Partial<Shaping>): Shaping => ({ object: 'qdisc', device: 'v0', kind: 'pfifo', handle: '', parent: 'root', options: {}, ...facts });
    const rows = [
      row({
        object: 'filter',
        kind: 'u32',
        handle: '800::800',
        parent: '1:',
        options: { protocol: 'ip', pref: 5, flowid: '1:10', keys: ['0a000000/ff000000 at 12'] },
      }),
      row({ object: 'class', kind: 'htb', handle: '1:10', parent: '1:1', options: { rate: 1_500_000, ceil: 2_000_000, prio: 1 } }),
      row({ handle: '10:', parent: '1:10', options: { limit: 50 } }),
      row({ object: 'class', kind: 'htb', handle: '1:1', parent: '1:', options: { rate: 2_000_000, ceil: 2_000_000 } }),
      row({ kind: 'htb', handle: '1:', options: { default: '0x30', r2q: 10 } }),
    ];
    const [tree, ...others] = treesOf(rows);
    expect(others).toEqual([]);
    expect(tree && treeCommands(tree).map((words) => words.join(' '))).toEqual([
      'qdisc add dev v0 root handle 1: htb default 30 r2q 10',
      'class add dev v0 parent 1: classid 1:1 htb rate 2000000bit ceil 2000000bit',
      'class add dev v0 parent 1:1 classid 1:10 htb rate 1500000bit ceil 2000000bit prio 1',
      'qdisc add dev v0 parent 1:10 handle 10: pfifo limit 50',
      'filter add dev v0 parent 1: protocol ip pref 5 u32 match u32 0x0a000000 0xff000000 at 12 flowid 1:10',
    ]);
    expect(tree && lackOfTree(tree)).toBeNull();
    expect(lackOfTree({ device: 'v0', side: 'root', rows: [row({ kind: 'hfsc', handle: '1:' })] })).toContain('hfsc 1:');
  });
});

test('a match becomes the keys that iproute2 makes of its words, for each family that it covers', () => {
  const keys = (match: Parameters<typeof u32Filters>[0]) =>
    u32Filters(match, 1, '1:10').map((filter) => [filter.protocol, filter.pref, ...filter.keys].join(' '));
  expect(keys({ source: '10.0.0.0/8', protocol: 'tcp', source_port: 1024, destination_port: 80 })).toEqual([
    'ip 1 0a000000/ff000000 at 12 00060000/00ff0000 at 8 04000050/ffffffff at 20',
  ]);
  expect(keys({ destination: 'fd00:1::/40', dscp: 46 })).toEqual(['ipv6 2 fd000001/ffffffff at 24 00000000/ff000000 at 28 0b800000/0fc00000 at 0']);
  expect(keys({ protocol: 'udp' })).toEqual(['ip 1 00110000/00ff0000 at 8', 'ipv6 2 00001100/0000ff00 at 4']);
});
