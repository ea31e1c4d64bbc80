// set_rate_limit
import { z } from 'zod';
import { defineOperation } from '../../operation.js';
import { ticksOfTbfBurst } from '../../shaping/numbers.js';
import { BurstBytes, foreseeTree, isSingle, ON_LINK, planTree, RateBits, Replace, rootQdisc, SHAPING_OPERATION, type WantedTree } from '../../shaping/put.js';
import type { TbfOptions } from '../../shaping/qdiscs.js';

const Input = z.strictObject({
  ...ON_LINK,
  rate_bits: RateBits,
  burst_bytes: BurstBytes.optional().describe('Sent at once; 10 ms of the rate when left out, at least 3200'),
  latency_ms: z.number().min(0.1).max(60_000).default(50).describe('Longest wait in the queue'),
  replace: Replace,
});
type Input = z.output<typeof Input>;

/** Two packets of an Ethernet: a token bucket never sends what is larger than its burst (tc-tbf(8)). */
const LEAST_BURST = 3200;

/** As tc(8) will show it; the limit is made of the latency as tc-tbf(8) says. */
function optionsOf({ rate_bits, burst_bytes, latency_ms }: Input): TbfOptions {
  const rate = Math.floor(rate_bits / 8);
  const burst = burst_bytes ?? Math.max(LEAST_BURST, Math.round(rate / 100));
  return { rate, burst_raw: ticksOfTbfBurst(burst, rate).toString(16), limit: Math.floor((rate * latency_ms) / 1000) + burst };
}

function wantedOf(input: Input): WantedTree {
  return {
    side: 'root',
    build: (device, handle) => ({ device, side: 'root', rows: [rootQdisc(device, 'tbf', handle, optionsOf(input))] }),
    adjusts: (found) => isSingle(found, 'tbf'),
  };
}

/** Limits how fast a link sends. Equivalent to: tc qdisc replace dev LINK root tbf rate … burst … limit … (tc-tbf(8)). */
export const setRateLimit = defineOperation({
  ...SHAPING_OPERATION,
  name: 'set_rate_limit',
  title: 'Limit the rate of a link',
  description: 'Limits how fast a link sends, by a token bucket. For what comes in: set_police, or this on the other end.',
  input: Input,
  plan: (input, world) => planTree(input, world, wantedOf(input)),
  foresee: (input, foreseen) => foreseeTree(input, foreseen, wantedOf(input)),
});
