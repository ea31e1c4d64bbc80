// What one setting of a kind of link is: how a caller writes it, the words of iproute2 for it, and how `ip -d -j link` shows it.
import { z } from 'zod';
import { IpAddress, parseIp } from '../ip.js';
import type { Settings } from '../objects.js';

export type Value = Settings[string];

/** `linkinfo.info_data` of `ip -d -j link show`. */
export type InfoData = Readonly<Record<string, unknown>>;

/** One setting, under its name in the declaration of its kind. */
export interface Attribute {
  /** What a caller may write. It turns into the value that `read` gives for the same thing. */
  schema: z.ZodType<Value>;
  /** The words after `type KIND` that set it (ip-link(8)). */
  words(value: Value): string[];
  /** The value that the kernel shows; undefined where it shows none, or does not know the setting. */
  read(data: InfoData): Value | undefined;
  /** The value of a link that was made without a word about it: such a value is not said. */
  usual?: Value;
  /** The value that a caller gets who says nothing, where that is another than the kernel's. */
  standard?: Value;
  isRequired?: true;
  /** The name of a setting that stands for this one, where this one is required or has a standard. */
  unless?: string;
  /** `later`: not when the link is made but once it has ports; `never`: only when it is made; `down`: only while it is down. */
  when?: 'later' | 'never' | 'down';
  /** Values that it has from the start or never, and keeps. */
  fixedAt?: readonly Value[];
  /** iproute2 or the kernel sets it back where a change does not say it again. */
  isRestated?: true;
}

type Details = Omit<Attribute, 'schema' | 'words' | 'read'>;

/** The name under which iproute2 prints a setting, where it is not its word. */
interface Key {
  key?: string;
}

function split<Rest extends Key>({ key, ...details }: Rest, word: string): { key: string; details: Omit<Rest, 'key'> } {
  return { key: key ?? word, details };
}

/** A number, or the text of one in decimal or hexadecimal, as iproute2 prints it. */
export function numberIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** `WORD 1` and `WORD 0`. */
export function toggle(word: string, options: Details & Key = {}): Attribute {
  const { key, details } = split(options, word);
  return {
    schema: z.boolean(),
    words: (value) => [word, value === true ? '1' : '0'],
    read(data) {
      const number = numberIn(data[key]);
      return number === undefined ? undefined : number !== 0;
    },
    ...details,
  };
}

/** `WORD` and `noWORD`; shown where it is so. */
export function flag(word: string, { off, ...options }: Details & Key & { off?: string[] } = {}): Attribute {
  const { key, details } = split(options, word);
  return {
    schema: z.boolean(),
    words: (value) => (value === true ? [word] : (off ?? [`no${word}`])),
    read: (data) => data[key] === true,
    usual: false,
    ...details,
  };
}

/** As `flag`, of one that is always shown where the kernel knows it. */
export function shownFlag(word: string, options: Details & Key = {}): Attribute {
  const { key, details } = split(options, word);
  return {
    ...flag(word, details),
    read(data) {
      const value = data[key];
      return typeof value === 'boolean' ? value : undefined;
    },
  };
}

/** `WORD N`. */
export function whole(word: string, { least = 0, most, ...options }: Details & Key & { least?: number; most: number }): Attribute {
  const { key, details } = split(options, word);
  return { schema: z.int().min(least).max(most), words: (value) => [word, String(value)], read: (data) => numberIn(data[key]), ...details };
}

/** As `whole`, of a number that is not shown where it is 0. */
export function wholeOrZero(word: string, options: Details & Key & { most: number }): Attribute {
  const attribute = whole(word, options);
  return { ...attribute, read: (data) => attribute.read(data) ?? 0, usual: 0 };
}

/** A time in seconds that iproute2 writes and shows in hundredths (USER_HZ, time(7)). */
export function hundredths(word: string, { most, ...options }: Details & Key & { most: number }): Attribute {
  const { key, details } = split(options, word);
  return {
    schema: z
      .number()
      .min(0)
      .max(most)
      .transform((seconds) => Math.round(seconds * 100) / 100),
    words: (value) => [word, String(Math.round(Number(value) * 100))],
    read(data) {
      const number = numberIn(data[key]);
      return number === undefined ? undefined : number / 100;
    },
    ...details,
  };
}

/** `WORD CHOICE`. */
export function choice(word: string, choices: readonly [string, ...string[]], options: Details & Key = {}): Attribute {
  const { key, details } = split(options, word);
  return { schema: z.enum(choices), words: (value) => [word, String(value)], read: (data) => textIn(data[key]), ...details };
}

/** `WORD on` and `WORD off`, shown as an element of the list `flags`. */
export function listedFlag(word: string, name: string, details: Details = {}): Attribute {
  return {
    schema: z.boolean(),
    words: (value) => [word, value === true ? 'on' : 'off'],
    read: ({ flags }) => (Array.isArray(flags) ? flags.includes(name) : undefined),
    usual: false,
    ...details,
  };
}

type Family = 'inet' | 'inet6';

/** The first bytes of an address that goes to a group (RFC 5771, RFC 4291 section 2.7). */
function isMulticast(address: string): boolean {
  return parseIp(address)?.family === 'inet' ? /^(22[4-9]|23\d)\./.test(address) : address.startsWith('ff');
}

/** `WORD ADDRESS`; one of IPv6 is shown under a name of its own. */
export function address(word: string, { isGroup, ...details }: Details & { isGroup?: true } = {}): Attribute {
  return {
    schema: IpAddress.refine((text) => isMulticast(text) === (isGroup === true), isGroup ? 'a multicast address' : 'a unicast address'),
    words: (value) => [word, String(value)],
    read: (data) => textIn(data[word]) ?? textIn(data[`${word}6`]),
    ...details,
  };
}

/** The address of one end of a tunnel, or `any`. */
export function endpoint(word: string, family: Family, details: Details = {}): Attribute {
  const Endpoint = IpAddress.refine((text) => parseIp(text)?.family === family, family === 'inet' ? 'an IPv4 address' : 'an IPv6 address');
  return {
    schema: z.union([z.literal('any'), Endpoint], `an ${family === 'inet' ? 'IPv4' : 'IPv6'} address, or any`),
    words: (value) => [word, String(value)],
    read: (data) => textIn(data[word]),
    usual: 'any',
    ...details,
  };
}

function hexadecimal(value: Value): string {
  return typeof value === 'number' ? `0x${value.toString(16)}` : String(value);
}

/**
 * `WORD NUMBER|CHOICE`, where the number is written in hexadecimal: iproute2 reads some (`tos`, `tclass`, `flowlabel`)
 * so even without `0x`. `readsAs` gives what the shown text or another key says.
 */
export function hexOr(
  word: string,
  choices: readonly [string, ...string[]],
  { least = 0, most, readsAs, ...details }: Details & { least?: number; most: number; readsAs(data: InfoData): Value | undefined },
): Attribute {
  return {
    schema: z.union([z.enum(choices), z.int().min(least).max(most)], `${least} to ${most}, or ${choices.join(' or ')}`),
    words: (value) => [word, hexadecimal(value)],
    read: readsAs,
    ...details,
  };
}

/** The type of service of the outer packets; iproute2 shows `inherit` as 1. */
export const tos = hexOr('tos', ['inherit'], {
  most: 255,
  usual: 0,
  readsAs(data) {
    const number = numberIn(data['tos']) ?? 0;
    return number === 1 ? 'inherit' : number;
  },
});
