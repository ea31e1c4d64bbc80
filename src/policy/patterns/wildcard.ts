// Wildcards: `*` is any run of characters, `?` any one, and nothing else is special. In linear space, without regular expressions.

/** True when a sequence fits a pattern of items, one of which may stand for any run. */
function fits<Part, Item>(
  pattern: readonly Part[],
  items: readonly Item[],
  isRun: (part: Part) => boolean,
  isOne: (part: Part, item: Item) => boolean,
): boolean {
  let at = 0;
  let run = -1;
  let resume = 0;
  for (let i = 0; i < items.length; ) {
    const [part, item] = [pattern[at], items[i]];
    if (part !== undefined && isRun(part)) {
      run = at++;
      resume = i;
    } else if (part !== undefined && item !== undefined && isOne(part, item)) {
      at++;
      i++;
    } else if (run >= 0) {
      // The run swallows one item more, and the rest of the pattern is tried again from there.
      at = run + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every(isRun);
}

/** True when all of a text fits a pattern. */
export function fitsWildcard(pattern: string, text: string): boolean {
  return fits(
    [...pattern],
    [...text],
    (part) => part === '*',
    (part, character) => part === '?' || part === character,
  );
}

/** True when words fit patterns, one each; `**` stands for any number of words. */
export function fitsWords(patterns: readonly string[], words: readonly string[]): boolean {
  return fits(patterns, words, (pattern) => pattern === '**', fitsWildcard);
}
