// The log of a service: a file that it writes to by itself, kept short by whichever server looks after it, and read page by page.
import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync, readSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../model/errors.js';
import { visible } from '../model/text.js';

/** When the log is this long it becomes the older part, and a new one begins. */
const ROTATE_BYTES = 1024 ** 2;
/** The kernel lets it grow no longer (RLIMIT_FSIZE), should nobody look after it. */
export const MOST_LOG_BYTES = 4 * ROTATE_BYTES;
const PAGE_BYTES = 2_000;
const CURRENT = 'log';
/** The older part is named after where it begins, counted from the first byte ever logged. */
const OLDER = /^log\.(\d+)$/;

/** One page of a log. Offsets count from the first byte ever logged. */
export interface LogPage {
  bytes: Buffer;
  /** The page before; null when this is the first that is kept. */
  earlier: string | null;
  /** What comes after, also when that is still to be written. */
  later: string;
}

interface Part {
  file: string;
  begin: number;
  size: number;
}

/** The parts of a log, the older first. */
function partsOf(folder: string): Part[] {
  const older = readdirSync(folder)
    .flatMap((name) => {
      const begin = OLDER.exec(name)?.[1];
      return begin === undefined ? [] : [{ file: join(folder, name), begin: Number(begin), size: statSync(join(folder, name)).size }];
    })
    .sort((a, b) => a.begin - b.begin)
    .slice(-1);
  const file = join(folder, CURRENT);
  const [last] = older;
  return [...older, { file, begin: last === undefined ? 0 : last.begin + last.size, size: statSync(file).size }];
}

function readPart({ file, begin, size }: Part, from: number, to: number): Buffer {
  const first = Math.max(from - begin, 0);
  const length = Math.min(to - begin, size) - first;
  if (length <= 0) return Buffer.alloc(0);
  const fd = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, first));
  } finally {
    closeSync(fd);
  }
}

/** A page begins and ends with whole lines, unless a line is longer than a page. */
function wholeLines(bytes: Buffer, { cutsHead, cutsTail }: { cutsHead: boolean; cutsTail: boolean }): { skipped: number; kept: Buffer } {
  const head = cutsHead ? bytes.indexOf(0x0a) + 1 : 0;
  const skipped = head === bytes.length ? 0 : head;
  const rest = bytes.subarray(skipped);
  const tail = cutsTail ? rest.lastIndexOf(0x0a) + 1 : rest.length;
  return { skipped, kept: tail === 0 ? rest : rest.subarray(0, tail) };
}

function readCursor(cursor: string): { side: string; at: number } {
  const [, side, at] = /^(before|after):(\d{1,15})$/.exec(cursor) ?? [];
  if (side !== undefined) return { side, at: Number(at) };
  return fail('INVALID_INPUT', `"${visible(cursor)}" is no cursor of a log.`, 'Pass earlier_cursor or later_cursor of a page of this log, or leave it out.', {
    cursor: visible(cursor),
  });
}

/**
 * The last page of a log, or the one that a cursor of another page names.
 * @throws NetnsError INVALID_INPUT when the cursor is none.
 */
export function readLog(folder: string, cursor?: string): LogPage {
  const parts = partsOf(folder);
  const begin = parts[0]?.begin ?? 0;
  const end = parts.reduce((last, part) => Math.max(last, part.begin + part.size), begin);
  const { side, at } = cursor === undefined ? { side: 'before', at: end } : readCursor(cursor);
  const edge = Math.min(Math.max(at, begin), end);
  const isForward = side === 'after';
  const from = isForward ? edge : Math.max(begin, edge - PAGE_BYTES);
  const to = isForward ? Math.min(end, edge + PAGE_BYTES) : edge;
  const bytes = Buffer.concat(parts.map((part) => readPart(part, from, to)));
  const { skipped, kept } = wholeLines(bytes, { cutsHead: !isForward && from > begin, cutsTail: isForward && to < end });
  const first = from + skipped;
  return { bytes: kept, earlier: first > begin ? `before:${first}` : null, later: `after:${first + kept.length}` };
}

/** Everything that is kept of a log holds these bytes. */
export function logHolds(folder: string, text: string): boolean {
  return Buffer.concat(partsOf(folder).map((part) => readPart(part, part.begin, part.begin + part.size))).includes(text);
}

/**
 * Keeps a log short. The service goes on writing to the same file, at its end (O_APPEND, open(2)), so the file is copied and emptied; what is
 * written in between is lost.
 */
export function tendLog(folder: string): void {
  const parts = partsOf(folder);
  const current = parts.at(-1);
  if (current === undefined || current.size < ROTATE_BYTES) return;
  const fd = openSync(current.file, 'a+');
  try {
    const { size } = fstatSync(fd);
    writeFileSync(join(folder, `log.${current.begin}`), readPart({ ...current, size }, current.begin, current.begin + size), { mode: 0o600 });
    ftruncateSync(fd, 0);
    if (size >= MOST_LOG_BYTES) writeSync(fd, `[netns-mcp: the log was full at ${MOST_LOG_BYTES} bytes, and what the service printed meanwhile is lost]\n`);
  } finally {
    closeSync(fd);
  }
  for (const { file } of parts.slice(0, -1)) rmSync(file, { force: true });
}
