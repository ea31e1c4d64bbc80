// How a command is refused: which word, why, and what may stand there.
import { fail } from '../../model/errors.js';
import { nearest, visible } from '../../model/text.js';

const MOST_IN_HINT = 24;

/** What may stand at a place, as a sentence; the word most like the one that was typed comes first. */
function hintOf(word: string, allowed: readonly string[]): string {
  if (allowed.length === 0) return 'Nothing more may stand here.';
  const shown = [...allowed.slice(0, MOST_IN_HINT), ...(allowed.length > MOST_IN_HINT ? ['…'] : [])].join(', ');
  // Among one-letter options any is like any other.
  const near = word.length < 3 ? undefined : nearest(word, allowed, 1)[0];
  return near === undefined || near === word ? `Allowed here: ${shown}.` : `Did you mean ${near}? Allowed here: ${shown}.`;
}

/**
 * Ends the parse.
 * @param why A sentence without its point; `%` is the word.
 * @throws NetnsError COMMAND_REFUSED always.
 */
export function refuse(program: string, word: string, why: string, allowed: readonly string[], hint = hintOf(word, allowed)): never {
  const shown = visible(word.length > 80 ? `${word.slice(0, 80)}…` : word);
  return fail('COMMAND_REFUSED', `${program}: ${why.replace('%', () => `"${shown}"`)}.`, hint, { program, word: shown, allowed });
}
