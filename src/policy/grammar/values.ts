// The kinds of values that a command may hold: each a closed pattern, none of which can begin with a dash.
import { parseIp, parsePrefix, prefixText } from '../../model/ip.js';

/** A value in canonical spelling, and the host that it makes the command send packets to. */
export interface Value {
  word: string;
  target?: string;
}

/** A kind of value: what it is, and which words are of it. */
export interface ValueType {
  /** What it is, for hints: `a port (0-65535)`. */
  says: string;
  /** The value; null when the word is none of the kind; a text when it is one that is refused, and why. */
  read(word: string): Value | string | null;
}

/** Words that fit a closed pattern, none of which begins with a dash. */
export function pattern(says: string, allowed: RegExp): ValueType {
  return { says, read: (word) => (!word.startsWith('-') && allowed.test(word) ? { word } : null) };
}

/** One of a closed list of words. */
export function oneOf(words: readonly string[]): ValueType {
  return { says: words.join(' | '), read: (word) => (words.includes(word) ? { word } : null) };
}

/** A comma-separated list of words of a closed list. */
export function listOf(words: readonly string[]): ValueType {
  return { says: `of ${words.join(', ')}`, read: (word) => (word.split(',').every((part) => words.includes(part)) ? { word } : null) };
}

/** A decimal number in a range, without sign or leading zeros. @param decimals How many digits may follow a point. */
export function number(least: number, most: number, says = 'a number', decimals = 0): ValueType {
  const form = decimals === 0 ? /^(0|[1-9]\d{0,9})$/ : new RegExp(`^(0|[1-9]\\d{0,9})(\\.\\d{1,${decimals}})?$`);
  return { says: `${says} (${least}-${most})`, read: (word) => (form.test(word) && Number(word) >= least && Number(word) <= most ? { word } : null) };
}

/** The first of several kinds that fits. */
export function either(...types: readonly ValueType[]): ValueType {
  const read = (word: string) => {
    const answers = types.map((type) => type.read(word));
    return answers.find((answer) => typeof answer === 'object' && answer !== null) ?? answers.find((answer) => answer !== null) ?? null;
  };
  return { says: types.map(({ says }) => says).join(', or '), read };
}

/** A legal interface name (dev_valid_name, net/core/dev.c): 1-15 bytes without slash, colon and white space; here printable ASCII, no leading dash. */
export const DEVICE = pattern('a device name', /^(?!\.{1,2}$)[!-.0-9;-~]{1,15}$/);

export const PORT = number(0, 65_535, 'a port');
export const UINT32 = number(0, 4_294_967_295);
/** A firewall mark, or mark/mask. */
export const MARK = pattern('a mark or mark/mask', /^(0x[0-9a-fA-F]{1,8}|\d{1,10})(\/(0x[0-9a-fA-F]{1,8}|\d{1,10}))?$/);
/** A name from the files of /etc/iproute2, or the number behind it. */
export const NAME_OR_NUMBER = pattern('a name or number', /^(?!help$)(\d{1,10}|0x[0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9_.-]{0,31})$/);
export const MAC: ValueType = pattern('a MAC address', /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/);

/** An address that is only compared with, never sent to. */
export const ADDRESS: ValueType = {
  says: 'an IP address',
  read: (word) => {
    const ip = parseIp(word);
    return ip ? { word: ip.address } : null;
  },
};

/** A prefix that is only compared with; a bare address stays one. */
export const PREFIX: ValueType = {
  says: 'a prefix or an address',
  read: (word) => {
    const prefix = parsePrefix(word);
    return prefix ? { word: word.includes('/') ? prefixText(prefix) : prefix.address } : null;
  },
};

export const PREFIX_OR_DEFAULT = either(PREFIX, oneOf(['default', 'all', 'any']));

const LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/** A host name of ASCII labels. inet_aton(3) reads `127.1`, `0x7f.1` and `2130706433` as addresses: a last label that is a number is refused. */
function hostName(word: string): Value | string | null {
  const name = word.endsWith('.') ? word.slice(0, -1) : word;
  const labels = name.split('.');
  if (name.length > 253 || !labels.every((label) => LABEL.test(label))) return null;
  if (/^(\d+|0[xX][0-9a-fA-F]*)$/.test(labels.at(-1) ?? '')) return 'it reads as an address in another spelling; write it with four decimal parts';
  return { word, target: name.toLowerCase() };
}

/** An address that packets are sent to; a link-local one may name its device after `%`. */
function hostAddress(word: string): Value | string | null {
  const [text = '', zone] = word.split(/%(.*)/s);
  const ip = parseIp(text);
  if (!ip) return null;
  if (ip.address === '0.0.0.0' || ip.address === '::') return 'the unspecified address leads to this host itself; write 127.0.0.1 or ::1';
  if (/^::(ffff:)?([0-9a-f]{1,4}:[0-9a-f]{1,4}|\d+\.\d+\.\d+\.\d+)$/.test(ip.address)) return 'it is an IPv4 address in IPv6 dress; write the IPv4 address';
  if (zone === undefined) return { word: ip.address, target: ip.address };
  return ip.address.startsWith('fe80:') && DEVICE.read(zone) ? { word: `${ip.address}%${zone}`, target: ip.address } : null;
}

/** Whom a probe is sent to. */
export const HOST: ValueType = {
  says: 'a host name or an IP address',
  read: (word) => (word.includes(':') || /^\d+(\.\d+){3}$/.test(word) ? hostAddress(word) : hostName(word)),
};
