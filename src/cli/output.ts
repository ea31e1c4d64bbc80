// Printing for the person at the shell: standard output carries answers, standard error everything else.
import { styleText } from 'node:util';

/** Exit codes; 64 and 69 are those of sysexits.h. */
export const EXIT = { done: 0, failed: 1, refused: 2, usage: 64, unavailable: 69 } as const;

/** The command line cannot be understood. @param hint What to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Not an error of ours: a reader such as head has had enough. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.done);
}

/** Prints an answer. When its reader goes away, the program ends without a word. */
export function print(text: string): void {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', leaveQuietly);
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Prints an answer for a program. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Prints what is no answer. */
export function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Colours only where a person reads them: a terminal, without NO_COLOR or TERM=dumb. */
export function usesColor(stream: NodeJS.WriteStream = process.stdout): boolean {
  return stream.isTTY === true && stream.hasColors();
}

export type Style = Parameters<typeof styleText>[0];

/** Answers a painter that leaves texts as they are where there are no colours. */
export function painter(color: boolean): (style: Style, text: string) => string {
  return (style, text) => (color ? styleText(style, text) : text);
}

/** Rows in columns, as wide as their longest cell; the last is left as it is. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, at) => Math.max(most[at] ?? 0, cell.length)), []);
  return rows.map((row) => indent + row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join('  ')).join('\n');
}
