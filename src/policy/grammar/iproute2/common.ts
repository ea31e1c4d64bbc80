// What ip, tc and bridge have in common: options, verbs and the words for filters.
import { no, none, type Place, type Term } from '../table.js';
import { DEVICE, oneOf } from '../values.js';

export const OTHER_NAMESPACE = 'it enters another namespace; give that one in the argument "namespace" of exec_in_namespace';
export const FROM_FILE = 'it reads commands from a file';
export const NEVER_ENDS = 'it never ends; read twice and compare instead';
export const RESOLVES = 'it asks name servers about every address; use dig for the one you mean';
export const NO_HELP = 'help is not run; the error of a wrong word lists what may stand there';

/** `-color` is accepted, for people type it, and turned off: escapes would only be shown as such. */
export const COLOR: Term = { name: '-color', values: [oneOf(['always', 'auto', 'never'])], joined: 'may', writes: ['-color=never'] };

/** A word that takes no value. */
export const flag = (name: string, ...aliases: string[]): Term => ({ name, aliases });

export const DEV: Term = { name: 'dev', values: [DEVICE] };
export const MASTER: Term = { name: 'master', values: [DEVICE] };
export const VRF: Term = { name: 'vrf', values: [DEVICE] };

/** The verb that lists. @param place What may follow. */
export function show(place: Place = {}): Term {
  return { name: 'show', aliases: ['list', 'lst'], next: place };
}

/** An object of iproute2 with its verbs in the order in which the program compares them; without a verb it shows. */
export function object(name: string, verbs: readonly Term[], ...aliases: string[]): Term {
  return { name, aliases, next: { style: 'prefix', terms: verbs, otherwise: 'show' } };
}

/** Verbs that change something. @param tools Which tool of ours does that. */
export function changes(names: readonly string[], tools: string): Term[] {
  return none(names, `it changes the namespace; ${tools}`);
}

export const HELP = no('help', NO_HELP);
