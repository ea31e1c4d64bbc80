// Running `ip` where no namespace has a name, or a single one has: it opens all names to tell those of ids, and copies a mount for each.
import { NAMES_DIRECTORY } from '../sources/names.js';

/** The one name that there is, where a target was given. */
const TARGET = 'target';

/** A fixed text: what it works on comes as arguments. Nothing in it leaves the mount namespace that it runs in. */
const SCRIPT = `
set -e
mount --make-rprivate /
umount -l ${NAMES_DIRECTORY} 2>/dev/null || :
if [ -d ${NAMES_DIRECTORY} ]; then mount -t tmpfs tmpfs ${NAMES_DIRECTORY}; else mount -t tmpfs tmpfs /run; mkdir ${NAMES_DIRECTORY}; fi
if [ -n "$1" ]; then : >${NAMES_DIRECTORY}/${TARGET}; mount --no-canonicalize --bind "$1" ${NAMES_DIRECTORY}/${TARGET}; fi
shift
exec "$@"`;

/**
 * What to put before a command that shall see no names, in a mount namespace of its own (unshare(1)). Handles lead where they did.
 * @param target Handle of the namespace that alone has a name; null is none.
 */
export function unnamed(target: string | null): [string, ...string[]] {
  return ['unshare', '--mount', 'sh', '-c', SCRIPT, 'sh', target ?? ''];
}

/** The id that was given to the target, among ids read where it alone had a name. */
export function targetIn(nsids: readonly { nsid: number; name: string | null }[]): number | null {
  return nsids.find(({ name }) => name === TARGET)?.nsid ?? null;
}
