// Which terms of a place a word stands for: whole words, iproute2's abbreviations, getopt's clusters.
import type { Place, Term } from './table.js';

/** One term found in a word, with the value that the same word held. */
export interface Found {
  term: Term;
  inline: string | null;
}

const spellings = (term: Term): readonly string[] => [term.name, ...(term.aliases ?? [])];
/** True for what the program would take for an option. */
export const isOption = (word: string): boolean => word.startsWith('-');

function cut(word: string): { head: string; inline: string | null } {
  const at = word.indexOf('=');
  return at < 1 ? { head: word, inline: null } : { head: word.slice(0, at), inline: word.slice(at + 1) };
}

/** Which terms a word stands for at a place: none, one, or (`-ab`) several. */
export function recognise(place: Place, word: string): Found[] {
  const terms = place.terms ?? [];
  const plain = terms.find((term) => term.joined !== 'must' && spellings(term).includes(word));
  const { head, inline } = cut(word);
  switch (place.style ?? 'exact') {
    case 'exact': {
      const joined = inline === null ? undefined : terms.find((term) => term.joined !== undefined && spellings(term).includes(head));
      const term = plain ?? joined;
      return term ? [{ term, inline: plain ? null : inline }] : [];
    }
    case 'prefix': {
      const start = head.startsWith('--') ? head.slice(1) : head;
      const term = start === '' ? undefined : terms.find((known) => spellings(known).some((name) => name.startsWith(start)));
      return term && (inline === null || term.joined || term.refuse) ? [{ term, inline }] : [];
    }
    case 'getopt': {
      if (plain) return [{ term: plain, inline: null }];
      if (head.startsWith('--')) {
        const term = inline === null ? undefined : terms.find((known) => (known.values || known.refuse) && spellings(known).includes(head));
        return term ? [{ term, inline }] : [];
      }
      return isOption(word) ? cluster(terms, word) : [];
    }
  }
}

/** Takes `-ab` and `-c4` apart; the letters up to the first that takes a value are options without one. */
function cluster(terms: readonly Term[], word: string): Found[] {
  const found: Found[] = [];
  for (let at = 1; at < word.length; at++) {
    const term = terms.find((known) => spellings(known).includes(`-${word[at]}`));
    if (!term) return [];
    const rest = term.values ? word.slice(at + 1) : '';
    found.push({ term, inline: rest === '' ? null : rest });
    if (term.refuse || rest !== '') return found;
  }
  return found;
}
