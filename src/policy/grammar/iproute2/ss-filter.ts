// The filter of ss: states, then an expression over addresses, ports, device and mark (ss(8), misc/ssfilter.y), as a closed grammar.
import { parseIp, parsePrefix } from '../../../model/ip.js';
import { DEVICE, MARK } from '../values.js';

type Refuse = (word: string, why: string) => never;

const STATES = [
  ...[
    'established',
    'syn-sent',
    'syn-recv',
    'fin-wait-1',
    'fin-wait-2',
    'time-wait',
    'unconnected',
    'closed',
    'close',
    'close-wait',
    'last-ack',
    'listening',
    'closing',
  ],
  ...['all', 'connected', 'synchronized', 'bucket', 'big'],
];
const STATE_WORDS: Readonly<Record<string, string>> = { state: 'state', exclude: 'exclude', excl: 'exclude' };
const AND_OR: Readonly<Record<string, string>> = { and: 'and', '&': 'and', '&&': 'and', or: 'or', '|': 'or', '||': 'or' };
const NOT = ['not', '!'];
const EQUAL: Readonly<Record<string, string>> = { '=': '=', '==': '=', eq: '=' };
const DIFFERENT: Readonly<Record<string, string>> = { ...EQUAL, '!=': '!=', ne: '!=', neq: '!=' };
const ORDERED: Readonly<Record<string, string>> = {
  ...DIFFERENT,
  '>=': '>=',
  ge: '>=',
  geq: '>=',
  '<=': '<=',
  le: '<=',
  leq: '<=',
  '>': '>',
  gt: '>',
  '<': '<',
  lt: '<',
};

/** A port by number or by its name in /etc/services, with or without the colon in front. */
function port(word: string): string | null {
  const [, text = ''] = /^:?(\d{1,5}|[a-z][a-z0-9-]{0,30}|\*)$/.exec(word) ?? [];
  return text === '' || Number(text) > 65_535 ? null : `:${text}`;
}

/** ADDRESS[/LENGTH][:PORT]; IPv6 in brackets when a port follows. ss would look a name up, so names are refused. */
function host(word: string): string | null {
  const [, inner, outer = word, after] = /^(?:\[([^\]]*)\]|([^:]*))(:.*)?$/.exec(word) ?? [];
  const text = parseIp(word) || parsePrefix(word) ? word : (inner ?? outer);
  const at = text === word ? '' : after === undefined ? '' : port(after);
  if (at === null) return null;
  if (text === '' || text === '*') return at === '' && text === '' ? null : `*${at}`;
  const prefix = parsePrefix(text);
  if (!prefix) return null;
  const written = text.includes('/') ? `${prefix.address}/${prefix.length}` : prefix.address;
  return `${prefix.family === 'inet6' ? `[${written}]` : written}${at}`;
}

const CONDITIONS: Readonly<Record<string, { operators: Readonly<Record<string, string>>; value: (word: string) => string | null }>> = {
  src: { operators: EQUAL, value: host },
  dst: { operators: EQUAL, value: host },
  sport: { operators: ORDERED, value: port },
  dport: { operators: ORDERED, value: port },
  dev: { operators: DIFFERENT, value: (word) => (DEVICE.read(word) ? word : null) },
  fwmark: { operators: DIFFERENT, value: (word) => (MARK.read(word) ? word : null) },
};

/** In short, for hints. */
export const FILTER_SAYS = 'state STATE, then conditions such as dport = :22, src 10.0.0.0/8, dev eth0, joined by and, or, not, ( )';

/**
 * Reads the words of a filter.
 * @returns its tokens, one a word, in one spelling.
 */
export function readFilter(words: readonly string[], refuse: Refuse): string[] {
  // ss splits each word at blanks itself, so `'( sport = :22 )'` is what people type.
  const tokens = words.flatMap((word) => word.split(' ')).filter((token) => token !== '');
  const written: string[] = [];
  let depth = 0;
  const next = (after: string): string => tokens.shift() ?? refuse(after, 'something is missing after %');

  for (let word = tokens[0]; word !== undefined && Object.hasOwn(STATE_WORDS, word); word = tokens[0]) {
    tokens.shift();
    const state = next(word);
    if (!STATES.includes(state)) refuse(state, '% is no state of a socket');
    written.push(STATE_WORDS[word] ?? '', state);
  }
  let open = false;
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    const joint = Object.hasOwn(AND_OR, token) ? AND_OR[token] : undefined;
    if (joint !== undefined) {
      if (!open) refuse(token, '% joins two conditions, and the first is missing');
      if (tokens.length === 0) refuse(token, 'something is missing after %');
      written.push(joint);
      open = false;
    } else if (token === ')') {
      if (!open || depth === 0) refuse(token, '% closes nothing');
      depth--;
      written.push(token);
    } else if (token === '(' || NOT.includes(token)) {
      if (tokens.length === 0) refuse(token, 'something is missing after %');
      if (token === '(') depth++;
      written.push(token === '(' ? token : 'not');
      open = false;
    } else {
      written.push(...condition(token, next, refuse));
      open = true;
    }
  }
  if (depth > 0) refuse('(', '% is not closed');
  if (!open && !['state', 'exclude'].includes(written.at(-2) ?? '') && written.length > 0) refuse(written.at(-1) ?? '', 'something is missing after %');
  return written;
}

function condition(name: string, next: (after: string) => string, refuse: Refuse): string[] {
  const known = Object.hasOwn(CONDITIONS, name) ? CONDITIONS[name] : undefined;
  if (!known) return refuse(name, '% is not a word of the filter');
  let word = next(name);
  let operator = '=';
  if (Object.hasOwn(ORDERED, word)) {
    if (!Object.hasOwn(known.operators, word)) return refuse(word, `${name} does not go with %`);
    operator = known.operators[word] ?? '=';
    word = next(word);
  }
  const value = known.value(word);
  return value === null
    ? refuse(word, `% does not fit after ${name} (ports as :22, addresses as 10.0.0.0/8 or [fd00::1]:22, no names)`)
    : [name, operator, value];
}
