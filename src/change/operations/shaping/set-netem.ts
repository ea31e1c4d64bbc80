// set_netem
import { z } from 'zod';
import { defineOperation } from '../../operation.js';
import { readingOfUs } from '../../shaping/numbers.js';
import { foreseeTree, isSingle, ON_LINK, planTree, RateBits, Replace, rootQdisc, SHAPING_OPERATION, type WantedTree } from '../../shaping/put.js';
import { NETEM_DISTRIBUTIONS, type NetemOptions } from '../../shaping/qdiscs.js';

/** The kernel counts delays in less than 2^31 µs, and iproute2 keeps six digits of a percentage. */
const Milliseconds = z.number().min(0.001).max(1_000_000);
const Percent = z.number().min(0.0001).max(100);

const Fields = z.strictObject({
  ...ON_LINK,
  delay_ms: Milliseconds.optional(),
  jitter_ms: Milliseconds.optional(),
  delay_correlation_percent: Percent.optional(),
  distribution: z.enum(NETEM_DISTRIBUTIONS).optional().describe('Of the jitter; uniform when left out'),
  loss_percent: Percent.optional(),
  loss_correlation_percent: Percent.optional(),
  duplicate_percent: Percent.optional(),
  corrupt_percent: Percent.optional(),
  reorder_percent: Percent.optional().describe('Sent without the delay'),
  rate_bits: RateBits.optional(),
  limit_packets: z.number().int().min(1).max(0x7fff_ffff).default(1000).describe('In the queue'),
  replace: Replace,
});
type Fields = z.output<typeof Fields>;

const EFFECTS = ['delay_ms', 'loss_percent', 'duplicate_percent', 'corrupt_percent', 'rate_bits'] as const;
/** Field → the one that it needs. */
const NEEDED: readonly (readonly [keyof Fields, keyof Fields])[] = [
  ['jitter_ms', 'delay_ms'],
  ['delay_correlation_percent', 'jitter_ms'],
  ['distribution', 'jitter_ms'],
  ['loss_correlation_percent', 'loss_percent'],
  ['reorder_percent', 'delay_ms'],
];

const Input = Fields.superRefine((input, context) => {
  if (!EFFECTS.some((effect) => input[effect] !== undefined)) context.addIssue({ code: 'custom', message: `give at least one of ${EFFECTS.join(', ')}` });
  for (const [field, other] of NEEDED) {
    if (input[field] !== undefined && input[other] === undefined)
      context.addIssue({ code: 'custom', message: `has no effect without ${other}`, path: [field] });
  }
});

const seconds = (ms: number): number => readingOfUs(Math.round(ms * 1000)) / 1e6;
const fraction = (percent: number): number => Number((percent / 100).toPrecision(6));

/** As tc(8) will show it. */
function optionsOf(input: Fields): NetemOptions {
  const { delay_ms, jitter_ms = 0, delay_correlation_percent = 0, distribution, loss_percent, loss_correlation_percent = 0, rate_bits } = input;
  const { duplicate_percent, corrupt_percent, reorder_percent, limit_packets } = input;
  const chance = <Name extends string>(name: Name, percent: number | undefined) =>
    percent === undefined ? {} : { [name]: { [name]: fraction(percent), correlation: 0 } };
  const delay =
    delay_ms === undefined ? {} : { delay: { delay: seconds(delay_ms), jitter: seconds(jitter_ms), correlation: fraction(delay_correlation_percent) } };
  return {
    limit: limit_packets,
    ...(delay.delay && distribution ? { delay: { ...delay.delay, distribution } } : delay),
    ...(loss_percent === undefined ? {} : { 'loss-random': { loss: fraction(loss_percent), correlation: fraction(loss_correlation_percent) } }),
    ...chance('duplicate', duplicate_percent),
    ...chance('corrupt', corrupt_percent),
    ...chance('reorder', reorder_percent),
    ...(rate_bits === undefined ? {} : { rate: { rate: Math.floor(rate_bits / 8), packetoverhead: 0, cellsize: 0, celloverhead: 0 } }),
    ecn: false,
    gap: reorder_percent === undefined ? 0 : 1,
  };
}

function wantedOf(input: Fields): WantedTree {
  return {
    side: 'root',
    build: (device, handle) => ({ device, side: 'root', rows: [rootQdisc(device, 'netem', handle, optionsOf(input))] }),
    adjusts: (found) => isSingle(found, 'netem'),
  };
}

/** Makes a link behave like a bad line. Equivalent to: tc qdisc replace dev LINK root netem delay … loss … (tc-netem(8)). */
export const setNetem = defineOperation({
  ...SHAPING_OPERATION,
  name: 'set_netem',
  title: 'Simulate a bad line',
  description: 'Delays, loses, duplicates, corrupts or reorders what a link sends; what is left out ends. The other direction is set on the other end.',
  input: Input,
  plan: (input, world) => planTree(input, world, wantedOf(input)),
  foresee: (input, foreseen) => foreseeTree(input, foreseen, wantedOf(input)),
});
