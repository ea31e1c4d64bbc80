// set_police
import { z } from 'zod';
import type { Shaping } from '../../../model/snapshot.js';
import { defineOperation } from '../../operation.js';
import { EVERY_PACKET } from '../../shaping/filters.js';
import { rateAsTold, ticksOfBurst } from '../../shaping/numbers.js';
import { BurstBytes, foreseeTree, ingressQdisc, ON_LINK, planTree, RateBits, Replace, SHAPING_OPERATION, type WantedTree } from '../../shaping/put.js';
import type { ShapingTree } from '../../shaping/trees.js';

const Input = z.strictObject({
  ...ON_LINK,
  rate_bits: RateBits,
  burst_bytes: BurstBytes.optional().describe('Let in at once; 100 ms of the rate when left out, at least 65536'),
  replace: Replace,
});
type Input = z.output<typeof Input>;

/** Packets that the sender left to be cut, or that were put together on arrival, are as large as this: a smaller bucket lets none of them in. */
const LARGEST_PACKET = { bytes: 65_536, told: '64Kb' };

/** u32 is in every kernel that has classifiers at all. */
function filterRow(device: string, { rate_bits, burst_bytes }: Input): Shaping {
  const rate = rateAsTold(rate_bits);
  const buffer = ticksOfBurst(burst_bytes ?? Math.max(LARGEST_PACKET.bytes, Math.round(rate_bits / 80)), rate / 8);
  const police = { rate, mtu: LARGEST_PACKET.told, buffer, action: 'drop', overhead: 0, linklayer: 'ethernet' };
  return { object: 'filter', device, kind: 'u32', handle: '', parent: 'ffff:', options: { protocol: 'all', pref: 1, keys: [EVERY_PACKET], police } };
}

/** True for what this operation makes: one filter that polices every packet. */
function isPlainPolice({ rows }: ShapingTree): boolean {
  const [qdisc, filter, ...others] = rows;
  const every = z.looseObject({ keys: z.tuple([z.literal(EVERY_PACKET)]), police: z.unknown() }).safeParse(filter?.options).success;
  return qdisc?.kind === 'ingress' && others.length === 0 && (filter === undefined || (filter.kind === 'u32' && every));
}

function wantedOf(input: Input): WantedTree {
  return {
    side: 'ingress',
    build: (device) => ({ device, side: 'ingress', rows: [ingressQdisc(device), filterRow(device, input)] }),
    adjusts: isPlainPolice,
  };
}

/** Drops what comes in faster than a rate. Equivalent to: tc qdisc add dev LINK ingress; tc filter add dev LINK parent ffff: … action police rate … burst … conform-exceed drop (tc-police(8)). */
export const setPolice = defineOperation({
  ...SHAPING_OPERATION,
  name: 'set_police',
  title: 'Limit what comes in',
  description: 'Drops what comes in on a link faster than a rate.',
  input: Input,
  plan: (input, world) => planTree(input, world, wantedOf(input)),
  foresee: (input, foreseen) => foreseeTree(input, foreseen, wantedOf(input)),
});
