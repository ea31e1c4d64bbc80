// The file name of a lock: legible where the key is plain, and safe for any key.
import { createHash } from 'node:crypto';

const PLAIN = /^[A-Za-z0-9_:][A-Za-z0-9_:.-]{0,99}$/;

/** A name without slashes that does not begin with a dot and fits every file system. No two keys share one. */
export function fileNameOf(key: string): string {
  return PLAIN.test(key) ? key : `#${createHash('sha256').update(key).digest('hex')}`;
}
