// Numbers as tc(8) and the kernel round them: each reading is turned into what has to be said for the same reading to come out again.

/** A microsecond has so many ticks of 64 ns (PSCHED_SHIFT, include/net/pkt_sched.h; tc_core_init, tc/tc_core.c of iproute2). */
const TICKS_PER_US = 15.625;

/** Ticks that sending so many bytes takes (tc_calc_xmittime, tc/tc_core.c): whole microseconds first. */
export function ticksOfBurst(bytes: number, bytesPerSecond: number): number {
  return Math.floor(Math.floor((1e6 * bytes) / bytesPerSecond) * TICKS_PER_US);
}

/** The roundest whole number in an interval (without its end); the first one above its beginning where there is none in it. */
function between(low: number, high: number): number {
  const first = Math.max(1, Math.ceil(low - 1e-6));
  const round = [1000, 100, 10].map((unit) => Math.ceil(first / unit) * unit).find((bytes) => bytes < high - 1e-6);
  return round ?? Math.max(first, Math.floor((first + high) / 2));
}

/** A burst in bytes that makes so many ticks, as `ticksOfBurst` has it. */
export function burstOfTicks(ticks: number, bytesPerSecond: number): number {
  const us = Math.ceil(ticks / TICKS_PER_US);
  return between((us * bytesPerSecond) / 1e6, ((us + 1) * bytesPerSecond) / 1e6);
}

/** The burst of a tbf, which the kernel is told in bytes and keeps in nanoseconds (tbf_change, net/sched/sch_tbf.c). */
export function tbfBurstOfTicks(ticks: number, bytesPerSecond: number): number {
  return between((ticks * 64 * bytesPerSecond) / 1e9, ((ticks + 1) * 64 * bytesPerSecond) / 1e9);
}

/** Ticks of a burst of a tbf. */
export function ticksOfTbfBurst(bytes: number, bytesPerSecond: number): number {
  return Math.floor((bytes * 1e9) / bytesPerSecond / 64);
}

/** How tc reads back so many microseconds from ticks: one less, unless they are a whole number of ticks. */
export function readingOfUs(us: number): number {
  return Math.floor(Math.floor(us * TICKS_PER_US) / TICKS_PER_US);
}

/** Microseconds that are read back as this: the rounder ones, where two are. */
export function usOfReading(seconds: number): number {
  const reading = Math.round(seconds * 1e6);
  const fits = [reading + 1, reading].filter((us) => readingOfUs(us) === reading);
  return fits.find((us) => us % 10 === 0) ?? fits[0] ?? reading;
}

/** Rates of classes are told with three digits less from 1 Mbit on, unless they are whole kilobits (tc_print_rate, tc/tc_util.c). */
export function rateAsTold(bits: number): number {
  for (let unit = 1; ; unit *= 1000) {
    const next = unit * 1000;
    if (bits < next || (bits % next !== 0 && bits < next * 1000)) return Math.floor(bits / unit) * unit;
  }
}

/** A fraction as a percentage with what tc tells of it: six digits. */
export function percent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(6))}%`;
}

const NUMBER_AND_UNIT = /^(\d+(?:\.\d+)?)([a-z%]*)$/;

/** True when two words of tc say the same, as exactly as tc tells it: equal but for the sixth digit, or a microsecond. */
export function isSameWord(a: string, b: string): boolean {
  if (a === b) return true;
  const [one, other] = [NUMBER_AND_UNIT.exec(a), NUMBER_AND_UNIT.exec(b)];
  if (!one || !other || one[2] !== other[2]) return false;
  const [x, y] = [Number(one[1]), Number(other[1])];
  const least = one[2] === 'us' ? 1 : 0;
  // Whole numbers without a unit count or name something.
  return one[2] !== '' && Math.abs(x - y) <= Math.max(least, 1e-5 * Math.max(x, y));
}

/** True when two commands of tc say the same. */
export function areSameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, i) => isSameWord(word, b[i] ?? ''));
}
