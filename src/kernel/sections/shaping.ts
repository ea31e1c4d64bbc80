// Queueing disciplines that somebody configured, with their classes and filters, from what tc(8) prints.
import { z } from 'zod';
import { isPlainLinkName } from '../../model/names.js';
import type { Shaping } from '../../model/snapshot.js';
import { visible } from '../../model/text.js';

/** All of a namespace. With `-r`, for sizes are rounded without it. */
export const QDISCS_COMMAND = ['tc', '-d', '-r', '-j', 'qdisc', 'show'] as const;
/** As text: iproute2 prints classes in no other form before 6.4, and in the JSON of a filter each match hides the one before. */
export const CLASSES_COMMAND = ['tc', '-d', '-r', '-batch', '-'] as const;

const QdiscJson = z.looseObject({
  kind: z.string(),
  handle: z.string(),
  dev: z.string().transform(visible),
  root: z.boolean().optional(),
  parent: z.string().optional(),
  options: z.record(z.string(), z.unknown()).default({}),
  refcnt: z.unknown().optional(),
});

/** The kernel gives this handle to the qdiscs that it makes by itself (qdisc_create_dflt, net/sched/sch_generic.c). */
const BY_THE_KERNEL = '0:';
/** What `ingress` and `clsact` hang on (TC_H_INGRESS). */
export const INGRESS_PARENT = 'ffff:fff1';

/** Reads what `QDISCS_COMMAND` printed. */
export function parseQdiscs(document: unknown): Shaping[] {
  return z
    .array(QdiscJson)
    .parse(document)
    .filter(({ handle }) => handle !== BY_THE_KERNEL)
    .map(({ kind, handle, dev, root, parent, options, ...rest }) => {
      // Beside the options stands what they do not cover, such as a shared block.
      const { refcnt: _, ...beyond } = rest;
      return { object: 'qdisc', device: dev, kind, handle, parent: root ? 'root' : (parent ?? ''), options: { ...options, ...beyond } };
    });
}

/** A line for `CLASSES_COMMAND`. */
export interface ShapingQuestion {
  device: string;
  /** On what the filters hang; null: it asks for classes. */
  parent: string | null;
  line: readonly string[];
}

function filterQuestion(device: string, parent: string): ShapingQuestion {
  const where = parent === 'ingress' || parent === 'egress' ? [parent] : ['parent', parent];
  return { device, parent, line: ['filter', 'show', 'dev', device, ...where] };
}

/** On what of a qdisc filters hang. */
const FILTER_PARENTS: Readonly<Record<string, (handle: string) => string[]>> = {
  htb: (handle) => [handle],
  prio: (handle) => [handle],
  ingress: (handle) => [handle],
  clsact: () => ['ingress', 'egress'],
};

/** What is to be asked once these are known. New answers bring new questions, after those that were there. */
export function shapingQuestions(rows: readonly Shaping[]): ShapingQuestion[] {
  const named = rows.filter(({ device }) => isPlainLinkName(device));
  const qdiscs = named.filter(({ object }) => object === 'qdisc');
  const classes = named.filter(({ object }) => object === 'class');
  const devices = new Set(qdiscs.filter(({ kind }) => kind === 'htb').map(({ device }) => device));
  return [
    ...[...devices].map((device): ShapingQuestion => ({ device, parent: null, line: ['class', 'show', 'dev', device] })),
    ...qdiscs.flatMap(({ device, kind, handle }) => (FILTER_PARENTS[kind]?.(handle) ?? []).map((parent) => filterQuestion(device, parent))),
    ...classes
      .filter(({ device, handle }) => classes.some((other) => other.device === device && other.parent === handle))
      .map(({ device, handle }) => filterQuestion(device, handle)),
  ];
}

/** The input of `CLASSES_COMMAND`: after each question one whose answer tells where that of the first ends. */
export function shapingInput(questions: readonly ShapingQuestion[]): string {
  return questions.map(({ device, line }) => `${line.join(' ')}\nqdisc show dev ${device}\n`).join('');
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** `1500Kbit` in bits per second; NaN when it is none. */
export function bitsOf(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([KMGT]?)bit$/.exec(text) ?? [];
  return number === undefined ? Number.NaN : Number(number) * (UNITS[unit ?? ''] ?? Number.NaN);
}

const hex = (text: string) => Number.parseInt(text.replace(/[[\]]/g, ''), 16);
/** Words of an htb class, and how what follows is read. Sizes in bytes are read from the ticks of buffer and cbuffer instead. */
const CLASS_WORDS: Readonly<Record<string, ((value: string) => number | string) | null>> = {
  prio: Number,
  quantum: Number,
  rate: bitsOf,
  ceil: bitsOf,
  overhead: Number,
  linklayer: String,
  mpu: (text) => Number.parseInt(text, 10),
  buffer: hex,
  cbuffer: hex,
  leaf: null,
  level: null,
  burst: null,
  cburst: null,
};

function parseClass(device: string, line: string): Shaping[] {
  const [, kind = '', handle = '', parent, rest = ''] = /^class (\S+) (\S+) (?:root|parent (\S+)) ?(.*)$/.exec(line) ?? [];
  if (kind !== 'htb') return [];
  const words = rest.trim().split(/\s+/);
  const options: Record<string, unknown> = {};
  for (let i = 0; i < words.length; i += 2) {
    const [word = '', value = ''] = words.slice(i);
    const read = CLASS_WORDS[word];
    if (read !== null) options[word] = read ? read(value) : value;
  }
  return [{ object: 'class', device, kind, handle, parent: parent ?? `${handle.split(':')[0]}:`, options }];
}

const POLICE = /police 0x[0-9a-f]+ rate (\S+) burst \S+ mtu (\S+) \[([0-9a-f]+)\] action (\S+) overhead (\d+)b(?: linklayer (\S+))?/;
const U32_KEY = /^match ([0-9a-f]{8})\/([0-9a-f]{8}) at (nexthdr\+)?(-?\d+)$/;
/** Lines that say nothing of the configuration. */
const IDLE = /^(?:not_in_hw|in_hw.*|ref \d+ bind \d+.*|)$/;

/** What follows the first line of a filter. */
function readBody(lines: readonly string[]): Record<string, unknown> {
  const keys: string[] = [];
  const fields: Record<string, string> = {};
  const other: string[] = [];
  let police: Record<string, unknown> | undefined;
  for (const line of lines.map((each) => each.trim())) {
    if (IDLE.test(line)) continue;
    const [, rate = '', mtu, ticks = '', action, overhead, linklayer] = POLICE.exec(line) ?? [];
    const [, value, mask, next = '', at] = U32_KEY.exec(line) ?? [];
    const [, field, given] = /^([a-z_0-9]+) (\S+)$/.exec(line) ?? [];
    if (rate !== '' && !police) police = { rate: bitsOf(rate), mtu, buffer: hex(ticks), action, overhead: Number(overhead), linklayer };
    else if (value !== undefined) keys.push(`${value}/${mask} at ${next}${at}`);
    else if (field !== undefined && given !== undefined) fields[field] = given;
    else other.push(line);
  }
  return {
    ...(keys.length > 0 ? { keys } : {}),
    ...(Object.keys(fields).length > 0 ? { fields } : {}),
    ...(police ? { police } : {}),
    ...(other.length > 0 ? { other } : {}),
  };
}

const HEAD = /^filter (?:parent \S+ )?(?:(ingress|egress) )?protocol (\S+) pref (\d+) (\S+) (?:chain (\d+) )?(.*)$/;
/** In the first line of a filter: what says how its handle was made up, that it names no class, or that no hardware does it. */
const IDLE_WORDS = /\b(?:order \d+|key ht \S+|bkt \S+|terminal flowid|not_in_hw|in_hw(?: in_hw_count \d+)?)\b/g;
/** A hash table of u32 as the kernel makes it by itself. */
const PLAIN_TABLE = /^fh 8[0-9a-f]{2}:(?:\[[0-9a-f]+\])? ht divisor 1$/;

function parseFilter(device: string, parent: string, [head = '', ...body]: readonly string[]): Shaping[] {
  const [, way, protocol, pref, kind = '', chain = '0', rest = ''] = HEAD.exec(head) ?? [];
  if (protocol === undefined) return [];
  const said = rest.replace(IDLE_WORDS, '').replace(/\s+/g, ' ').trim();
  // The first of a priority is told once more, without anything of its own.
  if (said === '' || PLAIN_TABLE.test(said)) return [];
  const [, handle = '', flow] = /^(?:fh|handle) ([^\s[]+)(?:\[[0-9a-f]+\])?(?: \*?(?:flowid|classid) (\S+))?/.exec(said) ?? [];
  const beyond = said.replace(/^(?:fh|handle) \S+/, '').replace(/\*?(?:flowid|classid) \S+/, '').trim(); // biome-ignore format: one thought
  const { other = [], ...options } = readBody(body);
  const unknown = [...(beyond === '' ? [] : [beyond]), ...z.array(z.string()).parse(other)];
  return [
    {
      ...{ object: 'filter', device, kind, handle, parent: way ?? parent },
      options: {
        protocol,
        pref: Number(pref),
        ...(chain === '0' ? {} : { chain }),
        ...(flow ? { flowid: flow } : {}),
        ...options,
        ...(unknown.length > 0 ? { other: unknown } : {}),
      },
    },
  ];
}

function parseAnswer({ device, parent }: ShapingQuestion, lines: readonly string[]): Shaping[] {
  if (parent === null) return lines.flatMap((line) => parseClass(device, line));
  const filters: string[][] = [];
  for (const line of lines) {
    if (line.startsWith('filter ')) filters.push([line]);
    else filters.at(-1)?.push(line);
  }
  return filters.flatMap((filter) => parseFilter(device, parent, filter));
}

/** Reads what `CLASSES_COMMAND` printed for some questions. */
export function parseAnswers(text: string, questions: readonly ShapingQuestion[]): Shaping[] {
  const answers: string[][] = [[]];
  let isBetween = false;
  for (const line of text.split('\n')) {
    const isSeparator = line.startsWith('qdisc ');
    if (isBetween && !isSeparator) answers.push([]);
    isBetween = isSeparator;
    if (!isSeparator) answers.at(-1)?.push(line);
  }
  return questions.flatMap((question, i) => parseAnswer(question, answers[i] ?? []));
}
