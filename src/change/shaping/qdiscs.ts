// Kinds of queueing disciplines that can be made again: for each the options as tc(8) prints them in JSON, and the words that say the same.
import { z } from 'zod';
import { percent, tbfBurstOfTicks, usOfReading } from './numbers.js';

/** The words for options; null when there is something among them that is not known here. */
type Spell = (options: unknown) => string[] | null;

/** A strict schema is what tells the options that are not known. */
function spelled<T>(schema: z.ZodType<T>, words: (options: T) => string[]): Spell {
  return (options) => {
    const { success, data } = schema.safeParse(options);
    return success ? words(data) : null;
  };
}

const number = z.number();
const text = z.string();
const word = (name: string, value: string | number | undefined): string[] => (value === undefined ? [] : [name, String(value)]);
const flag = (name: string, isSet: boolean | undefined): string[] => (isSet ? [name] : []);
/** CoDel counts in units of 1024 ns and rounds down twice. */
const codelTime = (name: string, reading: number | undefined): string[] => (reading === undefined ? [] : [name, `${reading + 1}us`]);
const Ethernet = z.literal('ethernet').optional();

export const NETEM_DISTRIBUTIONS = ['normal', 'pareto', 'paretonormal'] as const;

/** What netem does (tc-netem(8)). `distribution` is ours alone: the kernel does not tell it. */
export const NetemOptions = z.strictObject({
  limit: number,
  delay: z
    .strictObject({ delay: number, jitter: number.default(0), correlation: number.default(0), distribution: z.enum(NETEM_DISTRIBUTIONS).optional() })
    .optional(),
  'loss-random': z.strictObject({ loss: number, correlation: number.default(0) }).optional(),
  'loss-state': z.strictObject({ p13: number, p31: number, p32: number, p23: number, p14: number }).optional(),
  'loss-gemodel': z.strictObject({ p: number, r: number, '1-h': number, '1-k': number }).optional(),
  duplicate: z.strictObject({ duplicate: number, correlation: number.default(0) }).optional(),
  reorder: z.strictObject({ reorder: number, correlation: number.default(0) }).optional(),
  corrupt: z.strictObject({ corrupt: number, correlation: number.default(0) }).optional(),
  /** Bytes per second. */
  rate: z.strictObject({ rate: number, packetoverhead: number.default(0), cellsize: number.default(0), celloverhead: number.default(0) }).optional(),
  ecn: z.boolean().optional(),
  gap: number.optional(),
  /** Of the random numbers. */
  seed: z.unknown().optional(),
});
export type NetemOptions = z.infer<typeof NetemOptions>;

function chanceWords(words: readonly string[], probability: number | undefined, correlation: number | undefined): string[] {
  if (probability === undefined) return [];
  return [...words, percent(probability), ...(correlation ? [percent(correlation)] : [])];
}

function netemWords(options: NetemOptions): string[] {
  const { limit, delay, duplicate, reorder, corrupt, rate, ecn, gap = 0 } = options;
  const [random, state, model] = [options['loss-random'], options['loss-state'], options['loss-gemodel']];
  const us = (seconds: number) => `${usOfReading(seconds)}us`;
  return [
    ...['netem', 'limit', String(limit)],
    ...(delay ? ['delay', us(delay.delay), ...(delay.jitter ? [us(delay.jitter), ...(delay.correlation ? [percent(delay.correlation)] : [])] : [])] : []),
    ...word('distribution', delay?.distribution),
    ...chanceWords(['loss', 'random'], random?.loss, random?.correlation),
    ...(state ? ['loss', 'state', ...[state.p13, state.p31, state.p32, state.p23, state.p14].map(percent)] : []),
    ...(model ? ['loss', 'gemodel', ...[model.p, model.r, model['1-h'], model['1-k']].map(percent)] : []),
    ...chanceWords(['duplicate'], duplicate?.duplicate, duplicate?.correlation),
    ...chanceWords(['corrupt'], corrupt?.corrupt, corrupt?.correlation),
    ...chanceWords(['reorder'], reorder?.reorder, reorder?.correlation),
    ...(reorder && gap > 1 ? ['gap', String(gap)] : []),
    ...(rate ? ['rate', `${rate.rate * 8}bit`, String(rate.packetoverhead), String(rate.cellsize), String(rate.celloverhead)] : []),
    ...flag('ecn', ecn),
  ];
}

/** A token bucket (tc-tbf(8)). One with a peak rate has a `mtu`: iproute2 leaves out how high the rate is. */
export const TbfOptions = z.strictObject({
  /** Bytes per second. */
  rate: number,
  /** Ticks, in hexadecimal. */
  burst_raw: text,
  /** Bytes that may wait, with the burst. */
  limit: number,
  overhead: number.optional(),
  linklayer: Ethernet,
  mpu: number.optional(),
  // Roundings of the above.
  burst: z.unknown().optional(),
  lat: z.unknown().optional(),
});
export type TbfOptions = z.infer<typeof TbfOptions>;

/** The burst of a tbf in bytes. */
function tbfBurst({ rate, burst_raw, overhead = 0 }: TbfOptions): number {
  return tbfBurstOfTicks(Number.parseInt(burst_raw, 16), rate) - overhead;
}

function tbfWords(options: TbfOptions): string[] {
  const { rate, limit, overhead, mpu } = options;
  const size = ['tbf', 'rate', `${rate * 8}bit`, 'burst', `${tbfBurst(options)}b`, 'limit', `${limit}b`];
  return [...size, ...(mpu ? ['mpu', String(mpu)] : []), ...(overhead ? ['overhead', String(overhead)] : [])];
}

const Codel = { limit: number, target: number, interval: number, ecn: z.boolean().optional(), ce_threshold: number.optional() };

/** So many flows an sfq has as long as nobody has set its limit or flows: one more than can be set (SFQ_DEFAULT_FLOWS, sfq_change in net/sched/sch_sfq.c). */
const SFQ_UNTOLD_FLOWS = 128;

/** Spellings by kind. */
export const QDISCS: Readonly<Record<string, Spell>> = {
  noqueue: spelled(z.strictObject({}), () => ['noqueue']),
  ingress: spelled(z.strictObject({}), () => ['ingress']),
  clsact: spelled(z.strictObject({}), () => ['clsact']),
  pfifo: spelled(z.strictObject({ limit: number }), ({ limit }) => ['pfifo', ...word('limit', limit)]),
  bfifo: spelled(z.strictObject({ limit: number }), ({ limit }) => ['bfifo', ...word('limit', limit)]),
  netem: spelled(NetemOptions, netemWords),
  tbf: spelled(TbfOptions, tbfWords),
  htb: spelled(
    z.strictObject({
      r2q: number.optional(),
      default: z.union([text, number]),
      direct_qlen: number.optional(),
      ver: z.unknown().optional(),
      direct_packets_stat: z.unknown().optional(),
    }),
    ({ r2q, default: fallback, direct_qlen }) => [
      'htb',
      'default',
      String(fallback).replace(/^0x/, ''),
      ...word('r2q', r2q),
      ...word('direct_qlen', direct_qlen),
    ],
  ),
  prio: spelled(z.strictObject({ bands: number, priomap: z.array(number), multiqueue: z.literal(false).optional() }), ({ bands, priomap }) => [
    ...['prio', 'bands', String(bands)],
    ...['priomap', ...priomap.map(String)],
  ]),
  sfq: spelled(
    z.strictObject({ limit: number, quantum: number, depth: number, flows: number, divisor: number, perturb: number.optional() }),
    ({ limit, quantum, depth, flows, divisor, perturb }) => [
      ...['sfq', ...word('quantum', quantum), ...word('depth', depth), ...word('divisor', divisor), ...word('perturb', perturb)],
      ...(flows === SFQ_UNTOLD_FLOWS ? [] : [...word('limit', limit), ...word('flows', flows)]),
    ],
  ),
  codel: spelled(z.strictObject(Codel), ({ limit, target, interval, ecn, ce_threshold }) => [
    ...['codel', ...word('limit', limit), ...codelTime('target', target), ...codelTime('interval', interval)],
    ...[...codelTime('ce_threshold', ce_threshold), ecn ? 'ecn' : 'noecn'],
  ]),
  fq_codel: spelled(
    z.strictObject({ ...Codel, flows: number, quantum: number, memory_limit: number.optional(), drop_batch: number.optional() }),
    ({ limit, flows, quantum, target, interval, ce_threshold, memory_limit, drop_batch, ecn }) => [
      ...['fq_codel', ...word('limit', limit), ...word('flows', flows), ...word('quantum', quantum)],
      ...[...codelTime('target', target), ...codelTime('interval', interval), ...codelTime('ce_threshold', ce_threshold)],
      ...[...word('memory_limit', memory_limit), ...word('drop_batch', drop_batch), ecn ? 'ecn' : 'noecn'],
    ],
  ),
};

/** A class of htb (tc-htb(8)): rates in bits per second, buffers in ticks. What tc chooses by itself may be missing. */
const HtbClass = z.strictObject({
  rate: number,
  ceil: number,
  buffer: number.optional(),
  cbuffer: number.optional(),
  prio: number.optional(),
  quantum: number.optional(),
  overhead: number.optional(),
  mpu: number.optional(),
  linklayer: Ethernet,
});

/** The words for a class of htb, given the bytes that some ticks are. */
export function spellClass(options: unknown, burstOf: (ticks: number, bytesPerSecond: number) => number): string[] | null {
  const { success, data } = HtbClass.safeParse(options);
  if (!success) return null;
  const { rate, ceil, buffer, cbuffer, prio, quantum, overhead, mpu } = data;
  return [
    ...['htb', 'rate', `${rate}bit`, 'ceil', `${ceil}bit`],
    ...(buffer === undefined ? [] : ['burst', `${burstOf(buffer, rate / 8)}b`]),
    ...(cbuffer === undefined ? [] : ['cburst', `${burstOf(cbuffer, ceil / 8)}b`]),
    ...word('prio', prio),
    ...word('quantum', quantum),
    ...(overhead ? ['overhead', String(overhead)] : []),
    ...(mpu ? ['mpu', String(mpu)] : []),
  ];
}
