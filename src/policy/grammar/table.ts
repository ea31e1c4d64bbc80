// What a command grammar is made of: tables of the words that may stand at each place.
import type { ValueType } from './values.js';

/** `read` looks at the namespace; `probe` sends packets; `serve` runs on. */
export type CommandEffect = 'read' | 'probe' | 'serve';

/** A word that a command may have, and what comes with it. Words that are known but refused are terms as well: an abbreviation must mean what the program makes of it. */
export interface Term {
  /** Canonical spelling, as it is written into the argument vector. */
  name: string;
  /** Other spellings. */
  aliases?: readonly string[];
  /** Values that must follow. */
  values?: readonly ValueType[];
  /** The value stands in the same word after `=`: it must, or it may. */
  joined?: 'must' | 'may';
  /** What is written instead of the name and its values. */
  writes?: readonly string[];
  /** How often it may come. Default 1. */
  most?: number;
  /** Of the terms of one group only one may come. */
  group?: string;
  /** The place that comes after it; it ends the place that it stands in. */
  next?: Place;
  /** Why it is refused, and what to do instead. */
  refuse?: string;
  effect?: CommandEffect;
  /** Linux capabilities that the program needs for it, over what it always needs. */
  capabilities?: readonly string[];
}

/** A word without a keyword: a value by its position, or (`as`) the value of a term whose name may be left out. */
export type Operand = { type: ValueType; least?: number; most?: number } | { as: string };

/**
 * What may stand at one place: terms, in any order, and operands.
 * `prefix` is iproute2's way (matches(), lib/utils.c): the first term in order that begins with the word is meant, and `--x` is `-x`.
 * `getopt` is getopt_long(3)'s: `-ab`, `-c4`, `--count=4`, options before and after operands. Its abbreviations of long options are refused.
 */
export interface Place {
  style?: 'exact' | 'prefix' | 'getopt';
  terms?: readonly Term[];
  operands?: readonly Operand[];
  /** Reads all words that are neither options nor terms together. Answers the canonical words. */
  rest?: { says: string; read: (words: readonly string[], refuse: (word: string, why: string) => never) => string[] };
  /** The name of the term that is meant when the words end here. */
  otherwise?: string;
  /** What is missing when the words end here. */
  needs?: string;
}

/** A program and all that it may be asked. */
export interface Program {
  name: string;
  /** Debian package. */
  package: string;
  /** One sentence. */
  says: string;
  effect: CommandEffect;
  capabilities?: readonly string[];
  /** Whom it sends to when no word says it. */
  target?: string;
  /** Term → the words that always come first, whether typed or not. */
  forced?: Readonly<Record<string, readonly string[]>>;
  /** Term → the words that are added when it was not typed. */
  defaults?: Readonly<Record<string, readonly string[]>>;
  place: Place;
}

/** What a command line was found to be. `argv` is what runs: abbreviations expanded, options apart from each other. */
export interface ParsedCommand {
  program: string;
  argv: string[];
  effect: CommandEffect;
  /** Addresses and host names it would send packets to; `RESOLVER` where it asks whatever resolv.conf names. */
  targets: string[];
  /** Lower case, the smallest set. */
  capabilities: string[];
  package: string;
}

/** A term that is known and refused. @param why Ends a sentence: what it does, or what to use instead. */
export function no(name: string, why: string, ...aliases: string[]): Term {
  return { name, aliases, refuse: why };
}

/** Several refused terms with the same reason. */
export function none(names: readonly string[], why: string): Term[] {
  return names.map((name) => no(name, why));
}
