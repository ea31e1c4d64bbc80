// Where a policy's text comes from: the ready ones beside the program, or a file that only its owner can have written.
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MOST_BYTES = 256 * 1024;

/** Path of a ready policy: in the folder `policies` of the package, from the sources as from the bundle. */
export function readyFile(name: string): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, 'policies', `${name}.yaml`);
    if (existsSync(file)) return file;
    if (folder === dirname(folder)) throw new Error(`the package has lost its file policies/${name}.yaml`);
  }
}

/** What was read, or why it was not. */
export type Source = { text: string } | { problem: string };

/**
 * Reads a policy file whole: a regular file of at most 256 KiB, in UTF-8.
 * @param trusted It came with the program.
 */
export function readSource(file: string, trusted: boolean): Source {
  let descriptor: number;
  try {
    // Without O_NONBLOCK opening a FIFO waits for a writer.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return { problem: `it cannot be opened: ${error instanceof Error ? error.message : String(error)}` };
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) return { problem: 'it is not a regular file' };
    const untrusted = trusted ? null : whoElseCouldWrite(file, status);
    if (untrusted !== null) return { problem: untrusted };
    // One byte more than the limit tells a file that is larger, whatever its size was said to be.
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) read = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (length > MOST_BYTES) return { problem: `it is larger than ${MOST_BYTES / 1024} KiB` };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length)) };
  } catch (error) {
    return { problem: error instanceof TypeError ? 'it is not UTF-8' : `it cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    closeSync(descriptor);
  }
}

/** Why somebody other than root could have written the file, when it would decide what root does; null when nobody could. */
function whoElseCouldWrite(file: string, status: { uid: number; mode: number }): string | null {
  if (process.getuid?.() !== 0 || !isInitialUserNamespace()) return null;
  if (status.uid !== 0) return `it belongs to user ${status.uid}, and would decide what root does: chown root ${file}`;
  if ((status.mode & 0o022) !== 0) return `others than root can write it: chmod go-w ${file}`;
  const real = realpathSync(file);
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    const { uid, mode } = statSync(folder);
    if (uid !== 0) return `its folder ${folder} belongs to user ${uid}, who can put another file in its place: move it to a folder of root's`;
    if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) return `others than root can write its folder ${folder}: chmod go-w ${folder}`;
    if (folder === dirname(folder)) return null;
  }
}

/** True on the host itself. In a user namespace of its own, as in the sandbox, root is only called so, and other owners are not to be seen. */
export function isInitialUserNamespace(): boolean {
  try {
    return /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
  } catch {
    return true;
  }
}
