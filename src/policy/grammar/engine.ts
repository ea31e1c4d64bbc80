// The engine of the command grammars: reads a command line by the table of its program and refuses the first word that is not in it.
import { type Found, isOption, recognise } from './recognise.js';
import { refuse } from './refusal.js';
import type { CommandEffect, Operand, ParsedCommand, Place, Program, Term } from './table.js';
import type { ValueType } from './values.js';

const permitted = (place: Place): Term[] => (place.terms ?? []).filter((term) => term.refuse === undefined);

/** The kind of value that an operand takes. */
function typeOf(operand: Operand, place: Place): ValueType | undefined {
  return 'type' in operand ? operand.type : place.terms?.find(({ name }) => name === operand.as)?.values?.[0];
}

/** The words that may stand at a place, for hints. */
function allowedAt(place: Place): string[] {
  const values = (place.operands ?? []).flatMap((operand) => typeOf(operand, place)?.says ?? []);
  const terms = permitted(place);
  const leading = [...terms.filter(({ next }) => next), ...terms.filter(({ next }) => !next)];
  return [...leading.map(({ name }) => name), ...values, ...(place.rest ? [place.rest.says] : [])];
}

/** Reads one command line by the table of its program. */
class Reading {
  readonly program: Program;
  readonly words: string[];
  readonly written: string[] = [];
  readonly seen = new Set<string>();
  readonly targets = new Set<string>();
  readonly capabilities: Set<string>;
  effect: CommandEffect;

  constructor(program: Program, words: readonly string[]) {
    this.program = program;
    this.words = [...words];
    this.capabilities = new Set(program.capabilities);
    this.effect = program.effect;
  }

  refuse(word: string, why: string, place: Place): never {
    return refuse(this.program.name, word, why, allowedAt(place));
  }

  /** Reads a value. */
  value(type: ValueType, word: string): string {
    const read = type.read(word);
    if (read === null) return refuse(this.program.name, word, '% does not fit', [type.says], `Here comes ${type.says}.`);
    if (typeof read === 'string') return refuse(this.program.name, word, `% is refused: ${read}`, [type.says], `Here comes ${type.says}.`);
    if (read.target !== undefined) this.targets.add(read.target);
    return read.word;
  }

  /** Takes a term and its values. @returns the place that it leads to. */
  take({ term, inline }: Found, word: string, place: Place, counts: Map<string, number>): Place | undefined {
    if (term.refuse !== undefined)
      return this.refuse(word, term.name === word ? `% is refused: ${term.refuse}` : `% (${term.name}) is refused: ${term.refuse}`, place);
    const key = term.group ?? term.name;
    const times = (counts.get(key) ?? 0) + 1;
    counts.set(key, times);
    if (times > (term.most ?? 1)) return this.refuse(word, term.group === undefined ? '% comes too often' : `% does not go with another ${term.group}`, place);
    const given = inline === null ? [] : [inline];
    const types = term.joined === 'may' && inline === null ? [] : (term.values ?? []);
    if (given.length > types.length) return this.refuse(word, `${term.name} takes no value`, place);
    const values = types.map((type) => {
      const next = given.shift() ?? this.words.shift();
      if (next === undefined) return refuse(this.program.name, word, `a value is missing after %`, [type.says], `Here comes ${type.says}.`);
      return this.value(type, next);
    });
    this.seen.add(term.name);
    for (const capability of term.capabilities ?? []) this.capabilities.add(capability);
    if (term.effect) this.effect = term.effect;
    if (!this.program.forced?.[term.name]) this.written.push(...(term.writes ?? (term.joined ? [[term.name, ...values].join('=')] : [term.name, ...values])));
    return term.next;
  }

  /** Reads the words of one place and of those that it leads to. */
  read(place: Place): void {
    const counts = new Map<string, number>();
    const operands = new Map<Operand, string[]>();
    const rest: string[] = [];
    for (let word = this.words.shift(); word !== undefined; word = this.words.shift()) {
      if (word === '--') this.refuse(word, '% is not needed: no value may begin with a dash', place);
      const found = recognise(place, word);
      if (found.length > 0) {
        for (const one of found) {
          const next = this.take(one, word, place, counts);
          if (!next) continue;
          if (operands.size > 0 || rest.length > 0) this.refuse(word, '% must come before the words that it goes with', place);
          this.read(next);
          return;
        }
        continue;
      }
      if (isOption(word)) this.refuse(word, 'option % is not on the list', place);
      if (place.rest) rest.push(word);
      else this.operand(word, place, operands, counts);
    }
    if (place.otherwise !== undefined) {
      const term = place.terms?.find(({ name }) => name === place.otherwise);
      if (term) this.read(this.take({ term, inline: null }, term.name, place, counts) ?? {});
      return;
    }
    if (place.needs !== undefined) refuse(this.program.name, '', `${place.needs} is missing`, allowedAt(place));
    for (const operand of place.operands ?? []) this.finish(operand, operands.get(operand) ?? []);
    if (place.rest) this.written.push(...place.rest.read(rest, (word, why) => this.refuse(word, why, place)));
  }

  /** Gives a word to the first operand that it fits and that has room. */
  operand(word: string, place: Place, operands: Map<Operand, string[]>, counts: Map<string, number>): void {
    let why: string | null = null;
    for (const operand of place.operands ?? []) {
      const term = 'as' in operand ? place.terms?.find(({ name }) => name === operand.as) : undefined;
      const type = typeOf(operand, place);
      const taken = 'as' in operand ? (counts.get(operand.as) ?? 0) : (operands.get(operand)?.length ?? 0);
      const most = ('as' in operand ? term?.most : operand.most) ?? 1;
      if (!type || taken >= most) continue;
      const read = type.read(word);
      if (read === null || typeof read === 'string') {
        why ??= read;
        continue;
      }
      if (term) this.take({ term, inline: word }, word, place, counts);
      else operands.set(operand, [...(operands.get(operand) ?? []), this.value(type, word)]);
      return;
    }
    this.refuse(word, why === null ? '% is not on the list' : `% is refused: ${why}`, place);
  }

  finish(operand: Operand, taken: readonly string[]): void {
    if ('as' in operand) return;
    if (taken.length < (operand.least ?? 1)) refuse(this.program.name, '', `${operand.type.says} is missing`, [operand.type.says]);
    this.written.push(...taken);
  }

  result(): ParsedCommand {
    const { name, forced = {}, defaults = {} } = this.program;
    if (this.targets.size === 0 && this.program.target !== undefined) this.targets.add(this.program.target);
    const added = Object.entries(defaults).flatMap(([term, words]) => (this.seen.has(term) ? [] : words));
    return {
      program: name,
      argv: [name, ...Object.values(forced).flat(), ...added, ...this.written],
      effect: this.effect,
      targets: [...this.targets],
      capabilities: [...this.capabilities],
      package: this.program.package,
    };
  }
}

/** Reads the words after the program's name. @throws NetnsError COMMAND_REFUSED at the first word that is not on the list. */
export function readCommand(program: Program, words: readonly string[]): ParsedCommand {
  const reading = new Reading(program, words);
  reading.read(program.place);
  return reading.result();
}
