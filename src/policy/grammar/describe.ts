// A grammar in words: short usage lines, made from the same tables that decide.
import type { Operand, Place, Program, Term } from './table.js';

const MOST_WORDS = 4;

/** What a value is, in short: without its article, and only the first of many words. */
function brief(says: string): string {
  const words = says.split(' | ');
  const shown = words.length > MOST_WORDS ? [...words.slice(0, MOST_WORDS), '…'] : words;
  return `<${shown.join(' | ').replace(/^an? /, '')}>`;
}

function withValues({ name, values = [], joined }: Term): string {
  const says = values.map((type) => brief(type.says));
  return joined === undefined ? [name, ...says].join(' ') : joined === 'must' ? `${name}=${says.join('')}` : name;
}

/** Switches that come in pairs are one: `+[no]short`. */
function termsUsage(terms: readonly Term[]): string[] {
  const names = new Set(terms.map(({ name }) => name));
  const single = terms.filter(({ name }) => !(name.startsWith('+no') && names.has(`+${name.slice(3)}`)));
  return single.map((term) => (names.has(`+no${term.name.slice(1)}`) ? `[+[no]${term.name.slice(1)}]` : `[${withValues(term)}]`));
}

function operandUsage(operand: Operand): string[] {
  if ('as' in operand) return [];
  const word = `${brief(operand.type.says)}${(operand.most ?? 1) > 1 ? '…' : ''}`;
  return [(operand.least ?? 1) === 0 ? `[${word}]` : word];
}

function lines(place: Place, before: string, forced: readonly string[]): string[] {
  const terms = (place.terms ?? []).filter(({ refuse, name }) => refuse === undefined && !forced.includes(name));
  const leading = terms.filter(({ next }) => next);
  const options = termsUsage(terms.filter(({ next }) => !next));
  const operands = (place.operands ?? []).flatMap(operandUsage);
  const own = [before, ...options, ...operands, ...(place.rest ? [`[${place.rest.says}]`] : [])].join(' ');
  const goesOn = leading.length > 0 && operands.length === 0;
  const nested = leading.flatMap((term) => lines(term.next ?? {}, `${before} ${withValues(term)}`, forced));
  return goesOn && options.length === 0 ? nested : [goesOn ? `${own} …` : own, ...nested];
}

/** One line per form that a program may be asked in; words in `[]` may be left out, `…` goes on with the lines below. */
export function usageLines({ place, name, forced = {} }: Program): string[] {
  return lines(place, name, Object.keys(forced));
}
