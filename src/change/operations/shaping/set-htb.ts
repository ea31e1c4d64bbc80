// set_htb
import { z } from 'zod';
import { parsePrefix } from '../../../model/ip.js';
import type { Shaping } from '../../../model/snapshot.js';
import { defineOperation } from '../../operation.js';
import { Destination } from '../../parts/inputs.js';
import { u32Filters } from '../../shaping/filters.js';
import { rateAsTold, ticksOfBurst } from '../../shaping/numbers.js';
import { BurstBytes, foreseeTree, ON_LINK, planTree, RateBits, Replace, rootQdisc, SHAPING_OPERATION, type WantedTree } from '../../shaping/put.js';
import type { ShapingTree } from '../../shaping/trees.js';

/** The class that all others are below, so that they can lend each other what they do not use. */
const TOP = '1';

const ClassId = z
  .union([z.number().int().transform(String), z.string()])
  .pipe(z.string().regex(/^[1-9a-f][0-9a-f]{0,3}$/, 'hexadecimal digits, as in 1:ID'))
  .refine((id) => id !== TOP, 'the server uses 1 for the class above all others');
const Prefix = Destination.refine((text) => text !== 'default', 'a prefix');
const Port = z.number().int().min(1).max(65_535);

const Match = z
  .strictObject({
    source: Prefix.optional(),
    destination: Prefix.optional(),
    protocol: z.enum(['tcp', 'udp', 'icmp']).optional(),
    source_port: Port.optional(),
    destination_port: Port.optional(),
    dscp: z.number().int().min(0).max(63).optional(),
  })
  .refine((match) => Object.keys(match).length > 0, 'an empty match: leave it out, and name the class as default_class')
  .refine(({ source, destination }) => !source || !destination || parsePrefix(source)?.family === parsePrefix(destination)?.family, 'source and destination are of different families') // biome-ignore format: one thought
  .refine(({ protocol, source_port, destination_port }) => (source_port ?? destination_port) === undefined || (protocol && protocol !== 'icmp'), 'a port needs protocol tcp or udp'); // biome-ignore format: one thought

const ClassInput = z
  .strictObject({
    id: ClassId.describe('Hexadecimal, as in 1:ID'),
    rate_bits: RateBits.describe('Guaranteed'),
    ceil_bits: RateBits.optional().describe('With what others leave; the whole when left out'),
    prio: z.number().int().min(0).max(7).default(0).describe('0 is served first'),
    burst_bytes: BurstBytes.optional(),
    match: Match.optional(),
  })
  .refine(({ rate_bits, ceil_bits }) => ceil_bits === undefined || ceil_bits >= rate_bits, 'ceil_bits is below rate_bits');

const Input = z
  .strictObject({
    ...ON_LINK,
    rate_bits: RateBits.describe('Of the link as a whole'),
    classes: z.array(ClassInput).min(1).max(64),
    default_class: ClassId.optional().describe('For what matches none; not limited when left out'),
    replace: Replace,
  })
  .refine(({ classes }) => new Set(classes.map(({ id }) => id)).size === classes.length, { message: 'two classes have the same id', path: ['classes'] })
  .refine(({ classes, default_class }) => default_class === undefined || classes.some(({ id }) => id === default_class), {
    message: 'no class has that id',
    path: ['default_class'],
  })
  .refine(({ classes, rate_bits }) => classes.every((each) => (each.ceil_bits ?? 0) <= rate_bits), { message: 'ceil_bits is above rate_bits of the link', path: ['classes'] }); // biome-ignore format: one thought
type Input = z.output<typeof Input>;

function classRow(device: string, parent: string, handle: string, bits: { rate: number; ceil: number }, more: Record<string, number> = {}): Shaping {
  return { object: 'class', device, kind: 'htb', handle, parent, options: { rate: rateAsTold(bits.rate), ceil: rateAsTold(bits.ceil), ...more } };
}

function treeOf({ rate_bits, classes, default_class }: Input, device: string, handle: string): ShapingTree {
  const major = handle.slice(0, -1);
  const top = `${major}:${TOP}`;
  const leaves = classes.map(({ id, rate_bits: rate, ceil_bits: ceil = Math.max(rate, rate_bits), prio, burst_bytes }) =>
    classRow(device, top, `${major}:${id}`, { rate, ceil }, { prio, ...(burst_bytes === undefined ? {} : { buffer: ticksOfBurst(burst_bytes, rate / 8) }) }),
  );
  // A priority is of one protocol: each class has two of them.
  const filters = classes.flatMap(({ id, match }, i) =>
    (match ? u32Filters(match, i * 2 + 1, `${major}:${id}`) : []).map(
      (options): Shaping => ({ object: 'filter', device, kind: 'u32', handle: '', parent: handle, options }),
    ),
  );
  const root = rootQdisc(device, 'htb', handle, { default: `0x${default_class ?? '0'}` });
  return { device, side: 'root', rows: [root, classRow(device, handle, top, { rate: rate_bits, ceil: rate_bits }), ...leaves, ...filters] };
}

function wantedOf(input: Input): WantedTree {
  return { side: 'root', build: (device, handle) => treeOf(input, device, handle), adjusts: () => false };
}

/** Divides what a link sends among classes of traffic. Equivalent to: tc qdisc replace dev LINK root htb …; tc class add …; tc filter add … u32 … (tc-htb(8), tc-u32(8)). */
export const setHtb = defineOperation({
  ...SHAPING_OPERATION,
  name: 'set_htb',
  title: 'Divide a link among classes',
  description: 'Divides what a link sends among classes with guaranteed rates; the first class that matches takes a packet.',
  input: Input,
  plan: (input, world) => planTree(input, world, wantedOf(input)),
  foresee: (input, foreseen) => foreseeTree(input, foreseen, wantedOf(input)),
});
