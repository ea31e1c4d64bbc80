// Paths of namespaces: the places where those who make them mount them, and nothing else.
import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { NamespaceHandle } from '../exec/handle.js';
import { fail } from '../model/errors.js';
import { visible } from '../model/text.js';
import { NAMES_DIRECTORY } from './sources/names.js';

/** Where namespaces are mounted by those who make them; anything else needs a policy that says so. */
const MOUNT_PLACES = [
  /^\/(var\/)?run\/netns\/[^/]+$/,
  /^\/(var\/)?run\/docker\/netns\/[^/]+$/,
  /^\/(var\/)?run\/cni\/[^/]+$/,
  /^\/run\/user\/\d+\/netns\/[^/]+$/,
  /^\/proc\/\d+\/(task\/\d+\/)?ns\/net$/,
];

/** Where a path leads. A namespace's own link in /proc leads out of the file system: what names one is not followed further. */
function realPath(path: string): string {
  if (path.startsWith('/proc/')) return path;
  const point = join(realpathSync(dirname(path)), basename(path));
  return lstatSync(point).isSymbolicLink() ? realPath(resolve(dirname(point), readlinkSync(point))) : point;
}

function isMountPlace(path: string): boolean {
  return MOUNT_PLACES.some((place) => place.test(path));
}

function refusePath(path: string): never {
  return fail(
    'PATH_NOT_ALLOWED',
    `${visible(path)} is not where namespaces are mounted.`,
    `Use a path under ${NAMES_DIRECTORY} or /run/docker/netns, or /proc/PID/ns/net.`,
    { path: visible(path) },
  );
}

/**
 * Opens the namespace at a path; null when nothing is there.
 * @throws NetnsError PATH_NOT_ALLOWED, and what `NamespaceHandle.open` does.
 */
export function openPath(path: string): NamespaceHandle | null {
  // Refused by its text alone: whether such a file exists is nobody's business.
  if (!isMountPlace(path)) return refusePath(path);
  let real: string;
  try {
    real = realPath(path);
  } catch {
    return null;
  }
  if (!isMountPlace(real)) return refusePath(path);
  // A process that is not there is told as a file that is not, and as one that is hidden.
  return real.startsWith('/proc/') && !existsSync(dirname(real)) ? null : NamespaceHandle.open(real);
}
