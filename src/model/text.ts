// Making bytes of unknown origin safe to parse and to show: control characters and invalid UTF-8 become visible escapes.

// Without ignoreBOM a byte order mark would vanish, and with it the difference between two names.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Length of the valid UTF-8 sequence that starts at `at`, or 0 when the byte there starts none (RFC 3629). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length < 2) return length;
  try {
    utf8.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Decodes bytes as UTF-8; every byte that is not part of a valid sequence is shown as `\xNN`. */
export function decodeBytes(bytes: Uint8Array, escapeByte: (hex: string) => string = (hex) => `\\x${hex}`): string {
  if (isUtf8(bytes)) return utf8.decode(bytes);
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    text += length === 0 ? escapeByte((bytes[at] ?? 0).toString(16).padStart(2, '0')) : utf8.decode(bytes.subarray(at, at + length));
    at += Math.max(1, length);
  }
  return text;
}

// Controls, lone surrogates, line separators, and the characters that reorder text or are not seen (Unicode's categories and properties of those names).
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const UNSAFE_KEEPING_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** One line that shows every control, bidirectional and invisible character as an escape: for names, aliases, error texts. */
export function visible(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** As `visible`, but line feeds stay, and a tab is four spaces: for the output of commands. */
export function visibleLines(text: string): string {
  return text.replaceAll('\t', '    ').replace(UNSAFE_KEEPING_LINES, escapeCharacter);
}

/**
 * Parses JSON printed by iproute2. It escapes quotes, backslashes and line feeds in strings but not the other control
 * bytes (lib/json_writer.c), so that one hostile interface name makes the whole document invalid. Such bytes, and bytes
 * that are not UTF-8, are turned into a visible `\xNN` inside their string first.
 * @throws SyntaxError when the text is not JSON even then.
 */
export function parseToolJson(bytes: Uint8Array): unknown {
  const text = decodeBytes(bytes, (hex) => `\\\\x${hex}`);
  // Line feeds, carriage returns and tabs outside strings are JSON white space; inside, iproute2 has escaped them.
  return JSON.parse(text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (c) => `\\\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`));
}

/** Nobody mistypes a longer word; comparing one with many names would take long. */
const LONGEST_GUESSED = 80;

/** The known words most like `word`, best first: for "did you mean". None for a word that is long. */
export function nearest(word: string, known: Iterable<string>, most = 3): string[] {
  if (word.length > LONGEST_GUESSED) return [];
  const limit = Math.max(2, Math.floor(word.length / 2));
  return [...known]
    .map((candidate) => ({ candidate, distance: candidate.startsWith(word) || word.startsWith(candidate) ? 1 : editDistance(word, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/**
 * Quotes one argument so that a shell reads it back unchanged. Only for showing a command, never for running one.
 * Characters that `visible` would escape need the form `$'…'` (POSIX.1-2024; older: bash, zsh, ksh).
 */
export function shellQuote(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  if (visible(argument) !== argument) {
    const octal = (text: string) => [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    return `$'${argument.replace(/[\\']/g, '\\$&').replace(UNSAFE, octal)}'`;
  }
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** A command line as a person would paste it. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(shellQuote).join(' ');
}

/** `3 links`, `1 link`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}
